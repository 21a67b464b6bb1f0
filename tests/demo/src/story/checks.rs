//! What is looked at in an answer beyond where it came from.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::demo::{Demo, USER};
use postern_test_harness::client::Response;

/// A SOAP call, byte for byte as it must arrive.
pub(super) const SOAP: &str = "<?xml version=\"1.0\"?>\r\n<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\r\n  \
    <soap:Body><order size=\"large\">Ωμέγα &amp; co</order></soap:Body>\r\n</soap:Envelope>";

/// Nothing more.
#[allow(clippy::unnecessary_wraps, reason = "a check like the others")]
pub(super) fn anything(_: &Response, _: &Demo) -> Result<(), String> {
    Ok(())
}

/// The header fields that the upstream saw.
fn arrived(response: &Response) -> BTreeMap<String, String> {
    let json = response.json();
    let fields = json.get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
    fields.into_iter().map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned())).collect()
}

pub(super) fn tells_who_calls(response: &Response, demo: &Demo) -> Result<(), String> {
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

pub(super) fn tells_which_user(response: &Response, demo: &Demo) -> Result<(), String> {
    let user = arrived(response).remove("x-postern-user");
    if user.as_deref() == Some(USER) { tells_who_calls(response, demo) } else { Err(format!("the user arrived as {user:?}")) }
}

pub(super) fn tells_nothing(response: &Response, _: &Demo) -> Result<(), String> {
    match arrived(response).keys().find(|name| name.contains("postern")) {
        Some(name) => Err(format!("`{name}` arrived")),
        None => Ok(()),
    }
}

pub(super) fn nothing_forged(response: &Response, _: &Demo) -> Result<(), String> {
    match arrived(response).iter().find(|(_, value)| value.contains("forged")) {
        Some((name, _)) => Err(format!("`{name}` arrived as the client sent it")),
        None => Ok(()),
    }
}

pub(super) fn soap_arrived(response: &Response, _: &Demo) -> Result<(), String> {
    let json = response.json();
    let same = json.get("body").and_then(Value::as_str) == Some(SOAP);
    let method = json.get("method").and_then(Value::as_str) == Some("POST");
    if same && method { Ok(()) } else { Err("the body did not arrive as it was sent".into()) }
}
