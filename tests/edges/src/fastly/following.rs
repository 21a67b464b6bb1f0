//! The program, following a live issuer. Viceroy gives each instance at most six requests, so these tests go through its cache.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use postern_test_harness::faults::Fault;
use postern_test_harness::followed_issuer::{FollowedIssuer, MAX_STALENESS};
use postern_test_harness::upstream::Upstream;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::service::{Resources, Service};
use crate::configured_host::ConfiguredHost as _;
use crate::live_issuer::{self, FollowingHost};

struct Followed {
    service: Service,
    issuer: FollowedIssuer,
    _folder: TempDir,
}

/// A service with this configuration, and this edge key, that asks the issuer at this address.
fn service(configuration: &Value, edge_key: &str, issuer: SocketAddr) -> Service {
    let (edge_key, issuer) = (Some(edge_key.to_owned()), Some(issuer));
    Service::start(&Resources { edge_key, issuer, ..Resources::configured(configuration) })
}

fn configuration(bundle_keys: &Value) -> Value {
    json!({"sync": {
        "cluster": "issuer",
        "authority": "issuer.example",
        "bundle_keys": bundle_keys,
        "issuer": "https://issuer.example",
        "wait_seconds": 2,
        "max_staleness_seconds": MAX_STALENESS.as_secs(),
    }})
}

impl Followed {
    fn start() -> Self {
        Self::start_with(|issuer| configuration(&issuer.bundle_keys))
    }

    fn start_with(configuration: impl FnOnce(&FollowedIssuer) -> Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let issuer = live_issuer::issuer(folder.path());
        let service = service(&configuration(&issuer), &issuer.edge_key, issuer.faults.address());
        Self { service, issuer, _folder: folder }
    }

    /// How often the issuer is asked during so many requests that pass.
    fn asked_during(&self, requests: usize) -> usize {
        let token = self.issuer.mint().unwrap();
        self.until(&token, None);
        let before = self.issuer.faults.requests();
        for _ in 0..requests {
            assert_eq!(self.code(&token), None);
        }
        self.issuer.faults.requests() - before
    }
}

impl FollowingHost for Followed {
    fn issuer(&self) -> &FollowedIssuer {
        &self.issuer
    }

    fn address(&self) -> SocketAddr {
        self.service.wire().address
    }

    fn upstream(&self) -> &Upstream {
        &self.service.upstream
    }

    fn log(&self) -> String {
        self.service.log()
    }
}

#[test]
fn a_revoked_token_is_refused_soon_and_for_good() {
    live_issuer::a_revoked_token_is_refused_soon_and_for_good(&Followed::start());
}

#[test]
fn signing_keys_change_without_a_refusal() {
    live_issuer::signing_keys_change_without_a_refusal(&Followed::start());
}

#[test]
fn the_last_bundle_is_used_until_it_is_stale() {
    let followed = Followed::start();
    let faults = [Fault::Refuse, Fault::Hang, Fault::ServerError, Fault::Unauthorized];
    live_issuer::the_last_bundle_is_used_until_it_is_stale(&followed, &faults);
    assert!(followed.log().contains("postern: "), "{}", followed.log());
    assert!(!followed.service.printed().contains(&followed.issuer.edge_key));
}

#[test]
fn an_old_list_is_never_used_as_a_new_one() {
    live_issuer::an_old_list_is_never_used_as_a_new_one(&Followed::start(), "not_ready");
}

#[test]
fn an_answer_that_is_no_bundle_is_never_used() {
    let followed = Followed::start();
    let token = followed.issuer.mint().unwrap();
    for fault in [Fault::Rubbish, Fault::Html, Fault::Large, Fault::Truncated] {
        followed.until_all_pass(&token);
        followed.issuer.faults.set(fault);
        // An instance that has a bundle keeps it. A new one has none.
        followed.until(&token, Some("not_ready"));
        followed.issuer.faults.set(Fault::None);
    }
    followed.until(&token, None);
}

#[test]
fn instances_share_what_the_issuer_has_answered() {
    let followed = Followed::start();
    let begin = Instant::now();
    let asked = followed.asked_during(100);
    println!("100 requests, {asked} to the issuer in {} ms", begin.elapsed().as_millis());
    // One a second, and never the list again.
    assert!(asked <= 2 + usize::try_from(begin.elapsed().as_secs()).unwrap(), "{asked}");
}

#[test]
fn a_bundle_that_is_not_signed_is_fetched_by_each_instance() {
    let followed = Followed::start_with(|_| configuration(&json!([])));
    let asked = followed.asked_during(60);
    println!("60 requests, {asked} to the issuer");
    // The list has its version in its address, so it is fetched once.
    assert!((10..=20).contains(&asked), "{asked}");
}

#[test]
fn a_redirect_of_the_issuer_is_not_followed() {
    let (listener, target) = (TcpListener::bind("127.0.0.1:0").unwrap(), Upstream::start("elsewhere").unwrap());
    let (issuer, elsewhere) = (listener.local_addr().unwrap(), target.address());
    let service = service(&configuration(&json!([])), "edge_abc", issuer);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ =
                write!(stream, "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let response = service.send(&postern_test_harness::client::Request::new("GET", "/pizza/1.0.0/menu", "api.example"));
    assert_eq!((response.code().as_deref(), target.seen()), (Some("not_ready"), 0));
    assert!(service.log().contains("307"), "{}", service.log());
}

/// Many clients at once, each with its own token that is revoked in the middle.
#[test]
fn concurrent_requests_are_decided_one_by_one() {
    let followed = Followed::start();
    let tokens: Vec<String> = (0..8).map(|_| followed.issuer.mint().unwrap()).collect();
    followed.until(&tokens[7], None);
    let call_all = || -> Vec<Option<String>> {
        thread::scope(|scope| {
            let calls: Vec<_> = tokens.iter().map(|token| scope.spawn(|| followed.call(token).code())).collect();
            calls.into_iter().map(|call| call.join().unwrap()).collect()
        })
    };
    assert!(call_all().iter().all(Option::is_none));
    tokens.iter().step_by(2).for_each(|token| _ = followed.issuer.revoke(token).unwrap());
    thread::sleep(Duration::from_secs(3));
    for _ in 0..5 {
        let codes = call_all();
        for (index, code) in codes.iter().enumerate() {
            assert_eq!(code.as_deref(), (index % 2 == 0).then_some("revoked"), "{codes:?}");
        }
    }
}
