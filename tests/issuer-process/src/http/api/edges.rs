//! `/api/v1/edge-keys` and `/api/v1/bundle`

use std::thread;
use std::time::{Duration, Instant};

use postern_token::KeyType;
use postern_token::bundle::Bundle;

use super::{Api, assert_items, assert_problem};
use crate::harness::Request;

#[test]
fn an_edge_key_is_accepted_until_it_is_removed() {
    let api = Api::new();
    let response = api.send("POST", "/api/v1/edge-keys", r#"{"name":"gateway"}"#);
    assert_eq!((response.status, response.header("cache-control")), (201, Some("no-store")));
    let created = response.json();
    let key = created["edge_key"].as_str().unwrap();
    let fetch = || api.server.send(&Request::get("/edge/bundle").bearer(key)).status;
    assert_eq!(fetch(), 200);
    assert_problem(&api.send("POST", "/api/v1/edge-keys", r#"{"name":"gateway"}"#), 409, "edge_key_exists");
    assert_problem(&api.send("POST", "/api/v1/edge-keys", r#"{"name":"a\nb"}"#), 422, "invalid_body");
    let odd = api.send("POST", "/api/v1/edge-keys", r#"{"name":"a b/c%?"}"#).header("location").unwrap().to_owned();
    assert_eq!(api.read(&odd)["name"], "a b/c%?");
    assert_eq!(api.send("DELETE", &odd, "").status, 204);
    let listed = api.read("/api/v1/edge-keys");
    assert_items(&listed, "name", &["gateway"]);
    let target = response.header("location").unwrap();
    assert_eq!(api.read(target), listed["items"][0]);
    let stale = Api::request("DELETE", target, "").bearer(&api.administrator).header("if-match", "\"x\"");
    assert_problem(&api.server.send(&stale), 412, "changed");
    assert_eq!(fetch(), 200);
    assert_eq!(api.send("DELETE", target, "").status, 204);
    assert_eq!(fetch(), 401);
    let gone = api.send("DELETE", target, "");
    assert_problem(&gone, 404, "no_such_edge_key");
    assert!(!gone.text().contains("postern admin"));
}

/// An edge asks over HTTP; the contact is in the database a few seconds later.
#[test]
fn an_edge_is_shown_as_behind_until_it_asks_again() {
    let api = Api::new();
    let created = api.send("POST", "/api/v1/edge-keys", r#"{"name":"gateway"}"#).json();
    let key = created["edge_key"].as_str().unwrap();
    let ask = |tag: Option<&str>| {
        let request = Request::get("/edge/bundle").bearer(key);
        let response = api.server.send(&match tag {
            Some(tag) => request.header("if-none-match", tag),
            None => request,
        });
        response.header("etag").unwrap().to_owned()
    };
    let wait_for = |what: &str, found: &dyn Fn(&serde_json::Value) -> bool| {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let edge = api.read("/api/v1/edges/gateway");
            if found(&edge) {
                return edge;
            }
            assert!(Instant::now() < deadline, "{what}: {edge}");
            thread::sleep(Duration::from_millis(100));
        }
    };
    let unseen = api.read("/api/v1/edges/gateway");
    assert_eq!((&unseen["state"], &unseen["connected"], unseen.get("last_request_at")), (&"unseen".into(), &0.into(), None));
    let tag = ask(None);
    wait_for("sent", &|edge| edge["state"] == "sent");
    assert_eq!(ask(Some(&tag)), tag);
    let edge = wait_for("current", &|edge| edge["state"] == "current");
    assert_eq!((&edge["revision"], &edge["connected"]), (&edge["current_revision"], &1.into()));
    assert!(edge["source"].as_str().unwrap().starts_with("127.") && edge.get("behind_since").is_none(), "{edge}");
    api.home.add_api(r#"{"name":"new","version":"1","context":"/new"}"#);
    let behind = wait_for("behind", &|edge| edge.get("behind_since").is_some());
    assert_eq!((&behind["state"], &behind["revisions_behind"]), (&"behind".into(), &1.into()));
    assert_items(&api.read("/api/v1/edges"), "name", &["gateway"]);
    // The same command, in a process of its own.
    let listed = api.home.succeed(&["admin", "edge", "list"]);
    assert_eq!(listed["edges"][0]["state"], "behind");
    let newer = ask(Some(&tag));
    wait_for("sent", &|edge| edge["state"] == "sent");
    ask(Some(&newer));
    let edge = wait_for("current", &|edge| edge["state"] == "current");
    assert_eq!(edge["revision"].as_u64(), behind["revision"].as_u64().map(|revision| revision + 1));
    assert_problem(&api.get("/api/v1/edges/other"), 404, "no_such_edge_key");
}

#[test]
fn the_bundle_is_the_same_as_that_of_the_command() {
    let api = Api::new();
    let response = api.get("/api/v1/bundle");
    assert_eq!((response.status, response.header("cache-control")), (200, Some("no-store")));
    let written: serde_json::Value = serde_json::from_slice(&api.home.bundle()).unwrap();
    let served = response.json();
    assert_eq!((&served["keys"], &served["apis"]), (&written["keys"], &written["apis"]));
    let sandbox = api.get("/api/v1/bundle?environment=sandbox");
    assert_eq!(Bundle::from_json(&sandbox.body).unwrap().environment, Some(KeyType::Sandbox));
    for query in ["environment=", "environment=staging", "other=1"] {
        assert_problem(&api.get(&format!("/api/v1/bundle?{query}")), 400, "invalid_request");
    }
}
