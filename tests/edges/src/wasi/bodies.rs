//! Bodies in both directions.

use std::net::TcpListener;

use postern_test_harness::client::Request;

use super::component::{Component, Instances};
use crate::configured_host::{self, ConfiguredHost as _, open};

fn start() -> Component {
    Component::start(&open(), Instances::Reused, &[])
}

#[test]
fn a_large_body_goes_both_ways() {
    configured_host::a_large_body_goes_both_ways(&start());
}

#[test]
fn a_body_without_a_length_goes_on_and_none_stays_none() {
    configured_host::a_body_without_a_length_goes_on_and_none_stays_none(&start());
}

#[test]
fn repeated_fields_and_bytes_arrive_unchanged() {
    let component = start();
    let arrived = configured_host::repeated_fields_and_bytes_arrive_unchanged(&component);
    assert_eq!(arrived["x-forwarded-host"], "api.example:8443");
    assert_eq!(arrived["host"], component.upstream.address().to_string());
}

/// Each exchange holds an instance, and a host has only so many.
#[test]
fn what_does_not_advance_ends() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_origin = format!("http://{}", silent.local_addr().unwrap());
    let start = |upstream: &[(&str, &str)]| {
        Component::start(&open(), Instances::Reused, &[&[("POSTERN_IDLE_SECONDS", "1")], upstream].concat())
    };
    let component = start(&[]);
    let post = || Request::new("POST", "/free", "api.example");
    for request in [
        post().header("transfer-encoding", "chunked").raw_body(""),
        post().header("transfer-encoding", "chunked").raw_body("5\r\nhello\r\n"),
        post().header("content-length", "5").raw_body("he"),
    ] {
        assert_eq!(component.send(&request).status, 408, "{}", component.log());
    }
    let component = start(&[("POSTERN_UPSTREAM", &silent_origin)]);
    assert_eq!(component.send(&Request::new("GET", "/free", "api.example")).status, 504, "{}", component.log());
    assert!(component.log().contains("POSTERN_IDLE_SECONDS"), "{}", component.log());
}

#[test]
fn an_upstream_that_is_down_is_a_bad_gateway() {
    let component = Component::start(&open(), Instances::Fresh, &[("POSTERN_UPSTREAM", "http://127.0.0.1:1")]);
    assert_eq!(component.send(&Request::new("GET", "/free", "api.example")).status, 502);
    assert!(component.log().contains("POSTERN_UPSTREAM"), "{}", component.log());
}
