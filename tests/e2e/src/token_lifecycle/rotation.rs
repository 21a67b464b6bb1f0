//! Signing keys that change by themselves.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::issuer::text;
use postern_test_harness::load::Load;
use postern_test_harness::sample_api::ORDERS;
use serde_json::{Value, json};

use super::stand::edges::{Edge, order, wait_until};
use super::stand::{Stand, header};

const CONNECTIONS: usize = 8;

/// The shortest time after which a key can be followed by another, in seconds.
const ROTATION: u64 = 3600;

pub(super) fn keys_change_by_schedule_without_a_good_request_refused(stand: &Stand) -> Result<()> {
    let keys = stand.generate(&stand.application("rotation")?, &["--scope", "orders"])?;
    let first = text(&header(&keys.token)?, "kid")?;
    let algorithm = header(&keys.token)?["alg"].clone();
    let load = Load::start(stand.address(Edge::Both)?, ORDERS, &keys.token, CONNECTIONS);
    stand.manage("PATCH", "/settings", Some(&json!({"key_rotation": ROTATION, "key_publish_ahead": 1})))?;
    thread::sleep(Duration::from_millis(1500));
    ensure!(signing(stand)?.len() == 1 && signing(stand)?.contains(&first), "a key changed before its time");

    // An hour later. Clients obtain tokens all the while.
    stand.sql(&format!(
        "UPDATE signers SET since = since - {ROTATION}; UPDATE signing_keys SET created_at = created_at - {ROTATION}"
    ))?;
    let mut validity = 600;
    let mut second = first.clone();
    wait_until("the next key signs", || {
        validity += 1;
        let token = stand.grant(&keys.client, &format!("&validity_period={validity}"))?;
        good(stand, &token)?;
        load.use_token(&token);
        second = text(&header(&token)?, "kid")?;
        Ok(second != first)
    })?;
    ensure!(signing(stand)? == [second.clone()], "the key that signs is another: {:?}", signing(stand)?);
    let new = stand.grant(&keys.client, "")?;
    ensure!(header(&new)?["kid"] == second.as_str() && header(&new)?["alg"] == algorithm, "{}", header(&new)?);
    // Tokens of the key before live on.
    good(stand, &keys.token)?;
    thread::sleep(Duration::from_millis(1200));
    ensure!(listed(stand, &first)?["state"] == "published", "{}", listed(stand, &first)?);

    // When they have run out, and a while later.
    stand.sql(&format!(
        "UPDATE tokens SET expires_at = 1 WHERE kid = '{first}';
         UPDATE signing_keys SET stopped_at = stopped_at - 3601 WHERE kid = '{first}'"
    ))?;
    wait_until("the key before is retired", || Ok(listed(stand, &first)?["state"] == "retired"))?;
    thread::sleep(Duration::from_millis(500));
    let answers = load.take();
    drop(load);
    let refused = answers.iter().filter(|answer| answer.status != 200).count();
    ensure!(answers.len() > 100 && refused == 0, "{refused} of {} good requests were refused", answers.len());
    stand.soon_refuses(&order(&keys.token), 401, "unknown_key")?;
    stand.takes(&new)?;
    stand.manage("PATCH", "/settings", Some(&json!({"key_rotation": null}))).map(drop)
}

/// The token passes; how often the upstream was reached is not counted beside the load.
fn good(stand: &Stand, token: &str) -> Result<()> {
    let answer = order(token).send(stand.address(Edge::Both)?)?;
    ensure!(answer.status == 200, "a good request is refused: {} {}", answer.status, answer.json());
    Ok(())
}

fn list(stand: &Stand) -> Result<Vec<Value>> {
    stand.cli.run(&["admin", "key", "list"])?["keys"].as_array().cloned().context("no list of keys")
}

fn listed(stand: &Stand, kid: &str) -> Result<Value> {
    list(stand)?.into_iter().find(|key| key["kid"] == kid).context("the key is not listed")
}

/// The names of the keys that sign.
fn signing(stand: &Stand) -> Result<Vec<String>> {
    list(stand)?.iter().filter(|key| key["state"] == "signing").map(|key| text(key, "kid")).collect()
}
