//! `Idempotency-Key`

use std::collections::BTreeSet;

use super::{Api, assert_problem};
use crate::harness::{Request, Response};

const TARGET: &str = "/api/v1/edge-keys";

fn request(token: &str, key: &str, body: &str) -> Request {
    Api::request("POST", TARGET, body).bearer(token).header("idempotency-key", key)
}

fn parts(response: &Response) -> (u16, Option<&str>, Option<&str>, Vec<u8>) {
    (response.status, response.header("location"), response.header("cache-control"), response.body.clone())
}

#[test]
fn a_repeated_request_gets_the_same_response() {
    let api = Api::new();
    let send = |key: &str, body: &str| api.server.send(&request(&api.administrator, key, body));
    let first = send("a", r#"{"name":"e1"}"#);
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, None));
    let again = send("a", r#"{"name":"e1"}"#);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(parts(&first), parts(&again));
    assert_problem(&send("a", r#"{"name":"e2"}"#), 422, "idempotency_key_reused");
    assert_problem(&send("b", r#"{"name":"e1"}"#), 409, "edge_key_exists");
    // A refusal is not stored.
    assert_eq!(send("b", r#"{"name":"e3"}"#).status, 201);
    // The idempotency key of one route is refused at another. Another member does not get the stored response.
    let member = Api::request("POST", "/api/v1/members", r#"{"name":"e1","role":"auditor"}"#);
    let other_route = api.server.send(&member.bearer(&api.administrator).header("idempotency-key", "a"));
    assert_problem(&other_route, 422, "idempotency_key_reused");
    assert_problem(&api.server.send(&request(&api.developer, "a", r#"{"name":"e1"}"#)), 403, "forbidden");
    for bad in ["", "a b", "ü", &"x".repeat(256)] {
        assert_problem(&send(bad, r#"{"name":"e9"}"#), 400, "invalid_request");
    }
    assert_eq!(send(&"x".repeat(255), r#"{"name":"e4"}"#).status, 201);
    let items = api.read(TARGET)["items"].as_array().unwrap().len();
    assert_eq!(items, 3);
}

#[test]
fn concurrent_requests_create_one_token() {
    let api = Api::new();
    let target = "/api/v1/members/rita/tokens";
    let before = api.read(target)["items"].as_array().unwrap().len();
    let answers: Vec<Response> = std::thread::scope(|scope| {
        let sends: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let request = Api::request("POST", target, r#"{"description":"one"}"#);
                    api.server.send(&request.bearer(&api.administrator).header("idempotency-key", "together"))
                })
            })
            .collect();
        sends.into_iter().map(|send| send.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| answer.status == 201));
    assert_eq!(answers.iter().map(|answer| answer.body.clone()).collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).count(), 1);
    assert_eq!(api.read(target)["items"].as_array().unwrap().len(), before + 1);
}
