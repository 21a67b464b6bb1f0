//! Tests of the HTTP endpoints, one file for each URL or subject.

mod api;
mod authorize;
mod catalogue;
mod cross_site;
mod device;
mod edge_bundle;
mod edge_bundle_wait;
mod events;
mod explain_page;
mod health;
mod limits;
mod listeners;
mod oauth2_introspect;
mod oauth2_jwks;
mod oauth2_revoke;
mod oauth2_token;
mod overload;
mod pipelining;
mod portal;
mod portal_access;
mod portal_branding;
mod portal_first_call;
mod portal_first_steps;
mod portal_first_token;
mod portal_import;
mod portal_key_settings;
mod portal_pages;
mod portal_settings;
mod portal_usage;
mod prompt;
mod register;
mod second_factor;
mod sign_in;
mod start;
mod status_list;
mod teams;
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
fn a_request_without_exactly_one_host_is_refused() {
    use std::io::{Read as _, Write as _};

    let home = crate::harness::Home::new();
    let server = crate::harness::Server::start(&home);
    let status = |head: &str| {
        let mut stream = std::net::TcpStream::connect(&server.address).unwrap();
        stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    for target in ["/livez", "/oauth2/jwks", "/nowhere", "/api/v1/applications"] {
        assert_eq!(status(&format!("GET {target} HTTP/1.1\r\n")), "400", "{target}");
        assert_eq!(status(&format!("GET {target} HTTP/1.1\r\nhost: a\r\nhost: a\r\n")), "400", "{target}");
        assert_eq!(status(&format!("GET {target} HTTP/1.0\r\nhost: a\r\nHost: b\r\n")), "400", "{target}");
    }
    assert_eq!(status("GET /livez HTTP/1.1\r\nhost: a\r\n"), "200");
    // HTTP/1.0 has no such header.
    assert_eq!(status("GET /livez HTTP/1.0\r\n"), "200");
}

#[test]
fn an_unknown_path_or_method_is_refused() {
    let home = crate::harness::Home::new();
    let server = crate::harness::Server::start(&home);
    for target in ["/oauth2", "/oauth2/token/", "/oauth2//token", "/edge/../edge/bundle", "/%00", "/OAUTH2/TOKEN"] {
        assert_problem(&server.send(&Request::get(target)), 404, "not_found");
    }
    for (method, target, allow) in [
        ("GET", "/oauth2/token", "POST,OPTIONS"),
        ("HEAD", "/oauth2/token", "POST,OPTIONS"),
        ("PUT", "/oauth2/token", "POST,OPTIONS"),
        ("GET", "/oauth2/revoke", "POST,OPTIONS"),
        ("GET", "/oauth2/introspect", "POST"),
        ("GET", "/oauth2/device_authorization", "POST"),
        ("DELETE", "/edge/bundle", "GET,HEAD"),
        ("POST", "/readyz", "GET,HEAD"),
    ] {
        let response = server.send(&Request::new(method, target));
        assert_eq!(response.status, 405, "{method} {target}");
        assert_eq!(response.header("allow"), Some(allow), "{method} {target}");
        if target.starts_with("/oauth2") && method != "HEAD" {
            assert!(response.json()["detail"].as_str().unwrap().starts_with("use POST"), "{method} {target}");
        }
    }
}
