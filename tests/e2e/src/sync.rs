//! An edge that follows its issuer: it hears of changes, and outlives whatever its issuer does for as long as it may.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use postern_test_harness::artifacts;
use postern_test_harness::client::Request;
use postern_test_harness::clock::now;
use postern_test_harness::faults::Fault;
use postern_test_harness::lag::Lag;
use postern_test_harness::live::{LONG_WAIT_SECONDS, Live, MAX_STALENESS, WAIT_SECONDS};
use postern_test_harness::load::{Answered, Load};
use postern_test_harness::sample_api::ORDERS;
use postern_vectors::{Forge, TokenSpec};

/// Connections under load: enough that each worker has some.
const CONNECTIONS: usize = 16;

fn load(live: &Live, token: &str) -> Load {
    Load::start(live.envoy.address(), ORDERS, token, CONNECTIONS)
}

/// Fails when an answer that was there before `until` is not `status`.
fn all(answers: &[Answered], status: u16, what: &str) -> Result<()> {
    ensure!(answers.len() > CONNECTIONS, "{what}: only {} answers", answers.len());
    let other = answers.iter().filter(|answer| answer.status != status).count();
    ensure!(
        other == 0,
        "{what}: {other} of {} answers are not {status}: {:?}",
        answers.len(),
        answers.iter().map(|a| a.status).collect::<BTreeSet<_>>()
    );
    Ok(())
}

#[test]
fn whatever_an_issuer_does_its_last_word_holds_until_it_is_too_old() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin()?)?;
    let token = live.mint()?;
    let load = load(&live, &token);
    // The last word was heard no longer ago than an answer may be held back.
    let holds = MAX_STALENESS.saturating_sub(Duration::from_secs(WAIT_SECONDS + 1));
    for fault in Fault::FAILURES {
        load.take();
        live.faults.set(fault);
        let began = Instant::now();
        thread::sleep(holds);
        let mut answers = load.take();
        answers.retain(|answer| answer.at <= began + holds);
        all(&answers, 200, &format!("{fault:?}, while the bundle holds"))?;
        thread::sleep((MAX_STALENESS + Duration::from_millis(500)).saturating_sub(began.elapsed()));
        let stale = Instant::now();
        // Answers to requests that were sent from now on: first until none is on its way that was sent before, and then as many again.
        let mut answers = Vec::new();
        let mut more = |count: usize| {
            live.wait_until("answers come", || {
                answers.extend(load.take().into_iter().filter(|answer| answer.sent >= stale));
                let connections: BTreeSet<usize> = answers.iter().map(|answer| answer.connection).collect();
                Ok(connections.len() == CONNECTIONS && answers.len() >= count)
            })
        };
        more(0)?;
        let seen = live.upstream.seen();
        more(8 * CONNECTIONS)?;
        all(&answers, 503, &format!("{fault:?}, once the bundle is too old"))?;
        ensure!(live.upstream.seen() == seen, "{fault:?}: requests on a bundle that is too old reached the upstream");
        let refusal = live.call(&token)?;
        ensure!(refusal.code().as_deref() == Some("stale"), "{fault:?}: {refusal:?}");
        live.faults.set(Fault::None);
        live.wait_for_all_workers(&token)?;
    }
    ensure!(live.envoy.reloads()? == 0, "a virtual machine trapped");
    Ok(())
}

/// An issuer with nothing new to say holds its answer back. One that has just come back must not, or an edge that has become
/// stale would stay so for as long again.
#[test]
fn an_issuer_that_comes_back_is_heard_at_once() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start_waiting(dir.path(), &artifacts::plugin()?, LONG_WAIT_SECONDS)?;
    let token = live.mint()?;
    let lag = Lag::measure();
    live.faults.set(Fault::Refuse);
    live.wait_until("the bundle is too old", || Ok(live.call(&token)?.code().as_deref() == Some("stale")))?;
    live.faults.set(Fault::None);
    let back = Instant::now();
    live.wait_until("the gateway takes a good token again", || Ok(live.call(&token)?.status == 200))?;
    // The longest pause between two tries is two seconds.
    // The time that a busy machine takes away is not counted.
    let took = back.elapsed().saturating_sub(lag.since(back));
    ensure!(took < Duration::from_secs(LONG_WAIT_SECONDS), "it took {took:?}");
    Ok(())
}

#[test]
fn an_issuer_that_is_killed_and_comes_back_is_not_missed() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let mut live = Live::start(dir.path(), &artifacts::plugin()?)?;
    let token = live.mint()?;
    let load = load(&live, &token);
    for _ in 0..3 {
        // SIGKILL.
        drop(live.issuer.take());
        thread::sleep(Duration::from_millis(1_500));
        live.start_issuer()?;
        let new = live.mint()?;
        ensure!(live.call(&new)?.status == 200, "a token of the issuer that came back is refused");
        live.wait_for_word()?;
    }
    all(&load.take(), 200, "while the issuer was killed three times")
}

