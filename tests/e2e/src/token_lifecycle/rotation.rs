//! Signing keys that rotate on schedule.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::issuer::text;
use postern_test_harness::load::Load;
use postern_test_harness::sample_api::ORDERS;
use serde_json::{Value, json};

use super::fixture::edges::{Edge, order, wait_until};
use super::fixture::{Fixture, header};

const CONNECTIONS: usize = 8;

/// The shortest interval of the rotation, in seconds.
const ROTATION: u64 = 3600;

pub(super) fn signing_keys_rotate_on_schedule_without_a_refusal(fixture: &Fixture) -> Result<()> {
    let keys = fixture.generate(&fixture.application("rotation")?, &["--scope", "orders"])?;
    let first = text(&header(&keys.token)?, "kid")?;
    let algorithm = header(&keys.token)?["alg"].clone();
    let before = signing(fixture)?;
    let load = Load::start(fixture.address(Edge::Both)?, ORDERS, &keys.token, CONNECTIONS);
    fixture.manage("PATCH", "/settings", Some(&json!({"key_rotation": ROTATION, "key_publish_ahead": 1})))?;
    thread::sleep(Duration::from_millis(1500));
    ensure!(signing(fixture)? == before && before.contains(&first), "a signing key was rotated too early");

    // An hour later. Clients obtain tokens all the time.
    fixture.sql(&format!(
        "UPDATE signers SET since = since - {ROTATION}; UPDATE signing_keys SET created_at = created_at - {ROTATION}"
    ))?;
    let mut validity = 600;
    let mut second = first.clone();
    wait_until("the next key signs", || {
        validity += 1;
        let token = fixture.grant(&keys.client, &format!("&validity_period={validity}"))?;
        good(fixture, &token)?;
        load.use_token(&token);
        second = text(&header(&token)?, "kid")?;
        Ok(second != first)
    })?;
    ensure!(signing(fixture)?.contains(&second), "another key signs: {:?}", signing(fixture)?);
    let new = fixture.grant(&keys.client, "")?;
    ensure!(header(&new)?["kid"] == second.as_str() && header(&new)?["alg"] == algorithm, "{}", header(&new)?);
    // Tokens of the previous signing key are still valid.
    good(fixture, &keys.token)?;
    thread::sleep(Duration::from_millis(1200));
    ensure!(listed(fixture, &first)?["state"] == "published", "{}", listed(fixture, &first)?);

    // Some time after these tokens have expired.
    fixture.sql(&format!(
        "UPDATE tokens SET expires_at = 1 WHERE profile IN (SELECT number FROM token_profiles WHERE kid = '{first}');
         UPDATE signing_keys SET stopped_at = stopped_at - 3601 WHERE kid = '{first}'"
    ))?;
    wait_until("the previous signing key is retired", || Ok(listed(fixture, &first)?["state"] == "retired"))?;
    thread::sleep(Duration::from_millis(500));
    let answers = load.take();
    drop(load);
    let refused = answers.iter().filter(|answer| answer.status != 200).count();
    ensure!(answers.len() > 100 && refused == 0, "{refused} of {} valid requests were refused", answers.len());
    fixture.eventually_refuses(&order(&keys.token), 401, "unknown_key")?;
    fixture.accepts(&new)?;
    fixture.manage("PATCH", "/settings", Some(&json!({"key_rotation": null}))).map(drop)
}

/// Asserts that the token passes. With the load running, requests at the upstream are not counted.
fn good(fixture: &Fixture, token: &str) -> Result<()> {
    let answer = order(token).send(fixture.address(Edge::Both)?)?;
    ensure!(answer.status == 200, "a valid request is refused: {} {}", answer.status, answer.json());
    Ok(())
}

fn list(fixture: &Fixture) -> Result<Vec<Value>> {
    fixture.cli.run(&["admin", "signing-key", "list"])?["keys"].as_array().cloned().context("no list of keys")
}

fn listed(fixture: &Fixture, kid: &str) -> Result<Value> {
    list(fixture)?.into_iter().find(|key| key["kid"] == kid).context("the key is not listed")
}

/// The `kid`s of the keys that sign.
fn signing(fixture: &Fixture) -> Result<Vec<String>> {
    list(fixture)?.iter().filter(|key| key["state"] == "signing").map(|key| text(key, "kid")).collect()
}
