//! Where tokens are good, from where, and for what.

use anyhow::{Result, ensure};
use postern_test_harness::sample_api::ORDERS;

use super::stand::edges::{Edge, get, order};
use super::stand::{Stand, claims};

const SCOPE: [&str; 2] = ["--scope", "orders"];

pub(super) fn each_environment_takes_its_own_tokens(stand: &Stand) -> Result<()> {
    let application = stand.application("environments")?;
    let production = stand.generate(&application, &SCOPE)?;
    let sandbox = stand.generate_of_type(&application, "sandbox", &SCOPE)?;
    ensure!(production.client != sandbox.client, "both types of keys are one client");
    let granted = [stand.grant(&production.client, "")?, stand.grant(&sandbox.client, "")?];
    for (token, upstream, own, other) in [
        (&production.token, "production", Edge::Production, Edge::Sandbox),
        (&granted[0], "production", Edge::Production, Edge::Sandbox),
        (&sandbox.token, "sandbox", Edge::Sandbox, Edge::Production),
        (&granted[1], "sandbox", Edge::Sandbox, Edge::Production),
    ] {
        for edge in [Edge::Both, own] {
            let arrived = stand.passes(edge, &order(token))?;
            ensure!(arrived["upstream"] == upstream, "a token for {upstream} came to {}", arrived["upstream"]);
        }
        stand.refuses(other, &order(token), 403, "wrong_environment")?;
    }
    Ok(())
}

pub(super) fn a_token_is_bound_to_its_domains(stand: &Stand) -> Result<()> {
    let application = stand.application("domains")?;
    let domains = ["--domain", "app.example.com", "--domain", "*.shop.example"];
    let keys = stand.generate(&application, &[&SCOPE[..], &domains].concat())?;
    for token in [&keys.token, &stand.grant(&keys.client, "")?, &stand.grant(&keys.client, "&validity_period=60")?] {
        for (name, good) in [
            ("origin", "https://app.example.com"),
            ("referer", "https://app.example.com/cart?x=1"),
            ("domain", "app.example.com"),
            ("origin", "https://a.b.shop.example"),
        ] {
            stand.passes(Edge::Both, &order(token).header(name, good))?;
        }
        for (name, bad) in [
            ("origin", "https://app.example.com.evil.test"),
            ("referer", "https://evil.test/app.example.com"),
            ("domain", "shop.example"),
            ("origin", "null"),
        ] {
            stand.refuses(Edge::Both, &order(token).header(name, bad), 403, "domain_not_allowed")?;
        }
        stand.refuses(Edge::Both, &order(token), 403, "domain_not_allowed")?;
    }
    // What the owner changes counts for new tokens.
    let other = ["token", "regenerate", "--application", &application, "--key-type", "production", "--domain", "new.example"];
    let new = postern_test_harness::issuer::text(&stand.cli.run(&other)?, "access_token")?;
    stand.passes(Edge::Both, &order(&new).header("origin", "https://new.example"))?;
    stand.refuses(Edge::Both, &order(&new).header("origin", "https://app.example.com"), 403, "domain_not_allowed")
}

pub(super) fn a_token_is_bound_to_its_addresses(stand: &Stand) -> Result<()> {
    let application = stand.application("addresses")?;
    let blocks = ["--ip", "192.0.2.0/24", "--ip", "2001:db8::/32"];
    let keys = stand.generate(&application, &[&SCOPE[..], &blocks].concat())?;
    for token in [&keys.token, &stand.grant(&keys.client, "")?] {
        for good in ["192.0.2.1", "192.0.2.255", "2001:db8::7", "203.0.113.9, 192.0.2.1"] {
            stand.passes(Edge::Both, &order(token).header("x-forwarded-for", good))?;
        }
        for bad in ["192.0.3.1", "2001:db9::7", "192.0.2.1, 203.0.113.9"] {
            stand.refuses(Edge::Both, &order(token).header("x-forwarded-for", bad), 403, "address_not_allowed")?;
        }
        // From this machine, and nobody before it.
        stand.refuses(Edge::Both, &order(token), 403, "address_not_allowed")?;
    }
    Ok(())
}

pub(super) fn a_token_holds_no_more_scopes_than_its_client_asked_for(stand: &Stand) -> Result<()> {
    let application = stand.application("scopes")?;
    let keys = stand.generate(&application, &["--scope", "orders", "--scope", "menu"])?;
    stand.takes(&stand.grant(&keys.client, "&scope=orders")?)?;
    let narrower = stand.grant(&keys.client, "&scope=menu")?;
    ensure!(claims(&narrower)?["scope"] == "menu", "{}", claims(&narrower)?);
    stand.refuses(Edge::Both, &order(&narrower), 403, "insufficient_scope")?;
    // Other resources ask for none.
    stand.passes(Edge::Both, &get("/pizza/1.0.0/stats").bearer(&narrower))?;
    for more in ["admin", "orders admin", "ORDERS"] {
        let refusal = stand.grant_refusal(&keys.client, &format!("&scope={}", more.replace(' ', "+")))?;
        ensure!(refusal == "invalid_scope", "the scope `{more}` is {refusal}");
    }
    let without = stand.generate(&stand.application("no scope")?, &[])?;
    stand.refuses(Edge::Both, &order(&without.token), 403, "insufficient_scope")
}

pub(super) fn the_credential_is_removed_or_kept(stand: &Stand) -> Result<()> {
    let keys = stand.generate(&stand.application("credential")?, &SCOPE)?;
    let arrived = stand.takes(&keys.token)?;
    ensure!(arrived["headers"].get("authorization").is_none(), "the credential arrived");
    let arrived = stand.passes(Edge::Forwarding, &get(ORDERS).bearer(&keys.token))?;
    ensure!(arrived["headers"]["authorization"] == format!("Bearer {}", keys.token), "the credential was to be kept");
    Ok(())
}
