//! `/oauth2/token` for users, one file for each grant type.

mod authorization_code;
mod grant_type;
mod password;
mod public_client;
mod refresh_token;
mod requests;

use crate::harness::{ISSUER, Response};

/// Asserts an error response (RFC 6749 section 5.2) without additional fields.
pub(super) fn assert_refused(response: &Response, status: u16, error: &str) {
    assert_eq!((response.status, response.json()["error"].as_str()), (status, Some(error)), "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.json().as_object().unwrap().len(), 2, "{}", response.text());
    let challenge = format!("Basic realm=\"{ISSUER}\", charset=\"UTF-8\"");
    assert_eq!(response.header("www-authenticate"), (status == 401).then_some(challenge.as_str()));
}
