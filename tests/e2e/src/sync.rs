//! An edge follows its issuer: it learns of changes, and tolerates failures of the issuer until its bundle is stale.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use postern_test_harness::artifacts;
use postern_test_harness::client::Request;
use postern_test_harness::clock::now;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::faults::Fault;
use postern_test_harness::lag::Lag;
use postern_test_harness::live::{self, LONG_WAIT_SECONDS, Live, MAX_STALENESS, WAIT_SECONDS};
use postern_test_harness::load::{Answered, Load};
use postern_test_harness::sample_api::ORDERS;
use postern_vectors::{Forge, TokenSpec};

/// Connections under load, enough for each worker to have some.
const CONNECTIONS: usize = 16;

fn load(live: &Live, token: &str) -> Load {
    Load::start(live.envoy.address(), ORDERS, token, CONNECTIONS)
}

/// Fails if a response has another status, or if there are too few responses.
fn all(answers: &[Answered], status: u16, what: &str) -> Result<()> {
    ensure!(answers.len() > CONNECTIONS, "{what}: only {} responses", answers.len());
    let other = answers.iter().filter(|answer| answer.status != status).count();
    ensure!(
        other == 0,
        "{what}: {other} of {} responses are not {status}: {:?}",
        answers.len(),
        answers.iter().map(|a| a.status).collect::<BTreeSet<_>>()
    );
    Ok(())
}

#[test]
fn the_last_bundle_is_used_until_it_is_stale_whatever_the_issuer_does() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin()?)?;
    let token = live.mint()?;
    let load = load(&live, &token);
    // The last confirmation of the bundle is no older than the longest time for which the issuer holds a response.
    let holds = MAX_STALENESS.saturating_sub(Duration::from_secs(WAIT_SECONDS + 1));
    let lag = Lag::measure();
    for fault in Fault::FAILURES {
        load.take();
        live.wait_for_response()?;
        live.faults.set(fault);
        let began = Instant::now();
        thread::sleep(holds);
        let mut answers = load.take();
        // The time that a busy machine takes away is not counted: the last word may be that much older.
        let holds = holds.saturating_sub(lag.since(began));
        answers.retain(|answer| answer.at <= began + holds);
        all(&answers, 200, &format!("{fault:?}, while the bundle is not stale"))?;
        thread::sleep((MAX_STALENESS + Duration::from_millis(500)).saturating_sub(began.elapsed()));
        let stale = Instant::now();
        // Only responses to requests that were sent from now on: first until each connection has one, and then more.
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
        all(&answers, 503, &format!("{fault:?}, once the bundle is stale"))?;
        ensure!(live.upstream.seen() == seen, "{fault:?}: requests reached the upstream with a stale bundle");
        let refusal = live.call(&token)?;
        ensure!(refusal.code().as_deref() == Some("stale"), "{fault:?}: {refusal:?}");
        live.faults.set(Fault::None);
        live.wait_for_all_workers(&token)?;
    }
    ensure!(live.envoy.reloads()? == 0, "a virtual machine trapped");
    Ok(())
}

/// An issuer without a change holds its response. After a restart it must respond at once, or a stale edge would stay stale for the
/// time of the wait.
#[test]
fn a_stale_edge_recovers_at_once_when_the_issuer_returns() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start_waiting(dir.path(), &artifacts::plugin()?, LONG_WAIT_SECONDS)?;
    let token = live.mint()?;
    let lag = Lag::measure();
    live.faults.set(Fault::Refuse);
    live.wait_until("the bundle is stale", || Ok(live.call(&token)?.code().as_deref() == Some("stale")))?;
    live.faults.set(Fault::None);
    let back = Instant::now();
    live.wait_until("the gateway takes a good token again", || Ok(live.call(&token)?.status == 200))?;
    // The longest pause between two tries is two seconds.
    // Delays of a busy machine are subtracted.
    let took = back.elapsed().saturating_sub(lag.since(back));
    ensure!(took < Duration::from_secs(LONG_WAIT_SECONDS), "it took {took:?}");
    Ok(())
}

