//! The stores of a service, and what is wrong in them.

use postern_test_harness::client::Request;
use postern_test_harness::sample_api::ORDERS;
use serde_json::{Value, json};

use super::service::{Resources, Service};
use crate::configured_host::{ConfiguredHost as _, open};

fn sync(changes: &Value) -> Value {
    let mut sync = json!({"cluster": "issuer", "authority": "issuer.example"});
    sync.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json!({ "sync": sync })
}

#[test]
fn what_is_wrong_is_logged_and_refuses_every_request() {
    let keyed = |resources| Resources { edge_key: Some("edge_abc".into()), ..resources };
    let with_entries = |config| keyed(Resources { config: Some(config), ..Resources::default() });
    let with_sync = |changes| keyed(Resources::configured(&sync(&changes)));
    let with_age = json!({"configuration": open().to_string(), "max_age_seconds": "0"});
    for (resources, logged) in [
        (Resources::default(), "no configuration"),
        (with_entries(json!({"configuration": "[]"})), "not a JSON object"),
        (with_entries(with_age), "max_age_seconds"),
        (keyed(Resources::configured(&json!({"unmatched": "pass"}))), "unmatched"),
        (with_sync(json!({"key": "edge_abc"})), "`sync.key`"),
        (Resources::configured(&sync(&json!({}))), "no edge key"),
        // These are found out when the issuer is asked.
        (with_sync(json!({})), "the backend `issuer` gives no answer"),
        (with_sync(json!({"cluster": "https://issuer.example"})), "the backend `https://issuer.example`"),
        (with_sync(json!({"cluster": "\u{e9}"})), "the backend `\u{e9}`"),
        (with_sync(json!({"authority": "issuer.example:x"})), "`issuer.example:x` is not an authority"),
    ] {
        let mut service = Service::start(&resources);
        // Viceroy asks each backend when it starts.
        let before = service.upstream.seen();
        for method in ["GET", "HEAD"] {
            let response = service.send(&Request::new(method, ORDERS, "api.example"));
            let code = (method == "GET").then_some("not_ready");
            assert_eq!((response.status, response.code().as_deref()), (503, code), "{logged}: {}", service.log());
        }
        let log = service.log();
        assert!(log.contains(logged) && !log.contains("edge_abc"), "{logged}: {log}");
        assert!(!log.contains("panicked") && service.is_running(), "{log}");
        assert_eq!(service.upstream.seen(), before);
    }
}

#[test]
fn a_change_of_a_store_takes_effect_with_the_next_instance() {
    let service = Service::configured(&json!({"unmatched": "pass"}));
    let status = || service.send(&Request::new("GET", "/free", "api.example")).status;
    assert_eq!(status(), 503);
    service.reconfigure(&open());
    // What is wrong is read again with the next request, what is right when an instance ends.
    assert_eq!(status(), 200);
    service.reconfigure(&json!({"bundle": open()["bundle"]}));
    assert!((0..20).any(|_| status() == 404));
}

#[test]
fn a_large_configuration_is_in_the_kv_store() {
    let mut bundle = open();
    bundle["override_headers"] = (0..1_000).map(|number| json!(format!("x-override-{number}"))).collect();
    assert!(bundle.to_string().len() > 8_000);
    let service = Service::start(&Resources { large_configuration: Some(bundle), ..Resources::default() });
    let got = service.send(&Request::new("GET", "/free", "api.example").header("x-override-999", "1")).json();
    assert_eq!((&got["target"], got["headers"].get("x-override-999")), (&json!("/free"), None), "{got}: {}", service.log());
}
