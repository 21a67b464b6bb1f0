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
const EVENTS: &str = "accept: text/event-stream\r\n";

/// An Envoy of one worker with these settings, before an upstream whose responses do not end.
fn start(settings: &Value) -> Result<(Envoy, StreamingUpstream, TempDir)> {
    let dir = tempfile::tempdir()?;
    let upstream = StreamingUpstream::start()?;
    let bootstrap = plain::bootstrap(&plain::configuration(Some(settings))?, upstream.address().port(), dir.path())?;
    let envoy = Envoy::start(&artifacts::envoy()?, &bootstrap, dir.path(), 1)?;
    Ok((envoy, upstream, dir))
}

fn token_of(application: &str) -> String {
    let claims = serde_json::Map::from_iter([("app".to_owned(), application.into())]);
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
fn the_application_with_most_open_requests_loses_some_and_no_other_does() -> Result<()> {
    let (envoy, _upstream, _dir) = start(&json!({"open_requests_bytes": 65_536}))?;
    let (many, few) = (token_of("app-many"), token_of("app-few"));
    let mut kept: Vec<OpenStream> =
        (0..3).map(|_| OpenStream::websocket(envoy.address(), ORDERS, &few)).collect::<Result<_>>()?;
    let mut flood = Vec::new();
    for _ in 0..100 {
        // A new request may be refused for a moment, until the next 50 ms have passed.
        flood.extend(OpenStream::response(envoy.address(), ORDERS, &many, EVENTS));
        std::thread::sleep(Duration::from_millis(2));
    }
    let resets = || envoy.sum("postern_streams_reset_total.reason=overloaded");
    wait_until("some are ended", || Ok(resets()? >= 50))?;
    for stream in &mut kept {
        stream.assert_alive()?;
    }
    // Both can still send requests.
    for token in [&many, &few] {
        wait_until("a new request is served", || Ok(OpenStream::response(envoy.address(), ORDERS, token, "").is_ok()))?;
    }
    for stream in &mut kept {
        stream.assert_alive()?;
    }
    Ok(())
}

#[test]
fn more_than_a_slice_can_end_is_refused_and_a_moment_later_requests_are_served() -> Result<()> {
    let (envoy, _upstream, _dir) = start(&json!({"open_requests_bytes": 65_536}))?;
    let token = token_of("app-1");
    let large = format!("x-padding: {}\r\n", "a".repeat(30_000));
    let mut open = Vec::new();
    wait_until("a request is refused", || {
        // Five of them take twice as much as they may, if they come within 50 ms.
        for _ in 0..8 {
            match OpenStream::response(envoy.address(), ORDERS, &token, &large) {
                Ok(stream) => open.push(stream),
                Err(refused) => {
                    let refused = refused.to_string();
                    ensure!(refused.contains("503") && refused.contains("application/problem+json"), "{refused}");
                    return Ok(true);
                }
            }
        }
        Ok(false)
    })?;
    ensure!(envoy.denials()?.get("overloaded").is_some_and(|count| *count > 0), "{:?}", envoy.denials()?);
    wait_until("a request is served", || Ok(OpenStream::response(envoy.address(), ORDERS, &token, "").is_ok()))
}

#[test]
fn the_memory_is_measured_without_an_issuer_to_follow_too() -> Result<()> {
    let (envoy, _upstream, _dir) = start(&json!({}))?;
    let token = token_of("app-1");
    let memory = || envoy.sum("postern_vm_memory_bytes");
    let before = memory()?;
    let large = format!("{EVENTS}x-padding: {}\r\n", "a".repeat(30_000));
    let open: Vec<OpenStream> =
        (0..100).map(|_| OpenStream::response(envoy.address(), ORDERS, &token, &large)).collect::<Result<_>>()?;
    wait_until("the gauge rises", || Ok(memory()? > before + 100 * 30_000 / 2))?;
    drop(open);
    Ok(())
}
