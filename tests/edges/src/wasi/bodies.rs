//! Bodies in both directions.

use std::net::TcpListener;

use postern_test_harness::client::Request;
use serde_json::{Value, json};

use super::component::{Component, Instances};

/// A component whose API lets everything pass.
fn open() -> Component {
    let bundle: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    Component::start(&json!({"bundle": bundle, "unmatched": "allow"}), Instances::Reused, &[])
}

#[test]
fn a_large_body_goes_both_ways() {
    let component = open();
    for length in [0, 1, 4096, 100_000, 5_000_000] {
        let body = "a".repeat(length);
        let response =
            Request::new("POST", "/free", "api.example").body("text/plain", body.clone()).send(component.address()).unwrap();
        assert_eq!(response.status, 200, "{length}: {}", component.log());
        assert_eq!(response.json()["body"].as_str().map(str::len), Some(length));
    }
}

#[test]
fn a_body_without_a_length_goes_on_and_none_stays_none() {
    let component = open();
    let chunked = Request::new("POST", "/free", "api.example").header("transfer-encoding", "chunked");
    let response = chunked.raw_body("5\r\nhello\r\n0\r\n\r\n").send(component.address()).unwrap();
    assert_eq!(response.json()["body"], "hello");
    for method in ["GET", "DELETE", "OPTIONS"] {
        let response = Request::new(method, "/free?a=%20b", "api.example").send(component.address()).unwrap();
        let got = response.json();
        assert_eq!((&got["method"], &got["target"]), (&json!(method), &json!("/free?a=%20b")));
        assert_eq!(got["headers"].get("transfer-encoding"), None, "{got}");
    }
    let response = Request::new("HEAD", "/free", "api.example").send(component.address()).unwrap();
    assert_eq!((response.status, response.body.len()), (200, 0));
}

#[test]
fn repeated_fields_and_bytes_arrive_unchanged() {
    let component = open();
    let request =
        Request::new("GET", "/free", "Api.Example.:8443").header("x-a", "1").header("x-a", "2").header("x-b", b"\xe9".to_vec());
    let got = request.send(component.address()).unwrap().json();
    assert_eq!((&got["headers"]["x-a"], &got["headers"]["x-b"]), (&json!("1, 2"), &json!("\u{fffd}")));
    assert_eq!(got["headers"]["x-forwarded-host"], "api.example:8443");
    assert_eq!(got["headers"]["host"], component.upstream.address().to_string());
}

/// Each exchange holds an instance, and a host has only so many.
#[test]
fn what_does_not_advance_ends() {
    let bundle: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    let configuration = json!({"bundle": bundle, "unmatched": "allow"});
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_origin = format!("http://{}", silent.local_addr().unwrap());
    let start = |upstream: &[(&str, &str)]| {
        Component::start(&configuration, Instances::Reused, &[&[("POSTERN_IDLE_SECONDS", "1")], upstream].concat())
    };
    let component = start(&[]);
    let post = || Request::new("POST", "/free", "api.example");
    for request in [
        post().header("transfer-encoding", "chunked").raw_body(""),
        post().header("transfer-encoding", "chunked").raw_body("5\r\nhello\r\n"),
        post().header("content-length", "5").raw_body("he"),
    ] {
        let response = request.send(component.address()).unwrap();
        assert_eq!(response.status, 408, "{}", component.log());
    }
    let component = start(&[("POSTERN_UPSTREAM", &silent_origin)]);
    let response = Request::new("GET", "/free", "api.example").send(component.address()).unwrap();
    assert_eq!(response.status, 504, "{}", component.log());
    assert!(component.log().contains("POSTERN_IDLE_SECONDS"), "{}", component.log());
}

#[test]
fn an_upstream_that_is_down_is_a_bad_gateway() {
    let bundle: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    let configuration = json!({"bundle": bundle, "unmatched": "allow"});
    let component = Component::start(&configuration, Instances::Fresh, &[("POSTERN_UPSTREAM", "http://127.0.0.1:1")]);
    let response = Request::new("GET", "/free", "api.example").send(component.address()).unwrap();
    assert_eq!(response.status, 502);
    assert!(component.log().contains("POSTERN_UPSTREAM"), "{}", component.log());
}
