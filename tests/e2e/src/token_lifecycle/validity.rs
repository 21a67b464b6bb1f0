//! How long tokens last.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::clock::now;
use serde_json::json;

use super::stand::edges::{Edge, order};
use super::stand::{Stand, claims};

const SCOPE: [&str; 2] = ["--scope", "orders"];

/// The seconds from a token's beginning to its end; `None` for ever.
fn lasts(token: &str) -> Result<Option<u64>> {
    let claims = claims(token)?;
    let issued = claims["iat"].as_u64().context("a token without `iat`")?;
    Ok(claims["exp"].as_u64().map(|end| end - issued))
}

pub(super) fn the_default_counts_for_applications_that_are_created_from_then_on(stand: &Stand) -> Result<()> {
    let application = |name: &str| stand.application(name);
    let (before, without_keys) = (application("before")?, application("without-keys")?);
    let keys = stand.generate(&before, &SCOPE)?;
    ensure!(lasts(&keys.token)? == Some(3600), "the default is {:?}", lasts(&keys.token)?);
    stand.cli.run(&["admin", "defaults", "set", "--application-validity", "7200"])?;
    let after = stand.generate(&application("after")?, &SCOPE)?;
    ensure!(lasts(&after.token)? == Some(7200), "the changed default is {:?}", lasts(&after.token)?);
    stand.takes(&after.token)?;
    for token in [stand.regenerate(&before)?, stand.generate(&without_keys, &SCOPE)?.token] {
        ensure!(lasts(&token)? == Some(3600), "an application from before has another default: {:?}", lasts(&token)?);
        stand.takes(&token)?;
    }
    stand.cli.run(&["admin", "defaults", "set", "--application-validity", "3600"]).map(drop)
}

pub(super) fn keys_and_requests_have_their_own(stand: &Stand) -> Result<()> {
    let application = stand.application("validity")?;
    let keys = stand.generate(&application, &[&SCOPE[..], &["--validity", "600"]].concat())?;
    let asked = stand.grant(&keys.client, "&validity_period=120")?;
    ensure!((lasts(&keys.token)?, lasts(&asked)?) == (Some(600), Some(120)), "{:?} {:?}", lasts(&keys.token)?, lasts(&asked)?);
    stand.takes(&keys.token)?;
    stand.takes(&asked)?;
    for wrong in ["0", "soon", "1.5", "99999999999999999999"] {
        let refusal = stand.grant_refusal(&keys.client, &format!("&validity_period={wrong}"))?;
        ensure!(refusal == "invalid_request", "`validity_period={wrong}` is {refusal}");
    }
    Ok(())
}

pub(super) fn a_token_runs_out_at_the_edge(stand: &Stand) -> Result<()> {
    let application = stand.application("short")?;
    let keys = stand.generate(&application, &SCOPE)?;
    let token = stand.grant(&keys.client, "&validity_period=3")?;
    let end = claims(&token)?["exp"].as_u64().context("a token without `exp`")?;
    // Every worker takes it, and may remember it.
    stand.soon_passes(&order(&token))?;
    while now() < end {
        thread::sleep(Duration::from_millis(50));
    }
    stand.refuses(Edge::Both, &order(&token), 401, "expired")?;
    stand.soon_refuses(&order(&token), 401, "expired")?;
    // A token that ran out is not answered with.
    let new = stand.grant(&keys.client, "&validity_period=3")?;
    ensure!(new != token, "a token that ran out was handed out");
    stand.takes(&new).map(drop)
}

pub(super) fn a_token_may_last_for_ever_unless_that_is_forbidden(stand: &Stand) -> Result<()> {
    let application = stand.application("for-ever")?;
    let keys = stand.generate(&application, &[&SCOPE[..], &["--validity", "-1"]].concat())?;
    ensure!(lasts(&keys.token)?.is_none(), "a token for ever has an end");
    stand.takes(&keys.token)?;
    let other = stand.generate(&stand.application("an hour")?, &SCOPE)?;
    let asked = stand.grant(&other.client, "&validity_period=-1")?;
    ensure!(lasts(&asked)?.is_none(), "a token for ever has an end");
    stand.takes(&asked)?;

    stand.manage("PATCH", "/settings", Some(&json!({"forever_allowed": false})))?;
    let refused = stand.application("not-for-ever")?;
    let error = stand.generate(&refused, &[&SCOPE[..], &["--validity", "-1"]].concat()).err();
    let error = error.context("keys for ever were generated although that is forbidden")?.to_string();
    ensure!(error.contains("tokens that never expire are not allowed"), "{error}");
    let list = stand.cli.run(&["token", "list", "--application", &refused])?;
    ensure!(list["tokens"] == json!([]), "what was refused left a token: {list}");
    ensure!(stand.grant_refusal(&other.client, "&validity_period=-1")? == "invalid_request", "a grant for ever");
    ensure!(stand.grant_refusal(&keys.client, "")? == "invalid_request", "keys from before it was forbidden");
    ensure!(stand.regenerate(&application).is_err(), "regenerated for ever");
    // Whoever says how long gets a token.
    stand.takes(&stand.grant(&keys.client, "&validity_period=60")?)?;
    stand.manage("PATCH", "/settings", Some(&json!({"forever_allowed": true})))?;
    stand.takes(&stand.grant(&other.client, "&validity_period=-1")?).map(drop)
}
