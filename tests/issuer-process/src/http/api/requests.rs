//! Rules for every request: authentication, roles, and the form of requests.

use super::{Api, assert_problem, token};
use crate::harness::{ISSUER, Request};

#[test]
fn every_request_needs_a_valid_personal_access_token() {
    let api = Api::new();
    let realm = format!("Bearer realm=\"{ISSUER}\"");
    let unknown = format!("{realm}, error=\"invalid_token\"");
    let short = token(&api.home, "rita", &["--validity", "1"]);
    let made = api.send("POST", "/api/v1/members/rita/tokens", r#"{"description":"to be removed"}"#);
    let removed = made.json()["personal_token"].as_str().unwrap().to_owned();
    assert_eq!(api.send_as(&removed, "GET", "/api/v1/me", "").status, 200);
    assert_eq!(api.send("DELETE", made.header("location").unwrap(), "").status, 204);
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let get = || Request::get("/api/v1/me");
    for (request, code, challenge) in [
        (get(), "missing_token", &realm),
        (get().basic("rita", &api.administrator), "missing_token", &realm),
        (get().header("authorization", "Bearer"), "missing_token", &realm),
        (Request::get(&format!("/api/v1/me?access_token={}", api.administrator)), "missing_token", &realm),
        (get().bearer("rita"), "unknown_token", &unknown),
        (get().bearer(&format!("{}x", api.administrator)), "unknown_token", &unknown),
        (get().bearer("' OR 1=1 --"), "unknown_token", &unknown),
        (get().header("authorization", b"Bearer \xff"), "unknown_token", &unknown),
        (get().bearer(&short), "unknown_token", &unknown),
        (get().bearer(&removed), "unknown_token", &unknown),
        // Authentication comes before the body and the query are parsed.
        (Request::new("POST", "/api/v1/members").body("{"), "missing_token", &realm),
        (Request::get("/api/v1/members?x=%"), "missing_token", &realm),
    ] {
        let response = api.server.send(&request);
        assert_problem(&response, 401, code);
        assert_eq!(response.header("www-authenticate"), Some(challenge.as_str()));
    }
    assert_problem(&api.server.send(&get().bearer(&api.administrator).bearer("x")), 400, "invalid_request");
    let me = api.read("/api/v1/me");
    assert_eq!((me["actor"].as_str(), me["role"].as_str()), (Some("member:rita"), Some("administrator")));
}

#[test]
fn a_request_without_the_required_role_is_refused() {
    let api = Api::new();
    for (token, method, target, body) in [
        (&api.developer, "GET", "/api/v1/members", ""),
        (&api.developer, "POST", "/api/v1/members", r#"{"name":"eve","role":"administrator"}"#),
        (&api.developer, "PATCH", "/api/v1/members/dora", r#"{"role":"administrator"}"#),
        (&api.developer, "DELETE", "/api/v1/members/rita", ""),
        (&api.developer, "GET", "/api/v1/audit", ""),
        (&api.developer, "PATCH", "/api/v1/settings", r#"{"forever_allowed":false}"#),
        (&api.developer, "GET", "/api/v1/signing-keys", ""),
        (&api.developer, "POST", "/api/v1/signing-keys", r#"{"algorithm":"ES256"}"#),
        (&api.developer, "GET", "/api/v1/edge-keys", ""),
        (&api.developer, "POST", "/api/v1/edge-keys", r#"{"name":"e"}"#),
        (&api.developer, "GET", "/api/v1/bundle", ""),
        (&api.auditor, "POST", "/api/v1/members", r#"{"name":"eve","role":"administrator"}"#),
        (&api.auditor, "PATCH", "/api/v1/members/audrey", r#"{"role":"administrator"}"#),
        (&api.auditor, "DELETE", "/api/v1/members/rita", ""),
        (&api.auditor, "POST", "/api/v1/members/rita/tokens", r#"{"description":"x"}"#),
        (&api.auditor, "PATCH", "/api/v1/settings", r#"{"forever_allowed":false}"#),
        (&api.auditor, "POST", "/api/v1/signing-keys", r#"{"algorithm":"ES256"}"#),
        (&api.auditor, "POST", "/api/v1/signing-keys/k/sign", "{}"),
        (&api.auditor, "POST", "/api/v1/signing-keys/k/retire", "{}"),
        (&api.auditor, "POST", "/api/v1/edge-keys", r#"{"name":"e"}"#),
        (&api.auditor, "DELETE", "/api/v1/edge-keys/e", ""),
        (&api.auditor, "GET", "/api/v1/bundle", ""),
    ] {
        let response = api.send_as(token, method, target, body);
        assert_problem(&response, 403, "forbidden");
    }
    let entries = api.read("/api/v1/audit");
    assert!(entries["items"].as_array().unwrap().iter().all(|entry| entry["actor"] == "operator"), "{entries}");
}

#[test]
fn every_problem_of_a_body_is_reported() {
    let api = Api::new();
    for (body, fields) in [
        (r#"{"name":"A B","role":"king","extra":1}"#, vec!["name", "role", "extra"]),
        (r#"{"name":7,"role":null}"#, vec!["name", "role"]),
        ("{}", vec!["name", "role"]),
        ("[]", vec!["."]),
        ("7", vec!["."]),
        ("{", vec!["."]),
        ("{} {}", vec!["."]),
        (r#"{"name":"a","name":"b","role":"auditor"}"#, vec!["."]),
        ("\u{feff}{}", vec!["."]),
        (r#"{"name":"' OR 1=1 --","role":"auditor"}"#, vec!["name"]),
        (r#"{"name":"","role":"auditor"}"#, vec!["name"]),
    ] {
        let response = api.send("POST", "/api/v1/members", body);
        assert_problem(&response, 422, "invalid_body");
        let problem = response.json();
        let named: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(named, fields, "{body}");
        assert!(!response.text().contains("king") && !response.text().contains("OR 1=1"), "{}", response.text());
    }
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    assert_problem(&api.send("POST", "/api/v1/members", &deep), 422, "invalid_body");
    let large = format!(r#"{{"name":"{}","role":"auditor"}}"#, "x".repeat(64 * 1024));
    assert_problem(&api.send("POST", "/api/v1/members", &large), 413, "body_too_large");
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        let request = Request::new("POST", "/api/v1/members").bearer(&api.administrator).header("content-type", content_type);
        assert_problem(&api.server.send(&request.body("{}")), 415, "unsupported_media_type");
    }
    let request = Request::new("POST", "/api/v1/members").bearer(&api.administrator);
    assert_problem(&api.server.send(&request.body("{}")), 415, "unsupported_media_type");
}

#[test]
fn an_invalid_path_or_query_gets_a_problem_document() {
    let api = Api::new();
    for target in ["/api", "/api/v1", "/api/v1/", "/api/v2/members", "/api/v1/members/", "/api/v1/nothing", "/API/v1/me"] {
        assert_problem(&api.get(target), 404, "not_found");
    }
    for target in ["/api/v1/members/%ff", "/api/v1/members/A", "/api/v1/members/a%2Fb", "/api/v1/members/rita/tokens/x"] {
        assert_problem(&api.get(target), 404, "not_found");
    }
    for query in
        ["limit=0", "limit=201", "limit=x", "limit=-1", "limit=", "limit", "limit=1&limit=1", "other=1", "%ff=1", "after="]
    {
        assert_problem(&api.get(&format!("/api/v1/members?{query}")), 400, "invalid_request");
    }
    let problem = api.get("/api/v1/members?limit=0&x=1").json();
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
    assert_problem(&api.get("/api/v1/me?x=1"), 400, "invalid_request");
    for (method, target, allow) in [
        ("PUT", "/api/v1/members", "GET,HEAD,POST"),
        ("POST", "/api/v1/me", "GET,HEAD"),
        ("DELETE", "/api/v1/settings", "GET,HEAD,PATCH"),
    ] {
        let response = api.send(method, target, "");
        assert_problem(&response, 405, "method_not_allowed");
        assert_eq!(response.header("allow"), Some(allow));
    }
}

#[test]
fn cross_origin_requests_are_not_allowed() {
    let api = Api::new();
    for target in ["/api/v1/me", "/api/openapi.json", "/api/docs", "/api/v1/members?x=1"] {
        let response = api.server.send(&Request::get(target).bearer(&api.administrator).header("origin", "https://evil.example"));
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{target}");
        assert_eq!(response.header("access-control-allow-origin"), None, "{target}");
        assert!(response.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"), "{target}");
    }
    let preflight = Request::new("OPTIONS", "/api/v1/me").header("origin", "https://evil.example");
    assert_eq!(api.server.send(&preflight.header("access-control-request-method", "GET")).status, 405);
}

#[test]
fn the_openapi_page_loads_nothing_from_other_hosts() {
    let api = Api::new();
    let document = api.server.send(&Request::get("/api/openapi.json"));
    assert_eq!((document.status, document.header("content-type")), (200, Some("application/json")));
    let document = document.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(operation["responses"]["default"]["content"]["application/problem+json"].is_object(), "{method} {path}");
            names.push(operation["operationId"].as_str().unwrap().to_owned());
        }
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    let page = api.server.send(&Request::get("/api/docs"));
    assert!(page.status == 200 && page.header("content-type").unwrap().starts_with("text/html"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'"), "{policy}");
    assert!(!policy.contains("unsafe") && policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
    let html = page.text();
    // Every operation is there, and the page asks other hosts for nothing.
    assert_eq!(html.matches("<details class=\"operation\"").count(), count);
    assert!(!html.contains("src=\"http") && !html.contains("href=\"http"), "{html}");
    for asset in ["/assets/try-out.js", "/assets/style.css"] {
        let address = html.split('"').find(|address| address.starts_with(asset)).unwrap();
        assert_eq!(api.server.send(&Request::get(address)).status, 200, "{address}");
    }
}
