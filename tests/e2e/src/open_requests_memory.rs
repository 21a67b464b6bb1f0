//! How much memory open requests may take, and whose requests end when they take more.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use postern_test_harness::clock::now;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::sample_api::ORDERS;
use postern_test_harness::streaming::{OpenStream, StreamingUpstream};
use postern_test_harness::{artifacts, plain};
use postern_vectors::{Forge, TokenSpec};
use serde_json::{Value, json};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);
const MENU: &str = "/pizza/1.0.0/menu";
const EVENTS: &str = "accept: text/event-stream\r\n";

/// An Envoy of one worker with these settings, before an upstream whose responses do not end.
fn start(settings: &Value) -> Result<(Envoy, StreamingUpstream, TempDir)> {
    let dir = tempfile::tempdir()?;
    let upstream = StreamingUpstream::start()?;
    let bootstrap = plain::bootstrap(&plain::configuration(Some(settings))?, upstream.address().port(), dir.path())?;
    let envoy = Envoy::start(&artifacts::envoy()?, &bootstrap, dir.path(), 1)?;
    Ok((envoy, upstream, dir))
}

/// A token of that client.
fn token_of(client: &str) -> String {
    let claims = ["client_id", "sub"].map(|claim| (claim.to_owned(), client.into())).into_iter().collect();
    Forge::new(now()).token(&TokenSpec { claims, ..TokenSpec::default() })
}

fn wait_until(what: &str, mut done: impl FnMut() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !done()? {
        ensure!(began.elapsed() < PATIENCE, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

#[test]
fn clients_with_most_open_requests_lose_some_and_no_other_does() -> Result<()> {
    let (envoy, _upstream, _dir) = start(&json!({"open_requests_bytes": 65_536}))?;
    let (many, few) = ([token_of("client-many"), token_of("client-more")], token_of("client-few"));
    let mut kept: Vec<OpenStream> =
        (0..3).map(|_| OpenStream::websocket(envoy.address(), ORDERS, &few)).collect::<Result<_>>()?;
    let mut flood = Vec::new();
    for number in 0..60 {
        // One of them may be refused until the next 50 ms have passed.
        flood.extend(OpenStream::response(envoy.address(), ORDERS, &many[number % 2], EVENTS));
        std::thread::sleep(Duration::from_millis(10));
    }
    let resets = || envoy.sum("postern_streams_reset_total.reason=overloaded");
    wait_until("some are ended", || Ok(resets()? >= 10))?;
    for stream in &mut kept {
        stream.assert_alive()?;
    }
    for token in many.iter().chain([&few]) {
        wait_until("a new request is served", || Ok(OpenStream::response(envoy.address(), ORDERS, token, "").is_ok()))?;
    }
    Ok(())
}

#[test]
fn a_client_that_holds_too_many_requests_is_refused_and_no_other_is() -> Result<()> {
    let (envoy, _upstream, _dir) = start(&json!({"open_requests_bytes": 65_536}))?;
    let (many, few) = (token_of("client-many"), token_of("client-few"));
    let mut flood = Vec::new();
    wait_until("a request is refused", || {
        std::thread::sleep(Duration::from_millis(10));
        match OpenStream::response(envoy.address(), ORDERS, &many, EVENTS) {
            Ok(stream) => flood.push(stream),
            Err(refused) => return Ok(refused.to_string().contains("503")),
        }
        Ok(false)
    })?;
    drop(OpenStream::response(envoy.address(), ORDERS, &few, EVENTS)?);
    flood.truncate(5);
    wait_until("its requests are served", || Ok(OpenStream::response(envoy.address(), ORDERS, &many, "").is_ok()))
}

#[test]
fn requests_without_a_token_displace_one_another_and_new_ones_are_served() -> Result<()> {
    let (envoy, _upstream, _dir) = start(&json!({"open_requests_bytes": 65_536}))?;
    let token = token_of("client-1");
    let mut kept = OpenStream::websocket(envoy.address(), ORDERS, &token)?;
    let large = format!("x-padding: {}\r\n", "a".repeat(30_000));
    let mut flood = Vec::new();
    wait_until("some are ended", || {
        // A request can be ended, or refused for a moment, before its response begins.
        flood.extend(OpenStream::response(envoy.address(), MENU, "none", &large));
        Ok(envoy.sum("postern_streams_reset_total.reason=overloaded")? >= 10)
    })?;
    wait_until("a request is served", || Ok(OpenStream::response(envoy.address(), MENU, "none", "").is_ok()))?;
    kept.assert_alive()
}

#[test]
fn the_memory_is_measured_without_an_issuer_to_follow_too() -> Result<()> {
    let (envoy, _upstream, _dir) = start(&json!({}))?;
    let token = token_of("client-1");
    let memory = || envoy.sum("postern_vm_memory_bytes");
    let before = memory()?;
    let large = format!("{EVENTS}x-padding: {}\r\n", "a".repeat(30_000));
    let open: Vec<OpenStream> =
        (0..100).map(|_| OpenStream::response(envoy.address(), ORDERS, &token, &large)).collect::<Result<_>>()?;
    wait_until("the gauge rises", || Ok(memory()? > before + 100 * 30_000 / 2))?;
    drop(open);
    Ok(())
}
