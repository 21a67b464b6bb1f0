//! The shared decision vectors, over the wire: all of them.

use postern_test_harness::client::Request;
use postern_test_harness::wire::Answer;
use postern_vectors::{DecisionVector, Expectation};
use serde_json::{Value, json};

use super::component::{Component, Instances};
use crate::configured_host::{ConfiguredHost as _, decide_all, needs_address};
use crate::vectors::groups;

/// The field with the client's address, which a platform would set.
const CLIENT_ADDRESS: &str = "x-client-address";

/// The vectors that another request arrives for: `docs/wasi-http.md` has the reasons. wasmtime reads the first two as RFC 9112 sections
/// 3.2.2 and 3.2.1 say, and sends on what it has read; it refuses the third with status 500.
const CHANGED: [&str; 3] =
    ["an absolute-form target is refused", "a fragment is refused", "a host that is not ASCII is another host"];

fn start(configuration: &Value, instances: Instances) -> Component {
    Component::start(configuration, instances, &[("POSTERN_CLIENT_ADDRESS_HEADER", CLIENT_ADDRESS)])
}

/// Sends all vectors.
fn decide_with(instances: Instances) {
    let prepare = |vector: &mut DecisionVector| {
        vector.headers.extend(vector.source.clone().map(|source| (CLIENT_ADDRESS.to_owned(), source)));
    };
    let changes = |vector: &DecisionVector| CHANGED.contains(&vector.description.as_str());
    let decided = decide_all(|configuration| start(configuration, instances), prepare, changes);
    assert!(decided.closed.is_empty());
    assert_eq!(decided.changed.len(), CHANGED.len(), "{:?}", decided.changed);
    assert!(decided.by_host.len() <= 20, "{} of {} never reach the gate", decided.by_host.len(), decided.total);
}

#[test]
fn wasmtime_decides_as_the_vectors_expect_with_a_fresh_instance_for_each_request() {
    decide_with(Instances::Fresh);
}

#[test]
fn wasmtime_decides_as_the_vectors_expect_with_one_instance_for_all() {
    decide_with(Instances::Reused);
}

#[test]
fn without_a_header_that_is_named_no_token_that_is_bound_to_addresses_passes() {
    let mut total = 0;
    for (configuration, vectors) in groups() {
        let vectors: Vec<_> = vectors.into_iter().filter(needs_address).collect();
        if vectors.is_empty() {
            continue;
        }
        let component = Component::start(&configuration, Instances::Reused, &[]);
        for mut vector in vectors {
            total += 1;
            vector.headers.push((CLIENT_ADDRESS.into(), vector.source.clone().unwrap()));
            let refused = Expectation::Deny("address_not_allowed".into());
            assert_eq!(component.wire().run(&vector, &refused), Ok(Answer::Gate), "{}", vector.description);
        }
    }
    assert!(total > 3, "{total}");
}

#[test]
fn wrong_settings_refuse_every_request_and_are_logged() {
    let component = Component::start(&json!({"unmatched": "pass"}), Instances::Fresh, &[("POSTERN_MAX_AGE_SECONDS", "5")]);
    let response = Request::new("GET", "/", "api.example").send(component.address()).unwrap();
    assert_eq!((response.status, response.code().as_deref()), (503, Some("not_ready")));
    assert!(component.log().contains("unmatched"), "{}", component.log());
    let component = Component::start(&json!({}), Instances::Fresh, &[("POSTERN_MAX_AGE_SECONDS", "0")]);
    let response = Request::new("HEAD", "/", "api.example").send(component.address()).unwrap();
    assert_eq!(response.status, 503);
    assert!(component.log().contains("POSTERN_MAX_AGE_SECONDS"), "{}", component.log());
    assert_eq!(component.upstream.seen(), 0);
}
