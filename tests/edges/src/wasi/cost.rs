//! What a request costs in the component: figures for `docs/wasi-http.md`, printed.

use postern_test_harness::client::Request;
use postern_test_harness::clock::now;
use postern_test_harness::sample_api::ORDERS;
use postern_vectors::{Forge, TokenSpec};
use serde_json::{Value, json};

use super::component::{Component, Instances};

/// The processor time of wasmtime for each of so many requests with tokens of this signing key, in microseconds.
fn measure(component: &Component, key: &str, requests: u32, is_new: bool) -> u128 {
    let token = |number: u32| {
        let mut spec = TokenSpec { key: Some(key.into()), ..TokenSpec::default() };
        spec.claims.insert("jti".into(), json!(format!("token-{number}")));
        Forge::new(now()).token(&spec)
    };
    let tokens: Vec<String> = (0..requests).map(|number| token(if is_new { number } else { 0 })).collect();
    let before = component.cpu();
    for token in &tokens {
        let response = Request::new("GET", ORDERS, "api.example").bearer(token).send(component.address()).unwrap();
        assert_eq!(response.status, 200, "{key}");
    }
    (component.cpu().saturating_sub(before) / requests).as_micros()
}

#[test]
fn the_cost_of_a_request() {
    let bundle: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    for instances in [Instances::Fresh, Instances::Reused] {
        let component = Component::start(&json!({"bundle": bundle}), instances, &[]);
        for key in ["k1", "ed1", "es1", "rs1"] {
            let [new, known] = [true, false].map(|is_new| measure(&component, key, 200, is_new));
            println!("{instances:?} {key}: {new} µs for a new token, {known} µs for a known one, with all of wasmtime's work");
            // Far above what is measured, and below what a user would notice.
            assert!(new < 50_000 && known < 50_000, "{key}");
        }
    }
}
