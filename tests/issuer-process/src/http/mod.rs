//! Tests of the HTTP endpoints, one file for each URL or subject.

mod api;
mod authorize;
mod device;
mod edge_bundle;
mod edge_bundle_wait;
mod events;
mod health;
mod limits;
mod listeners;
mod oauth2_introspect;
mod oauth2_jwks;
mod oauth2_revoke;
mod oauth2_token;
mod overload;
mod register;
mod sign_in;
mod status_list;
mod user_tokens;
mod well_known;

use crate::harness::{Request, Response};

/// Asserts that a response is a problem document (RFC 9457).
fn assert_problem(response: &Response, status: u16, code: &str) {
    assert_eq!(response.status, status, "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/problem+json"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let body = response.json();
    assert_eq!(body["code"], code);
    assert_eq!(body["status"], status);
    assert!(body["type"].is_string() && body["title"].is_string() && body["detail"].is_string());
}

#[test]
fn an_unknown_path_or_method_is_refused() {
    let home = crate::harness::Home::new();
    let server = crate::harness::Server::start(&home);
    for target in ["/", "/oauth2", "/oauth2/token/", "/oauth2//token", "/edge/../edge/bundle", "/%00", "/OAUTH2/TOKEN"] {
        assert_problem(&server.send(&Request::get(target)), 404, "not_found");
    }
    for (method, target, allow) in [
        ("GET", "/oauth2/token", "POST"),
        ("HEAD", "/oauth2/token", "POST"),
        ("PUT", "/oauth2/token", "POST"),
        ("DELETE", "/edge/bundle", "GET,HEAD"),
        ("POST", "/readyz", "GET,HEAD"),
    ] {
        let response = server.send(&Request::new(method, target));
        assert_eq!(response.status, 405, "{method} {target}");
        assert_eq!(response.header("allow"), Some(allow), "{method} {target}");
    }
}
