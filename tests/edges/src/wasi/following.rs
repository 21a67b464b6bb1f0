//! Components that follow a live issuer.

use std::thread;
use std::time::{Duration, Instant};

use postern_test_harness::client::Request;
use postern_test_harness::faults::Fault;
use postern_test_harness::followed_issuer::{FollowedIssuer, MAX_STALENESS};
use postern_test_harness::sample_api::ORDERS;
use serde_json::json;
use tempfile::TempDir;

use super::component::{Component, Instances};

/// How long after the issuer's answer a revoked token may pass, in tests that must not depend on the speed of the machine.
const SOON: Duration = Duration::from_secs(10);

/// How long a published key is not used yet.
const WAIT: Duration = Duration::from_secs(3);

struct Followed {
    component: Component,
    issuer: FollowedIssuer,
    _folder: TempDir,
}

impl Followed {
    fn start(instances: Instances) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let issuer = FollowedIssuer::start(folder.path(), ("https://issuer.example", "127.0.0.1:0")).unwrap();
        let server = issuer.faults.address();
        let configuration = json!({"sync": {
            "cluster": format!("http://{server}"),
            "authority": server.to_string(),
            "key": issuer.edge_key,
            "bundle_keys": issuer.bundle_keys,
            "issuer": "https://issuer.example",
            "wait_seconds": 2,
            "max_staleness_seconds": MAX_STALENESS.as_secs(),
        }});
        Self { component: Component::start(&configuration, instances, &[]), issuer, _folder: folder }
    }

    /// The code of the refusal; `None` for a request that passes.
    fn code(&self, token: &str) -> Option<String> {
        let before = self.component.upstream.seen();
        let response = Request::new("GET", ORDERS, "api.example").bearer(token).send(self.component.address()).unwrap();
        let reached = self.component.upstream.seen() - before;
        let code = response.code();
        assert_eq!((reached, response.status == 200), (usize::from(code.is_none()), code.is_none()), "{}", self.component.log());
        code
    }

    /// Calls the API until the code is this one, and returns how long that took.
    fn until(&self, token: &str, code: Option<&str>) -> Duration {
        let begin = Instant::now();
        loop {
            let found = self.code(token);
            if found.as_deref() == code {
                return begin.elapsed();
            }
            assert!(begin.elapsed() < Duration::from_secs(30), "{found:?}, not {code:?}: {}", self.component.log());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn a_revoked_token_is_refused_soon_and_for_good(instances: Instances) {
    let followed = Followed::start(instances);
    for _ in 0..4 {
        let [revoked, other] = [(); 2].map(|()| followed.issuer.mint().unwrap());
        followed.until(&revoked, None);
        followed.issuer.revoke(&revoked).unwrap();
        let delay = followed.until(&revoked, Some("revoked"));
        println!("{instances:?}: refused {} ms after the issuer's answer", delay.as_millis());
        assert!(delay < SOON, "{delay:?}");
        for _ in 0..10 {
            assert_eq!(followed.code(&revoked).as_deref(), Some("revoked"));
        }
        assert_eq!(followed.code(&other), None);
    }
}

fn signing_keys_change_without_a_refusal(instances: Instances) {
    let followed = Followed::start(instances);
    let before = followed.issuer.mint().unwrap();
    followed.until(&before, None);
    for algorithm in ["RS256", "EdDSA", "ES256"] {
        let key = followed.issuer.cli.run(&["admin", "key", "create", "--algorithm", algorithm]).unwrap();
        thread::sleep(WAIT);
        followed.issuer.cli.run(&["admin", "key", "sign", key["kid"].as_str().unwrap()]).unwrap();
        let token = followed.issuer.mint().unwrap();
        assert_eq!(followed.code(&token), None, "{algorithm}");
        assert_eq!(followed.code(&before), None, "{algorithm}: a token of the first key");
    }
}

#[test]
fn a_kept_instance_refuses_a_revoked_token() {
    a_revoked_token_is_refused_soon_and_for_good(Instances::Reused);
}

#[test]
fn fresh_instances_refuse_a_revoked_token_at_once() {
    a_revoked_token_is_refused_soon_and_for_good(Instances::Fresh);
}

#[test]
fn a_kept_instance_gets_new_signing_keys() {
    signing_keys_change_without_a_refusal(Instances::Reused);
}

#[test]
fn fresh_instances_get_new_signing_keys() {
    signing_keys_change_without_a_refusal(Instances::Fresh);
}

#[test]
fn a_kept_instance_uses_the_last_bundle_until_it_is_stale() {
    let followed = Followed::start(Instances::Reused);
    let token = followed.issuer.mint().unwrap();
    for fault in [Fault::Refuse, Fault::ServerError, Fault::Rubbish, Fault::Unauthorized] {
        // The host may keep several instances, each of which recovers at its next question.
        let mut passed = 0;
        while passed < 20 {
            followed.until(&token, None);
            passed = if followed.code(&token).is_none() { passed + 1 } else { 0 };
        }
        followed.issuer.faults.set(fault);
        let begin = Instant::now();
        followed.until(&token, Some("stale"));
        let held = begin.elapsed();
        assert!(held + Duration::from_secs(3) > MAX_STALENESS, "{fault:?}: {held:?}");
        followed.issuer.faults.set(Fault::None);
    }
    followed.until(&token, None);
    let log = followed.component.log();
    assert!(log.contains("postern: ") && !log.contains(&followed.issuer.edge_key), "{log}");
}

#[test]
fn an_issuer_that_hangs_delays_requests_and_ends_in_a_refusal() {
    let followed = Followed::start(Instances::Reused);
    let token = followed.issuer.mint().unwrap();
    followed.until(&token, None);
    followed.issuer.faults.set(Fault::Hang);
    followed.until(&token, Some("stale"));
    followed.issuer.faults.set(Fault::None);
    followed.until(&token, None);
}

#[test]
fn fresh_instances_need_the_issuer_for_every_request() {
    let followed = Followed::start(Instances::Fresh);
    let token = followed.issuer.mint().unwrap();
    assert_eq!(followed.code(&token), None);
    let before = followed.issuer.faults.requests();
    let (begin, used) = (Instant::now(), followed.component.cpu_milliseconds());
    for _ in 0..100 {
        assert_eq!(followed.code(&token), None);
    }
    let (took, used) = (begin.elapsed().as_millis(), followed.component.cpu_milliseconds() - used);
    println!("100 requests, each with a fetched bundle: {took} ms, {used} ms of processor time in wasmtime");
    // The bundle and its list.
    assert_eq!(followed.issuer.faults.requests() - before, 200);
    followed.issuer.faults.set(Fault::ServerError);
    assert_eq!(followed.code(&token).as_deref(), Some("not_ready"));
    followed.issuer.faults.set(Fault::None);
    assert_eq!(followed.code(&token), None);
}

#[test]
fn each_kept_instance_asks_once_a_second() {
    let followed = Followed::start(Instances::Reused);
    let token = followed.issuer.mint().unwrap();
    assert_eq!(followed.code(&token), None);
    let (before, begin) = (followed.issuer.faults.requests(), Instant::now());
    let mut calls = 0;
    while begin.elapsed() < Duration::from_secs(4) {
        assert_eq!(followed.code(&token), None);
        calls += 1;
    }
    let asked = followed.issuer.faults.requests() - before;
    println!("{calls} requests, {asked} to the issuer");
    // wasmtime starts a second instance for a request that comes while the first one is still busy.
    assert!((2..=12).contains(&asked), "{asked}");
    assert!(calls > 10 * asked, "{calls}");
}