#[test]
fn a_killed_and_restarted_issuer_causes_no_refusal() -> Result<()> {
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
        ensure!(live.call(&new)?.status == 200, "a token of the restarted issuer is refused");
        live.wait_for_response()?;
    }
    all(&load.take(), 200, "while the issuer was killed three times")
}

#[test]
fn signing_keys_change_without_a_refusal() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin()?)?;
    let first = live.cli.run(&["admin", "signing-key", "list"])?;
    let mut last = kid(&first["keys"][0])?;
    let mut old = live.mint()?;
    let load = load(&live, &old);
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        // Publish, wait, sign, retire.
        let new = kid(&live.cli.run(&["admin", "signing-key", "create", "--algorithm", algorithm])?)?;
        thread::sleep(Duration::from_secs(WAIT_SECONDS));
        live.cli.run(&["admin", "signing-key", "sign", &new])?;
        let token = live.mint()?;
        ensure!(live.call(&token)?.status == 200, "{algorithm}: a token of the new signing key is refused");
        load.use_token(&token);
        thread::sleep(Duration::from_millis(300));
        all(&load.take(), 200, &format!("{algorithm}: while the key changed"))?;
        ensure!(
            live.cli.run(&["admin", "signing-key", "retire", &last]).is_err(),
            "{algorithm}: retired a signing key with live tokens"
        );
        ensure!(live.call(&old)?.status == 200, "{algorithm}: a token of the previous signing key is refused");
        live.cli.run(&["admin", "signing-key", "retire", &last, "--force"])?;
        // Every worker has cached the old token by now. A retired signing key invalidates its cached tokens.
        live.wait_until("tokens of the retired key are refused", || {
            let refusal = live.call(&old)?;
            Ok(refusal.code().as_deref() == Some("unknown_key"))
        })?;
        thread::sleep(Duration::from_millis(200));
        for _ in 0..CONNECTIONS {
            ensure!(live.call(&old)?.status == 401, "{algorithm}: a worker accepts a token of a retired signing key");
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
fn another_worker_takes_over_when_the_lease_holder_traps() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin_that_traps()?)?;
    let token = live.mint()?;
    for round in 1..=3 {
        live.faults.set(Fault::Trap);
        live.wait_until("the lease holder traps", || {
            let log = std::fs::read_to_string(live.envoy.log())?;
            Ok(log.matches("Function: proxy_on_http_call_response failed").count() >= round)
        })?;
        live.faults.set(Fault::None);
        // Only a bundle that was fetched since then has the new signing key.
        let key = kid(&live.cli.run(&["admin", "signing-key", "create", "--algorithm", "ES256"])?)?;
        thread::sleep(Duration::from_secs(WAIT_SECONDS));
        live.cli.run(&["admin", "signing-key", "sign", &key])?;
        let new = live.mint()?;
        live.wait_until("another worker fetches the bundle", || Ok(live.call(&new)?.status == 200))?;
    }
    live.wait_until("the gateway accepts the old token too", || Ok(live.call(&token)?.status == 200))
}

#[test]
fn a_virtual_machine_that_traps_refuses_and_is_restarted() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin_that_traps()?)?;
    let token = live.mint()?;
    for _ in 0..5 {
        let seen = live.upstream.seen();
        let refusal =
            Request::new("GET", ORDERS, "api.example").bearer(&token).header("x-postern-trap", "1").send(live.envoy.address())?;
        ensure!(refusal.status >= 500 && live.upstream.seen() == seen, "a trap gives {}", refusal.status);
        live.wait_until("the gateway takes a good token again", || Ok(live.call(&token)?.status == 200))?;
    }
    ensure!(live.envoy.reloads()? > 0, "no virtual machine was restarted");
    Ok(())
}