#[test]
fn keys_change_without_one_good_request_refused() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin()?)?;
    let first = live.cli.run(&["admin", "key", "list"])?;
    let mut last = kid(&first["keys"][0])?;
    let mut old = live.mint()?;
    let load = load(&live, &old);
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        // Publish, wait, sign, retire.
        let new = kid(&live.cli.run(&["admin", "key", "create", "--algorithm", algorithm])?)?;
        thread::sleep(Duration::from_secs(WAIT_SECONDS));
        live.cli.run(&["admin", "key", "sign", &new])?;
        let token = live.mint()?;
        ensure!(live.call(&token)?.status == 200, "{algorithm}: a token of the new key is refused");
        load.use_token(&token);
        thread::sleep(Duration::from_millis(300));
        all(&load.take(), 200, &format!("{algorithm}: while the key changed"))?;
        ensure!(live.cli.run(&["admin", "key", "retire", &last]).is_err(), "{algorithm}: retired a key whose tokens live");
        ensure!(live.call(&old)?.status == 200, "{algorithm}: a token of the key before is refused");
        live.cli.run(&["admin", "key", "retire", &last, "--force"])?;
        // Every worker has remembered the old token by now; a key that is gone takes its tokens along.
        live.wait_until("tokens of the retired key are refused", || {
            let refusal = live.call(&old)?;
            Ok(refusal.code().as_deref() == Some("unknown_key"))
        })?;
        thread::sleep(Duration::from_millis(200));
        for _ in 0..CONNECTIONS {
            ensure!(live.call(&old)?.status == 401, "{algorithm}: a worker takes a token of a retired key");
        }
        all(&load.take(), 200, &format!("{algorithm}: after the key was retired"))?;
        (last, old) = (new, token);
    }
    Ok(())
}

fn kid(key: &serde_json::Value) -> Result<String> {
    postern_test_harness::issuer::text(key, "kid")
}

#[test]
fn when_the_one_that_asks_the_issuer_dies_another_takes_over() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin_that_traps()?)?;
    let token = live.mint()?;
    for round in 1..=3 {
        live.faults.set(Fault::Trap);
        live.wait_until("the one that asks traps", || {
            let log = std::fs::read_to_string(live.envoy.log())?;
            Ok(log.matches("Function: proxy_on_http_call_response failed").count() >= round)
        })?;
        live.faults.set(Fault::None);
        // Only a bundle that was fetched since has the new key.
        let key = kid(&live.cli.run(&["admin", "key", "create", "--algorithm", "ES256"])?)?;
        thread::sleep(Duration::from_secs(WAIT_SECONDS));
        live.cli.run(&["admin", "key", "sign", &key])?;
        let new = live.mint()?;
        live.wait_until("another asks", || Ok(live.call(&new)?.status == 200))?;
    }
    live.wait_until("all is well again", || Ok(live.call(&token)?.status == 200))
}

#[test]
fn a_virtual_machine_that_traps_refuses_and_comes_back() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin_that_traps()?)?;
    let token = live.mint()?;
    for _ in 0..5 {
        let seen = live.upstream.seen();
        let refusal =
            Request::new("GET", ORDERS, "api.example").bearer(&token).header("x-postern-trap", "1").send(live.envoy.address())?;
        ensure!(refusal.status >= 500 && live.upstream.seen() == seen, "a trap answers {}", refusal.status);
        live.wait_until("the gateway takes a good token again", || Ok(live.call(&token)?.status == 200))?;
    }
    ensure!(live.envoy.reloads()? > 0, "no virtual machine was made anew");
    Ok(())
}

#[test]
fn unknown_keys_make_nobody_ask_the_issuer() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin()?)?;
    let forge = Forge::new(now());
    let (asked, began) = (live.faults.requests(), Instant::now());
    for number in 0..1_000 {
        let header = serde_json::from_value(serde_json::json!({"kid": format!("k-{number}")}))?;
        let refusal = live.call(&forge.token(&TokenSpec { header, ..TokenSpec::default() }))?;
        ensure!(refusal.code().as_deref() == Some("unknown_key"), "{refusal:?}");
    }
    let polls = began.elapsed().as_secs() / WAIT_SECONDS + 2;
    let asked = live.faults.requests() - asked;
    ensure!(u64::try_from(asked)? <= polls, "the issuer was asked {asked} times in {:?}", began.elapsed());
    Ok(())
}

/// The gateways of [`Live`] pin the issuer's bundle key, so every other test shows that signed bundles are used.
#[test]
fn a_bundle_that_another_key_has_signed_is_refused() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin()?)?;
    let token = live.mint()?;
    ensure!(live.call(&token)?.status == 200);
    let bundle: serde_json::Value = serde_json::from_str(postern_vectors::bundle())?;
    let envoy = live.gateway_that_pins(&serde_json::json!([bundle["keys"]["keys"][2]]))?;
    let seen = live.upstream.seen();
    let refusal = postern_test_harness::live::call(&envoy, &token)?;
    ensure!(refusal.code().as_deref() == Some("not_ready"), "{refusal:?}");
    ensure!(live.upstream.seen() == seen, "the request reached the upstream");
    let log = std::fs::read_to_string(envoy.log())?;
    ensure!(log.contains("not signed by a key in `sync.bundle_keys`"), "{log}");
    Ok(())
}
