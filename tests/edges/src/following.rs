//! Gates that follow a live issuer, in each JavaScript host.

use std::thread;
use std::time::{Duration, Instant};

use postern_test_harness::client::Request;
use postern_test_harness::faults::Fault;
use postern_test_harness::followed_issuer::MAX_STALENESS;
use serde_json::json;

use crate::guarded::{Guarded, Host};

/// Defines a test of each check for each host.
macro_rules! in_each_host {
    ($($check:ident),* $(,)?) => {
        mod workerd { $(#[test] fn $check() { super::$check(super::Host::Workerd); })* }
        mod node { $(#[test] fn $check() { super::$check(super::Host::Node); })* }
        mod deno { $(#[test] fn $check() { super::$check(super::Host::Deno); })* }
        mod bun { $(#[test] fn $check() { super::$check(super::Host::Bun); })* }
    };
}

in_each_host!(
    a_revoked_token_is_refused_soon_and_for_good,
    signing_keys_change_without_a_refusal,
    the_last_bundle_is_used_until_it_is_stale_whatever_the_issuer_does,
    an_old_list_is_never_used_as_a_new_one,
);

/// How long a published key is not used yet: longer than the gates of these tests wait for an answer, and than an answer is used.
const WAIT: Duration = Duration::from_secs(3);

/// How long after the issuer's answer a revoked token may pass, in tests that must not depend on the speed of the machine. The benchmark
/// measures it.
const SOON: Duration = Duration::from_secs(10);

fn a_revoked_token_is_refused_soon_and_for_good(host: Host) {
    let guarded = Guarded::start(host);
    for _ in 0..3 {
        let [revoked, other] = [(); 2].map(|()| guarded.issuer.mint().unwrap());
        guarded.until(&revoked, None);
        guarded.issuer.revoke(&revoked).unwrap();
        let delay = guarded.until(&revoked, Some("revoked"));
        println!("{host:?}: refused {} ms after the issuer's answer", delay.as_millis());
        assert!(delay < SOON, "{delay:?}");
        assert_eq!(guarded.code(&other), None);
        for _ in 0..20 {
            assert_eq!(guarded.code(&revoked).as_deref(), Some("revoked"));
        }
    }
    assert!(guarded.metric(r#"postern_decisions_total{outcome="deny",reason="revoked",api="pizza/1.0.0"}"#) >= 63);
    assert!(guarded.metric(r#"postern_sync_total{result="changed"}"#) >= 4);
}

fn signing_keys_change_without_a_refusal(host: Host) {
    let guarded = Guarded::start(host);
    let before = guarded.issuer.mint().unwrap();
    guarded.until(&before, None);
    for algorithm in ["RS256", "EdDSA", "ES256"] {
        let key = guarded.issuer.cli.run(&["admin", "key", "create", "--algorithm", algorithm]).unwrap();
        // Every edge has the new key after its wait.
        thread::sleep(WAIT);
        guarded.issuer.cli.run(&["admin", "key", "sign", key["kid"].as_str().unwrap()]).unwrap();
        let token = guarded.issuer.mint().unwrap();
        assert_eq!(guarded.code(&token), None, "{algorithm}");
        assert_eq!(guarded.code(&before), None, "{algorithm}: a token of the first key");
    }
}

fn the_last_bundle_is_used_until_it_is_stale_whatever_the_issuer_does(host: Host) {
    let guarded = Guarded::start(host);
    let token = guarded.issuer.mint().unwrap();
    // All hosts share what handles answers; how a request fails differs between them.
    let faults: &[Fault] = match host {
        Host::Workerd | Host::Node => &[Fault::Refuse, Fault::Hang, Fault::ServerError, Fault::Rubbish, Fault::Unauthorized],
        Host::Deno | Host::Bun => &[Fault::Refuse, Fault::Hang],
    };
    for fault in faults.iter().copied() {
        guarded.until(&token, None);
        guarded.issuer.faults.set(fault);
        let begin = Instant::now();
        guarded.until(&token, Some("stale"));
        let held = begin.elapsed();
        assert!(held + Duration::from_secs(3) > MAX_STALENESS, "{fault:?}: {held:?}");
        let public = Request::new("GET", "/pizza/1.0.0/menu", "api.example").send(guarded.address()).unwrap();
        assert_eq!((public.status, public.code().as_deref()), (503, Some("stale")), "{fault:?}");
        guarded.issuer.faults.set(Fault::None);
    }
    guarded.until(&token, None);
    assert!(guarded.metric(r#"postern_sync_total{result="failed"}"#) >= 2);
}

fn an_old_list_is_never_used_as_a_new_one(host: Host) {
    let guarded = Guarded::start(host);
    let [revoked, other] = [(); 2].map(|()| guarded.issuer.mint().unwrap());
    guarded.issuer.faults.set(Fault::OldLists);
    guarded.until(&other, None);
    guarded.issuer.revoke(&revoked).unwrap();
    // The gate refuses the answer, and everything once its bundle is stale.
    guarded.until(&revoked, Some("stale"));
    guarded.issuer.faults.set(Fault::None);
    guarded.until(&revoked, Some("revoked"));
    assert_eq!(guarded.code(&other), None);
}

/// A Worker that waited for news, as other hosts do, would ask only every 30 seconds, and requests would wait for the answer.
#[test]
fn a_worker_asks_again_before_an_answer_is_too_old() {
    let guarded = Guarded::start(Host::Workerd);
    let token = guarded.issuer.mint().unwrap();
    guarded.until(&token, None);
    let (before, begin) = (guarded.issuer.faults.requests(), Instant::now());
    while begin.elapsed() < Duration::from_secs(5) {
        assert_eq!(guarded.code(&token), None);
        thread::sleep(Duration::from_millis(50));
    }
    let asked = guarded.issuer.faults.requests() - before;
    assert!(asked >= 3, "{asked}");
}

#[test]
fn concurrent_cold_requests_fetch_the_bundle_once() {
    for host in [Host::Workerd, Host::Node, Host::Deno, Host::Bun] {
        let begin = Instant::now();
        let guarded = Guarded::start_with(host, &json!({"maxAgeSeconds": 4}));
        let token = guarded.issuer.mint().unwrap();
        let answers: Vec<Option<String>> = thread::scope(|scope| {
            let calls: Vec<_> = (0..40).map(|_| scope.spawn(|| guarded.call(&token).code())).collect();
            calls.into_iter().map(|call| call.join().unwrap()).collect()
        });
        assert!(answers.iter().all(Option::is_none), "{host:?}: {answers:?}");
        // The bundle, its one status list, and the questions that follow: at most one in two seconds.
        let requests = guarded.issuer.faults.requests();
        assert!(requests <= 3 + usize::try_from(begin.elapsed().as_secs()).unwrap(), "{host:?}: {requests}");
    }
}
