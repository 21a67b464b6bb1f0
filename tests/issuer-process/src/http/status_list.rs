//! `/status/{id}`

use postern_token::bundle::Bundle;
use postern_token::{SoftwareVerifier, Status, StatusList, UnixSeconds};

use super::assert_problem;
use crate::harness::{AUDIENCE, Home, ISSUER, Request, Server, verified};

/// Reads a status list with the code of the edge.
fn read(home: &Home, token: &[u8], uri: &str) -> StatusList {
    let bundle = Bundle::from_json(&home.bundle()).unwrap();
    StatusList::from_token(token, uri, &bundle.issuers[0].keys, &SoftwareVerifier, UnixSeconds(0)).unwrap().list
}

#[test]
fn a_status_list_needs_no_authentication() {
    let (home, id) = Home::with_application();
    let token = home.generate(&id, "production", &[]);
    let server = Server::start(&home);
    let response = server.send(&Request::get("/status/1"));
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/statuslist+jwt"));
    assert_eq!(response.header("cache-control"), Some("public, max-age=1"));
    let (uri, index) = verified(&home, token.token(), |claims| {
        let status = claims.status.as_ref().unwrap();
        (status.uri.to_string(), status.index)
    });
    assert_eq!(uri, format!("{ISSUER}/status/1"));
    assert_eq!(read(&home, &response.body, &uri).status(index), Some(Status::Valid));
    // The bundle contains the same list, at the address where an edge asks for it. Other readers learn for how long to keep it.
    let bundle: serde_json::Value = serde_json::from_slice(&home.bundle()).unwrap();
    let listed = &bundle["status_lists"][0];
    let version = listed["version"].as_str().unwrap();
    assert_eq!(listed["list"], server.send(&Request::get(&format!("/status/1?version={version}"))).text());
    assert_ne!(listed["list"], response.text());
    assert_eq!(server.send(&Request::get("/status/1?version=other")).body, response.body);
    assert_eq!(response.header("etag").unwrap().trim_matches('"'), listed["version"]);
    assert_eq!(server.send(&Request::get("/status/1")).body, response.body);
}

#[test]
fn a_request_with_the_current_entity_tag_gets_304() {
    let home = Home::new();
    let server = Server::start(&home);
    let head = server.send(&Request::new("HEAD", "/status/1"));
    assert_eq!((head.status, head.body.len()), (200, 0));
    let tag = head.header("etag").unwrap();
    let ask = |known| server.send(&Request::get("/status/1").header("if-none-match", known));
    let response = ask(tag);
    assert_eq!((response.status, response.header("etag"), response.body.len()), (304, Some(tag), 0));
    assert_eq!(response.header("cache-control"), Some("public, max-age=1"));
    assert_eq!([ask("\"other\"").status, ask("*").status], [200, 200]);
}

#[test]
fn a_list_with_another_signing_key_has_another_entity_tag() {
    let home = Home::new();
    let server = Server::start(&home);
    let before = server.send(&Request::get("/status/1"));
    let old = home.succeed(&["admin", "signing-key", "list"])["keys"][0]["kid"].as_str().unwrap().to_owned();
    let new = home.succeed(&["admin", "signing-key", "create", "--algorithm", "ES256"])["kid"].as_str().unwrap().to_owned();
    let known = |tag: &str| server.send(&Request::get("/status/1").header("if-none-match", tag));
    assert_eq!(known(before.header("etag").unwrap()).status, 304);
    home.succeed(&["admin", "signing-key", "sign", &new]);
    home.succeed(&["admin", "signing-key", "retire", &old]);
    // No edge can verify the old list any longer, so it is out of date although no bit has changed.
    let after = known(before.header("etag").unwrap());
    assert_eq!(after.status, 200);
    assert_ne!(after.header("etag"), before.header("etag"));
    read(&home, &after.body, &format!("{ISSUER}/status/1"));
    assert_eq!(known(after.header("etag").unwrap()).status, 304);
    let bundle: serde_json::Value = serde_json::from_slice(&home.bundle()).unwrap();
    assert_eq!(after.header("etag").unwrap().trim_matches('"'), bundle["status_lists"][0]["version"]);
}

#[test]
fn an_unknown_list_is_not_found() {
    let home = Home::new();
    let server = Server::start(&home);
    for id in [
        "0",
        "2",
        "01",
        "+1",
        "-1",
        "1.0",
        "x",
        "%31x",
        "%ff",
        "18446744073709551615",
        "18446744073709551616",
        "9223372036854775808",
    ] {
        assert_problem(&server.send(&Request::get(&format!("/status/{id}"))), 404, "not_found");
    }
    assert_problem(&server.send(&Request::new("POST", "/status/1")), 405, "method_not_allowed");
}

#[test]
fn an_issuer_with_a_path_responds_with_and_without_the_path() {
    for (issuer, path) in [("https://example.com/auth/v1", "/auth/v1"), ("https://example.com/:a/*b", "/:a/*b")] {
        let home = Home::empty();
        home.succeed(&["init", "--issuer", issuer, "--audience", AUDIENCE]);
        let server = Server::start(&home);
        let response = server.send(&Request::get(&format!("{path}/status/1")));
        assert_eq!(response.status, 200, "{issuer}");
        read(&home, &response.body, &format!("{issuer}/status/1"));
        assert_eq!(server.send(&Request::get("/status/1")).body, response.body);
        assert_eq!(server.send(&Request::token("grant_type=client_credentials")).status, 401);
        assert_eq!(server.send(&Request::new("POST", &format!("{path}/oauth2/token"))).status, 400);
        assert_problem(&server.send(&Request::get("/other/status/1")), 404, "not_found");
    }
}
