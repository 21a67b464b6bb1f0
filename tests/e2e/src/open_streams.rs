//! A stream that stays open ends with its token: when the token is revoked, when it expires, and when the gateway can no longer know.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use postern_test_harness::clock::now;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::lag::Lag;
use postern_test_harness::live::{Live, MAX_STALENESS};
use postern_test_harness::sample_api::ORDERS;
use postern_test_harness::streaming::{OpenStream, StreamingUpstream};
use postern_test_harness::{artifacts, plain};
use postern_token::{Identifier, SigningKey, StatusList, StatusListTimes, UnixSeconds};
use postern_vectors::{Forge, TokenSpec};
use serde_json::json;

/// How often a token is revoked.
const TRIES: usize = 10;

/// Streams of each token: of 32, none comes to one of four workers in one try out of 10,000.
const STREAMS: usize = 32;

/// How soon after the issuer's answer the last byte must have come on every stream of the token, in 99 of 100 cases. The time that a busy
/// machine takes away is not counted.
const GOAL: Duration = Duration::from_millis(250);

const PATIENCE: Duration = Duration::from_secs(20);

const EVENTS: &str = "accept: text/event-stream\r\n";
const GRPC: &str = "content-type: application/grpc\r\nte: trailers\r\n";

#[test]
fn revocation_resets_the_open_streams_of_the_token_at_every_worker() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let upstream = StreamingUpstream::start()?;
    let live = Live::start_before(dir.path(), &artifacts::plugin()?, upstream.address().port())?;
    let gateway = live.envoy.address();
    let good = live.mint()?;
    let mut kept = [open(gateway, &good, 0)?, open(gateway, &good, 1)?, open(gateway, &good, 2)?];
    let lag = Lag::measure();
    let mut delays = Vec::new();
    for _ in 0..TRIES {
        let token = live.mint()?;
        let mut streams: Vec<OpenStream> = (0..STREAMS).map(|kind| open(gateway, &token, kind)).collect::<Result<_>>()?;
        for stream in &mut streams {
            stream.assert_alive()?;
        }
        let revoked = live.revoke(&token)?;
        let ends = std::thread::scope(|scope| {
            let waiting: Vec<_> = streams.iter_mut().map(|stream| scope.spawn(|| stream.wait_for_end(PATIENCE))).collect();
            waiting.into_iter().map(|thread| thread.join().unwrap()).collect::<Result<Vec<Instant>>>()
        })?;
        let late = lag.since(revoked);
        delays.extend(ends.into_iter().map(|end| end.saturating_duration_since(revoked).saturating_sub(late)));
    }
    for stream in &mut kept {
        stream.assert_alive()?;
    }
    delays.sort_unstable();
    let (median, p99) = (delays[delays.len() / 2], delays[delays.len() * 99 / 100]);
    println!("last byte after the issuer's answer: median {median:?}, p99 {p99:?} of {}", delays.len());
    ensure!(p99 <= GOAL, "median {median:?}, p99 {p99:?}");
    let counted = live.envoy.sum("postern_streams_reset_total.reason=revoked")?;
    ensure!(counted == u64::try_from(TRIES * STREAMS)?, "{counted} resets are counted");
    Ok(())
}

/// A WebSocket, an event stream and a gRPC call by turns.
fn open(gateway: std::net::SocketAddr, token: &str, kind: usize) -> Result<OpenStream> {
    match kind % 3 {
        0 => OpenStream::websocket(gateway, ORDERS, token),
        1 => OpenStream::response(gateway, ORDERS, token, EVENTS),
        _ => OpenStream::response(gateway, ORDERS, token, GRPC),
    }
}

#[test]
fn what_was_not_announced_ends_ten_seconds_after_its_beginning_when_its_token_was_revoked_before() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let upstream = StreamingUpstream::start()?;
    let live = Live::start_before(dir.path(), &artifacts::plugin()?, upstream.address().port())?;
    let (gateway, token) = (live.envoy.address(), live.mint()?);
    let opened = Instant::now();
    let mut streams = [OpenStream::response(gateway, ORDERS, &token, "")?, OpenStream::upload(gateway, ORDERS, &token)?];
    // Media types are compared without regard to case.
    let mut announced = [
        OpenStream::response(gateway, ORDERS, &token, "content-type: Application/gRPC\r\n")?,
        OpenStream::response(gateway, ORDERS, &token, "accept: TEXT/Event-Stream\r\n")?,
    ];
    std::thread::sleep(Duration::from_secs(1));
    let revoked = live.revoke(&token)?;
    for stream in &mut announced {
        let ended = stream.wait_for_end(PATIENCE)?;
        ensure!(ended.saturating_duration_since(revoked) < Duration::from_secs(2), "an announced stream ended late");
    }
    live.wait_until("the token is refused", || Ok(OpenStream::response(gateway, ORDERS, &token, "").is_err()))?;
    for stream in &mut streams {
        stream.assert_alive()?;
    }
    for stream in &mut streams {
        // No other bundle comes. The clock is read in whole seconds.
        let after = stream.wait_for_end(PATIENCE)?.saturating_duration_since(opened);
        ensure!((8_500..12_000).contains(&after.as_millis()), "it ended after {after:?}");
    }
    Ok(())
}

