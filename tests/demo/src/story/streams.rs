//! The steps with streams that stay open: a WebSocket ends when its token is revoked, and no other does.

use std::time::Duration;

use anyhow::{Result, ensure};
use postern_test_harness::oauth_client::{grant, revoke};
use postern_test_harness::sample_api::ORDERS;
use postern_test_harness::streaming::OpenStream;

use super::Outcome;
use crate::demo::Demo;

/// How long a step waits for a stream to end.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(demo: &Demo) -> Result<Vec<Outcome>> {
    // Tokens of another validity than the client's live token, which the issuer would return again.
    let [stolen, other] =
        ["1800", "1801"].map(|validity| grant(&demo.issuer, &demo.client, &format!("&scope=orders&validity_period={validity}")));
    let (stolen, other) = (stolen?, other?);
    let gateway = demo.envoy.address();
    let mut socket = OpenStream::websocket(gateway, ORDERS, &stolen)?;
    let mut kept = OpenStream::websocket(gateway, ORDERS, &other)?;
    let opened = socket.assert_alive().and_then(|()| kept.assert_alive());
    revoke(&demo.issuer, &demo.client, &stolen)?;
    let ended = socket.wait_for_end(PATIENCE);
    let before = (demo.production.seen(), demo.sandbox.seen());
    let to_sandbox = OpenStream::websocket(gateway, ORDERS, &demo.tokens.sandbox).and_then(|mut socket| {
        socket.assert_alive()?;
        let after = (demo.production.seen(), demo.sandbox.seen());
        ensure!(after == (before.0, before.1 + 1), "the requests at the upstreams were {before:?}, and are {after:?}");
        Ok(())
    });
    Ok(vec![
        outcome("a WebSocket with a sandbox token reaches the sandbox", "bytes come back", &to_sandbox),
        outcome("two WebSockets are open, each with a token of its own", "bytes come back on both", &opened),
        outcome("the WebSocket of a token that is revoked ends", "the gateway resets it", &ended.map(drop)),
        outcome("the other WebSocket stays open", "bytes come back", &kept.assert_alive()),
    ])
}

fn outcome(name: &'static str, expected: &str, result: &Result<()>) -> Outcome {
    let actual = result.as_ref().map_or_else(|error| format!("{error:#}"), |()| expected.to_owned());
    Outcome { name, expected: expected.to_owned(), actual, ok: result.is_ok() }
}
