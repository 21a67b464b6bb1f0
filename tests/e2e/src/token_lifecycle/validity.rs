//! The validity of tokens.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::clock::now;
use serde_json::json;

use super::fixture::edges::{Edge, order};
use super::fixture::{Fixture, claims};

const SCOPE: [&str; 2] = ["--scope", "orders"];

/// The seconds from `iat` to `exp` of a token; `None` if it never expires.
fn validity(token: &str) -> Result<Option<u64>> {
    let claims = claims(token)?;
    let issued = claims["iat"].as_u64().context("a token without `iat`")?;
    Ok(claims["exp"].as_u64().map(|end| end - issued))
}

pub(super) fn a_changed_default_applies_to_new_applications_only(fixture: &Fixture) -> Result<()> {
    let application = |name: &str| fixture.application(name);
    let (before, without_keys) = (application("before")?, application("without-keys")?);
    let keys = fixture.generate(&before, &SCOPE)?;
    ensure!(validity(&keys.token)? == Some(3600), "the default is {:?}", validity(&keys.token)?);
    fixture.cli.run(&["admin", "defaults", "set", "--application-validity", "7200"])?;
    let after = fixture.generate(&application("after")?, &SCOPE)?;
    ensure!(validity(&after.token)? == Some(7200), "the changed default is {:?}", validity(&after.token)?);
    fixture.accepts(&after.token)?;
    for token in [fixture.regenerate(&before)?, fixture.generate(&without_keys, &SCOPE)?.token] {
        ensure!(validity(&token)? == Some(3600), "an application from before has another default: {:?}", validity(&token)?);
        fixture.accepts(&token)?;
    }
    fixture.cli.run(&["admin", "defaults", "set", "--application-validity", "3600"]).map(drop)
}

pub(super) fn key_sets_and_requests_have_their_own_validity(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("validity")?;
    let keys = fixture.generate(&application, &[&SCOPE[..], &["--validity", "600"]].concat())?;
    let asked = fixture.grant(&keys.client, "&validity_period=120")?;
    ensure!(
        (validity(&keys.token)?, validity(&asked)?) == (Some(600), Some(120)),
        "{:?} {:?}",
        validity(&keys.token)?,
        validity(&asked)?
    );
    fixture.accepts(&keys.token)?;
    fixture.accepts(&asked)?;
    for wrong in ["0", "soon", "1.5", "99999999999999999999"] {
        let refusal = fixture.grant_refusal(&keys.client, &format!("&validity_period={wrong}"))?;
        ensure!(refusal == "invalid_request", "`validity_period={wrong}` is {refusal}");
    }
    Ok(())
}

pub(super) fn an_expired_token_is_refused(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("short")?;
    let keys = fixture.generate(&application, &SCOPE)?;
    let token = fixture.grant(&keys.client, "&validity_period=3")?;
    let end = claims(&token)?["exp"].as_u64().context("a token without `exp`")?;
    // Every worker accepts the token and may cache it.
    fixture.eventually_passes(&order(&token))?;
    while now() < end {
        thread::sleep(Duration::from_millis(50));
    }
    fixture.refuses(Edge::Both, &order(&token), 401, "expired")?;
    fixture.eventually_refuses(&order(&token), 401, "expired")?;
    // An expired token is not returned again.
    let new = fixture.grant(&keys.client, "&validity_period=3")?;
    ensure!(new != token, "an expired token was returned");
    fixture.accepts(&new).map(drop)
}

pub(super) fn tokens_that_never_expire_can_be_forbidden(fixture: &Fixture) -> Result<()> {
    // An issuer allows them only when an administrator removes the maximum.
    let refused = fixture.application("not-yet-for-ever")?;
    let error = fixture.generate(&refused, &[&SCOPE[..], &["--validity", "-1"]].concat()).err();
    let error = error.context("a new issuer minted a token that never expires")?.to_string();
    ensure!(error.contains("tokens that never expire are not allowed"), "{error}");
    fixture.manage("PATCH", "/settings", Some(&json!({"forever_allowed": true, "max_application_validity": null})))?;
    let application = fixture.application("for-ever")?;
    let keys = fixture.generate(&application, &[&SCOPE[..], &["--validity", "-1"]].concat())?;
    ensure!(validity(&keys.token)?.is_none(), "a token that never expires has an `exp`");
    fixture.accepts(&keys.token)?;
    let other = fixture.generate(&fixture.application("an hour")?, &SCOPE)?;
    let asked = fixture.grant(&other.client, "&validity_period=-1")?;
    ensure!(validity(&asked)?.is_none(), "a token that never expires has an `exp`");
    fixture.accepts(&asked)?;

    fixture.manage("PATCH", "/settings", Some(&json!({"forever_allowed": false})))?;
    let refused = fixture.application("not-for-ever")?;
    let error = fixture.generate(&refused, &[&SCOPE[..], &["--validity", "-1"]].concat()).err();
    let error = error.context("a key set for tokens that never expire was generated although that is forbidden")?.to_string();
    ensure!(error.contains("tokens that never expire are not allowed"), "{error}");
    let list = fixture.cli.run(&["token", "list", "--application", &refused])?;
    ensure!(list["tokens"] == json!([]), "the refused command left a token: {list}");
    ensure!(
        fixture.grant_refusal(&other.client, "&validity_period=-1")? == "invalid_request",
        "a grant of a token that never expires"
    );
    ensure!(fixture.grant_refusal(&keys.client, "")? == "invalid_request", "a key set from before it was forbidden");
    ensure!(fixture.regenerate(&application).is_err(), "regenerated a token that never expires");
    // A request with a validity gets a token.
    fixture.accepts(&fixture.grant(&keys.client, "&validity_period=60")?)?;
    fixture.manage("PATCH", "/settings", Some(&json!({"forever_allowed": true})))?;
    fixture.accepts(&fixture.grant(&other.client, "&validity_period=-1")?)?;
    fixture.manage("PATCH", "/settings", Some(&json!({"forever_allowed": false, "max_application_validity": 90 * 86400})))?;
    Ok(())
}
