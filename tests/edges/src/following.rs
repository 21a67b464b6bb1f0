//! Gates that follow a live issuer, in each JavaScript host.

use std::thread;
use std::time::{Duration, Instant};

use postern_test_harness::faults::Fault;
use serde_json::json;

use crate::guarded::{Guarded, Host};
use crate::live_issuer::{self, FollowingHost as _};

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
    the_last_bundle_is_used_until_it_is_stale,
    an_old_list_is_never_used_as_a_new_one,
);

fn a_revoked_token_is_refused_soon_and_for_good(host: Host) {
    let guarded = Guarded::start(host);
    live_issuer::a_revoked_token_is_refused_soon_and_for_good(&guarded);
    assert!(guarded.metric(r#"postern_decisions_total{outcome="deny",reason="revoked",api="pizza/1.0.0"}"#) >= 63);
    assert!(guarded.metric(r#"postern_sync_total{result="changed"}"#) >= 4);
}

fn signing_keys_change_without_a_refusal(host: Host) {
    live_issuer::signing_keys_change_without_a_refusal(&Guarded::start(host));
}

fn the_last_bundle_is_used_until_it_is_stale(host: Host) {
    let guarded = Guarded::start(host);
    // All hosts share what handles answers; how a request fails differs between them.
    let faults: &[Fault] = match host {
        Host::Workerd | Host::Node => &[Fault::Refuse, Fault::Hang, Fault::ServerError, Fault::Rubbish, Fault::Unauthorized],
        Host::Deno | Host::Bun => &[Fault::Refuse, Fault::Hang],
    };
    live_issuer::the_last_bundle_is_used_until_it_is_stale(&guarded, faults);
    assert!(guarded.metric(r#"postern_sync_total{result="failed"}"#) >= 2);
}

fn an_old_list_is_never_used_as_a_new_one(host: Host) {
    live_issuer::an_old_list_is_never_used_as_a_new_one(&Guarded::start(host), "stale");
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