#[test]
fn streams_end_when_the_issuer_is_silent_for_too_long() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let upstream = StreamingUpstream::start()?;
    let mut live = Live::start_before(dir.path(), &artifacts::plugin()?, upstream.address().port())?;
    let token = live.mint()?;
    let mut stream = OpenStream::websocket(live.envoy.address(), ORDERS, &token)?;
    drop(live.issuer.take());
    let down = Instant::now();
    let ended = stream.wait_for_end(PATIENCE)?;
    // The bundle may have been confirmed up to a long poll before the issuer ended.
    ensure!(ended.saturating_duration_since(down) + Duration::from_secs(2) >= MAX_STALENESS, "it ended too early");
    Ok(())
}

#[test]
fn streams_end_when_their_token_expires_without_an_issuer_to_follow_too() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let upstream = StreamingUpstream::start()?;
    let configuration = plain::configuration(Some(&json!({"leeway_seconds": 0})))?;
    let bootstrap = plain::bootstrap(&configuration, upstream.address().port(), dir.path())?;
    let envoy = Envoy::start(&artifacts::envoy()?, &bootstrap, dir.path(), 2)?;
    let expires = now() + 6;
    let claims = serde_json::Map::from_iter([("exp".to_owned(), expires.into())]);
    let short = Forge::new(now()).token(&TokenSpec { claims, ..TokenSpec::default() });
    let long = Forge::new(now()).token(&TokenSpec::default());
    let mut streams: Vec<OpenStream> = (0..6).map(|kind| open(envoy.address(), &short, kind)).collect::<Result<_>>()?;
    let mut kept = open(envoy.address(), &long, 0)?;
    // An ordinary request has ten seconds.
    let opened = Instant::now();
    let mut download = OpenStream::response(envoy.address(), ORDERS, &short, "")?;
    for stream in &mut streams {
        stream.wait_for_end(PATIENCE)?;
        ensure!(now() >= expires, "it ended before its token");
    }
    ensure!(opened.elapsed() > Duration::from_secs(8) || download.assert_alive().is_ok(), "the download ended too early");
    let after = download.wait_for_end(PATIENCE)?.saturating_duration_since(opened);
    ensure!(after > Duration::from_millis(8_500), "the download ended after {after:?}");
    kept.assert_alive()
}

#[test]
fn streams_end_with_the_status_list_of_their_token() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let upstream = StreamingUpstream::start()?;
    let uri = "https://issuer.example/status/7";
    // The gateway starts within this time, also on a busy machine.
    let ends = now() + 12;
    let key = SigningKey::hs256(Identifier::parse("k1".to_owned())?, &Forge::secret("k1"))?;
    let times = StatusListTimes { iat: UnixSeconds(now()), exp: Some(UnixSeconds(ends)), ttl: None };
    let list = StatusList::of_bits(vec![0]).sign(&Identifier::parse(uri.to_owned())?, times, &key)?;
    let settings = json!({"bundle": {"status_lists": [{"uri": uri, "version": "1", "list": list}]}});
    let bootstrap = plain::bootstrap(&plain::configuration(Some(&settings))?, upstream.address().port(), dir.path())?;
    let envoy = Envoy::start(&artifacts::envoy()?, &bootstrap, dir.path(), 2)?;
    let status = json!({"status_list": {"idx": 1, "uri": uri}});
    let claims = serde_json::Map::from_iter([("status".to_owned(), status)]);
    let listed = Forge::new(now()).token(&TokenSpec { claims, ..TokenSpec::default() });
    let other = Forge::new(now()).token(&TokenSpec::default());
    let mut streams: Vec<OpenStream> = (0..6).map(|kind| open(envoy.address(), &listed, kind)).collect::<Result<_>>()?;
    let mut kept = open(envoy.address(), &other, 0)?;
    for stream in &mut streams {
        stream.wait_for_end(PATIENCE)?;
        ensure!(now() >= ends, "it ended before its list");
    }
    kept.assert_alive()?;
    let counted = envoy.sum("postern_streams_reset_total.reason=stale")?;
    ensure!(counted == 6, "{counted} resets are counted");
    Ok(())
}
