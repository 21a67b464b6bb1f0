//! Restrictions of tokens: environment, domains, addresses and scopes.

use anyhow::{Result, ensure};
use postern_test_harness::sample_api::ORDERS;

use super::fixture::edges::{Edge, get, order};
use super::fixture::{Fixture, claims, header};

const SCOPE: [&str; 2] = ["--scope", "orders"];

pub(super) fn an_edge_of_one_environment_accepts_only_its_tokens(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("environments")?;
    let production = fixture.generate(&application, &SCOPE)?;
    let sandbox = fixture.generate_of_type(&application, "sandbox", &SCOPE)?;
    ensure!(production.client != sandbox.client, "both types of keys are one client");
    let granted = [fixture.grant(&production.client, "")?, fixture.grant(&sandbox.client, "")?];
    for (token, upstream, own, other) in [
        (&production.token, "production", Edge::Production, Edge::Sandbox),
        (&granted[0], "production", Edge::Production, Edge::Sandbox),
        (&sandbox.token, "sandbox", Edge::Sandbox, Edge::Production),
        (&granted[1], "sandbox", Edge::Sandbox, Edge::Production),
    ] {
        for edge in [Edge::Both, own] {
            let arrived = fixture.passes(edge, &order(token))?;
            ensure!(arrived["upstream"] == upstream, "a token for {upstream} came to {}", arrived["upstream"]);
        }
        // An edge does not have the secret key of the other environment. It has a public one, and can tell its environment.
        let (status, code) = if header(token)?["alg"] == "HS256" { (401, "unknown_key") } else { (403, "wrong_environment") };
        fixture.refuses(other, &order(token), status, code)?;
    }
    Ok(())
}

pub(super) fn a_token_is_bound_to_its_domains(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("domains")?;
    let domains = ["--domain", "app.example.com", "--domain", "*.shop.example"];
    let keys = fixture.generate(&application, &[&SCOPE[..], &domains].concat())?;
    for token in [&keys.token, &fixture.grant(&keys.client, "")?, &fixture.grant(&keys.client, "&validity_period=60")?] {
        for (name, good) in [
            ("origin", "https://app.example.com"),
            ("referer", "https://app.example.com/cart?x=1"),
            ("domain", "app.example.com"),
            ("origin", "https://a.b.shop.example"),
        ] {
            fixture.passes(Edge::Both, &order(token).header(name, good))?;
        }
        for (name, bad) in [
            ("origin", "https://app.example.com.evil.test"),
            ("referer", "https://evil.test/app.example.com"),
            ("domain", "shop.example"),
            ("origin", "null"),
        ] {
            fixture.refuses(Edge::Both, &order(token).header(name, bad), 403, "domain_not_allowed")?;
        }
        fixture.refuses(Edge::Both, &order(token), 403, "domain_not_allowed")?;
    }
    // A change of the domains applies to new tokens.
    let other = ["token", "regenerate", "--application", &application, "--key-type", "production", "--domain", "new.example"];
    let new = postern_test_harness::issuer::text(&fixture.cli.run(&other)?, "access_token")?;
    fixture.passes(Edge::Both, &order(&new).header("origin", "https://new.example"))?;
    fixture.refuses(Edge::Both, &order(&new).header("origin", "https://app.example.com"), 403, "domain_not_allowed")
}

pub(super) fn a_token_is_bound_to_its_addresses(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("addresses")?;
    let blocks = ["--ip", "192.0.2.0/24", "--ip", "2001:db8::/32"];
    let keys = fixture.generate(&application, &[&SCOPE[..], &blocks].concat())?;
    for token in [&keys.token, &fixture.grant(&keys.client, "")?] {
        for good in ["192.0.2.1", "192.0.2.255", "2001:db8::7", "203.0.113.9, 192.0.2.1"] {
            fixture.passes(Edge::Both, &order(token).header("x-forwarded-for", good))?;
        }
        for bad in ["192.0.3.1", "2001:db9::7", "192.0.2.1, 203.0.113.9"] {
            fixture.refuses(Edge::Both, &order(token).header("x-forwarded-for", bad), 403, "address_not_allowed")?;
        }
        // From this machine, without a proxy before it.
        fixture.refuses(Edge::Both, &order(token), 403, "address_not_allowed")?;
    }
    Ok(())
}

pub(super) fn a_token_has_only_the_requested_scopes(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("scopes")?;
    let keys = fixture.generate(&application, &["--scope", "orders", "--scope", "menu"])?;
    fixture.accepts(&fixture.grant(&keys.client, "&scope=orders")?)?;
    let narrower = fixture.grant(&keys.client, "&scope=menu")?;
    ensure!(claims(&narrower)?["scope"] == "menu", "{}", claims(&narrower)?);
    fixture.refuses(Edge::Both, &order(&narrower), 403, "insufficient_scope")?;
    // Other resources require no scope.
    fixture.passes(Edge::Both, &get("/pizza/1.0.0/stats").bearer(&narrower))?;
    for more in ["admin", "orders admin", "ORDERS"] {
        let refusal = fixture.grant_refusal(&keys.client, &format!("&scope={}", more.replace(' ', "+")))?;
        ensure!(refusal == "invalid_scope", "the scope `{more}` is {refusal}");
    }
    let without = fixture.generate(&fixture.application("no scope")?, &[])?;
    fixture.refuses(Edge::Both, &order(&without.token), 403, "insufficient_scope")
}

pub(super) fn the_credential_is_removed_or_kept(fixture: &Fixture) -> Result<()> {
    let keys = fixture.generate(&fixture.application("credential")?, &SCOPE)?;
    let arrived = fixture.accepts(&keys.token)?;
    ensure!(arrived["headers"].get("authorization").is_none(), "the credential arrived");
    let arrived = fixture.passes(Edge::Forwarding, &get(ORDERS).bearer(&keys.token))?;
    ensure!(arrived["headers"]["authorization"] == format!("Bearer {}", keys.token), "the credential was not kept");
    Ok(())
}
