//! Further checks of a response.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::demo::{Demo, USER};
use postern_test_harness::client::Response;

/// A SOAP request, whose body must reach the upstream unchanged.
pub(super) const SOAP: &str = "<?xml version=\"1.0\"?>\r\n<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\r\n  \
    <soap:Body><order size=\"large\">Ωμέγα &amp; co</order></soap:Body>\r\n</soap:Envelope>";

/// Accepts every response.
#[allow(clippy::unnecessary_wraps, reason = "a check like the others")]
pub(super) fn anything(_: &Response, _: &Demo) -> Result<(), String> {
    Ok(())
}

/// The header fields that the upstream received.
fn arrived(response: &Response) -> BTreeMap<String, String> {
    let json = response.json();
    let fields = json.get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
    fields.into_iter().map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned())).collect()
}

pub(super) fn identifies_the_caller(response: &Response, demo: &Demo) -> Result<(), String> {
    let arrived = arrived(response);
    let expected = [
        ("x-postern-application", demo.application.as_str()),
        ("x-postern-client", demo.client.0.as_str()),
        ("x-postern-tier", "gold"),
        ("x-postern-key-type", "production"),
    ];
    for (name, value) in expected {
        if arrived.get(name).map(String::as_str) != Some(value) {
            return Err(format!("`{name}` did not arrive as `{value}`"));
        }
    }
    if arrived.contains_key("authorization") { Err("Authorization arrived".into()) } else { Ok(()) }
}

pub(super) fn identifies_the_user(response: &Response, demo: &Demo) -> Result<(), String> {
    let user = arrived(response).remove("x-postern-user");
    if user.as_deref() == Some(USER) {
        identifies_the_caller(response, demo)
    } else {
        Err(format!("the user arrived as {user:?}"))
    }
}

pub(super) fn has_no_identity_headers(response: &Response, _: &Demo) -> Result<(), String> {
    match arrived(response).keys().find(|name| name.contains("postern")) {
        Some(name) => Err(format!("`{name}` arrived")),
        None => Ok(()),
    }
}

pub(super) fn has_no_forged_header(response: &Response, _: &Demo) -> Result<(), String> {
    match arrived(response).iter().find(|(_, value)| value.contains("forged")) {
        Some((name, _)) => Err(format!("`{name}` arrived as the client sent it")),
        None => Ok(()),
    }
}

pub(super) fn has_the_unchanged_body(response: &Response, _: &Demo) -> Result<(), String> {
    let json = response.json();
    let same = json.get("body").and_then(Value::as_str) == Some(SOAP);
    let method = json.get("method").and_then(Value::as_str) == Some("POST");
    if same && method { Ok(()) } else { Err("the body did not arrive as it was sent".into()) }
}
