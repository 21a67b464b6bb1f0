//! Bodies in both directions.

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

#[test]
fn an_upstream_that_is_down_is_a_bad_gateway() {
    let component = Component::start(&open(), Instances::Fresh, &[("POSTERN_UPSTREAM", "http://127.0.0.1:1")]);
    assert_eq!(component.send(&Request::new("GET", "/free", "api.example")).status, 502);
    assert!(component.log().contains("POSTERN_UPSTREAM"), "{}", component.log());
}
