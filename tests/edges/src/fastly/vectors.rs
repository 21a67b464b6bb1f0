//! The shared decision vectors, over the wire: all that do not need another client's address.

use std::cell::Cell;

use postern_test_harness::client::Request;
use postern_test_harness::clock::now;
use postern_test_harness::sample_api::ORDERS;
use postern_vectors::{DecisionVector, Expectation, Forge, TokenSpec};
use serde_json::{Value, json};

use super::service::Service;
use crate::configured_host::{ConfiguredHost as _, decide_all, needs_address, open};

/// Viceroy's client is 127.0.0.1, which such a token admits.
fn admits_viceroys_client(vector: &DecisionVector) -> bool {
    let blocks = vector.token.as_ref().and_then(|token| token.claims.get("ips")).and_then(Value::as_array);
    blocks.is_some_and(|blocks| blocks.contains(&json!("0.0.0.0/0")))
}

/// Whether the gate gets another target, as Fastly's SDK and Viceroy read it: `docs/fastly.md` has the table.
fn is_read_otherwise(vector: &DecisionVector) -> bool {
    let path = vector.path.to_ascii_lowercase().replace("%2e", ".");
    let has_dot_segment = path.split(['/', '\\', '?']).any(|segment| matches!(segment, "." | ".."));
    has_dot_segment || path.contains(['\\', '#']) || !path.starts_with('/')
}

#[test]
fn viceroy_decides_as_the_vectors_expect() {
    let elsewhere = Cell::new(0);
    let prepare = |vector: &mut DecisionVector| {
        if needs_address(vector) && !admits_viceroys_client(vector) {
            elsewhere.set(elsewhere.get() + 1);
            vector.expect = Expectation::Deny("address_not_allowed".into());
        }
    };
    let is_for_ipv6 = |vector: &DecisionVector| {
        admits_viceroys_client(vector) && vector.source.as_ref().is_some_and(|source| source.contains(':'))
    };
    let decided = decide_all(Service::configured, prepare, |vector| is_for_ipv6(vector) || is_read_otherwise(vector));
    println!("{} vectors pass from another address only, and were refused", elsewhere.get());
    assert_eq!(elsewhere.get(), 8);
    let unheard = decided.by_host.len() + decided.closed.len();
    assert!(unheard <= 31, "{unheard} of {} never reach the gate", decided.total);
    assert!(decided.changed.len() <= 20, "{:?}", decided.changed);
}

#[test]
fn a_token_for_some_addresses_passes_from_these() {
    let service = Service::configured(&open());
    let mut spec = TokenSpec::default();
    spec.claims.insert("ips".into(), json!(["127.0.0.2/32"]));
    let request = Request::new("GET", ORDERS, "api.example").bearer(&Forge::new(now()).token(&spec));
    // What a client claims is ignored.
    let request = request.header("x-forwarded-for", "127.0.0.2").header("fastly-client-ip", "127.0.0.2");
    for (source, code) in [("127.0.0.2", None), ("127.0.0.1", Some("address_not_allowed"))] {
        let response = request.send_from(source.parse().unwrap(), service.wire().address).unwrap();
        assert_eq!(response.code().as_deref(), code, "{source}");
    }
}

#[test]
fn the_upstream_gets_the_target_that_was_judged() {
    let service = Service::configured(&open());
    for (sent, target) in [
        ("/free?a=/../%2e%2e&b", "/free?a=/../%2e%2e&b"),
        ("/free?", "/free?"),
        ("/free/../other", "/other"),
        ("/free/%2e%2e/other", "/other"),
        ("/free\\x", "/free/x"),
        ("/free#x", "/free"),
        ("http://other.example/free", "/free"),
        // Public is only what is in the end.
        ("/pizza/1.0.0/orders/1/../../menu", "/pizza/1.0.0/menu"),
    ] {
        let got = service.send(&Request::new("GET", sent, "api.example")).json();
        assert_eq!((&got["target"], &got["headers"]["host"]), (&json!(target), &json!("api.example")), "{sent}");
    }
    let protected = service.send(&Request::new("GET", "/pizza/1.0.0/menu/../orders/1", "api.example"));
    assert_eq!(protected.code().as_deref(), Some("missing_token"));
}
