//! Components that follow a live issuer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use postern_test_harness::faults::Fault;
use postern_test_harness::followed_issuer::{FollowedIssuer, MAX_STALENESS};
use postern_test_harness::upstream::Upstream;
use serde_json::json;
use tempfile::TempDir;

use super::component::{Component, Instances};
use crate::configured_host::ConfiguredHost as _;
use crate::live_issuer::{self, FollowingHost};

struct Followed {
    component: Component,
    issuer: FollowedIssuer,
    _folder: TempDir,
}

impl Followed {
    fn start(instances: Instances) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let issuer = live_issuer::issuer(folder.path());
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
}

impl FollowingHost for Followed {
    fn issuer(&self) -> &FollowedIssuer {
        &self.issuer
    }

    fn address(&self) -> SocketAddr {
        self.component.address()
    }

    fn upstream(&self) -> &Upstream {
        &self.component.upstream
    }

    fn log(&self) -> String {
        self.component.log()
    }
}

#[test]
fn a_kept_instance_refuses_a_revoked_token() {
    live_issuer::a_revoked_token_is_refused_soon_and_for_good(&Followed::start(Instances::Reused));
}

#[test]
fn fresh_instances_refuse_a_revoked_token_at_once() {
    live_issuer::a_revoked_token_is_refused_soon_and_for_good(&Followed::start(Instances::Fresh));
}

#[test]
fn a_kept_instance_gets_new_signing_keys() {
    live_issuer::signing_keys_change_without_a_refusal(&Followed::start(Instances::Reused));
}

#[test]
fn fresh_instances_get_new_signing_keys() {
    live_issuer::signing_keys_change_without_a_refusal(&Followed::start(Instances::Fresh));
}

#[test]
fn a_kept_instance_uses_the_last_bundle_until_it_is_stale() {
    let followed = Followed::start(Instances::Reused);
    let faults = [Fault::Refuse, Fault::ServerError, Fault::Rubbish, Fault::Unauthorized];
    live_issuer::the_last_bundle_is_used_until_it_is_stale(&followed, &faults);
    assert!(followed.log().contains("postern: "), "{}", followed.log());
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
    let (begin, used) = (Instant::now(), followed.component.cpu());
    for _ in 0..100 {
        assert_eq!(followed.code(&token), None);
    }
    let (took, used) = (begin.elapsed().as_millis(), followed.component.cpu().saturating_sub(used).as_millis());
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