#[test]
fn unknown_signing_keys_cause_no_request_to_the_issuer() -> Result<()> {
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
    let keys = serde_json::json!({"bundle_keys": [bundle["keys"]["keys"][2]]});
    let envoy = live.gateway_that_refuses("other-keys", &keys, "failed")?;
    refuses_everything(&live, &envoy, &token, "is none of `sync.bundle_keys`")
}

/// Asserts that a gateway without a bundle refuses a good token, and that its log has `words`.
fn refuses_everything(live: &Live, envoy: &Envoy, token: &str, words: &str) -> Result<()> {
    let seen = live.upstream.seen();
    let refusal = live::call(envoy, token)?;
    ensure!(refusal.code().as_deref() == Some("not_ready"), "{refusal:?}");
    ensure!(live.upstream.seen() == seen, "the request reached the upstream");
    let log = std::fs::read_to_string(envoy.log())?;
    ensure!(log.contains(words), "`{words}` is not in {log}");
    Ok(())
}

#[test]
fn the_log_says_where_a_bundle_may_be_if_it_is_not_found() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin()?)?;
    let envoy = live.gateway_that_refuses("other-path", &serde_json::json!({"path": "/edge/other"}), "failed")?;
    refuses_everything(&live, &envoy, &live.mint()?, "if `edge_listen` is set in the issuer's configuration")
}

#[test]
fn a_bundle_of_another_issuer_than_the_pinned_one_is_refused() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin()?)?;
    let token = live.mint()?;
    let right = live.gateway_with("right", &serde_json::json!({"issuer": "https://issuer.example"}))?;
    live.wait_until("the gateway accepts a good token", || Ok(live::call(&right, &token)?.status == 200))?;
    let wrong = live.gateway_that_refuses("wrong", &serde_json::json!({"issuer": "https://other.example"}), "foreign")?;
    refuses_everything(&live, &wrong, &token, "issuer `https://issuer.example`, but `sync.issuer` is `https://other.example`")
}

/// One bundle key signs the bundles of both environments.
#[test]
fn a_signed_bundle_of_the_other_environment_is_refused() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let live = Live::start(dir.path(), &artifacts::plugin()?)?;
    let token = live.mint()?;
    let sandbox = ["token", "create", "--application", &live.application, "--key-type", "sandbox", "--scope", "orders"];
    let sandbox = postern_test_harness::issuer::text(&live.cli.run(&sandbox)?, "access_token")?;
    // Time enough for a busy machine to see the refusal before the bundle is stale.
    let settings = serde_json::json!({"environment": "production", "max_staleness_seconds": 12});
    let envoy = live.gateway_with("production", &settings)?;
    live.wait_until("the gateway accepts a good token", || Ok(live::call(&envoy, &token)?.status == 200))?;
    live.faults.set(Fault::OtherEnvironment);
    let foreign = || envoy.sum("postern_sync_total.result=foreign");
    live.wait_until("the other bundle is refused", || Ok(foreign()? > 0))?;
    let log = std::fs::read_to_string(envoy.log())?;
    let words = "is for the environment `sandbox`, but `sync.environment` is `production`";
    ensure!(log.lines().any(|line| line.contains("[error]") && line.contains(words)), "{log}");
    ensure!(live::call(&envoy, &token)?.status == 200, "the last bundle of production is not used");
    let seen = live.upstream.seen();
    let refusal = live::call(&envoy, &sandbox)?;
    ensure!(refusal.status == 401 || refusal.status == 403, "{refusal:?}");
    // The other bundle is no confirmation.
    live.wait_until("the bundle is stale", || {
        let refusal = live::call(&envoy, &sandbox)?;
        ensure!(refusal.status != 200, "a token of the sandbox is accepted");
        Ok(refusal.code().as_deref() == Some("stale"))
    })?;
    ensure!(live.upstream.seen() == seen, "a request reached the upstream");
    live.faults.set(Fault::None);
    live.wait_until("the gateway accepts a good token again", || Ok(live::call(&envoy, &token)?.status == 200))
}
