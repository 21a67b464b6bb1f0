//! `/api/v1/scopes`

use serde_json::json;

use super::{Api, assert_items, assert_problem};

#[test]
fn scopes_are_bound_to_roles_and_unbound() {
    let api = Api::new();
    assert_eq!(api.read("/api/v1/scopes"), json!({ "items": [] }));
    let target = "/api/v1/scopes/orders:write";
    assert_eq!(api.read(target), json!({ "scope": "orders:write", "roles": [] }));
    let bound = api.send("PUT", target, r#"{"roles":["editors","chiefs","editors"]}"#);
    let expected = json!({ "scope": "orders:write", "roles": ["chiefs", "editors"] });
    assert_eq!((bound.status, bound.json()), (200, expected.clone()));
    assert_eq!(api.get(target).header("etag"), bound.header("etag"));
    assert_eq!(api.read("/api/v1/scopes"), json!({ "items": [expected] }));
    let address = "/api/v1/scopes/https:%2F%2Fapi.example%2Forders%3Fall=1";
    assert_eq!(api.send("PUT", address, r#"{"roles":["editors"]}"#).json()["scope"], "https://api.example/orders?all=1");
    let first = api.read("/api/v1/scopes?limit=1");
    assert_items(&first, "scope", &["https://api.example/orders?all=1"]);
    let next = first["next"].as_str().unwrap();
    assert_eq!(next, "https://api.example/orders?all=1");
    let rest = api.read("/api/v1/scopes?limit=1&after=https:%2F%2Fapi.example%2Forders%3Fall%3D1");
    assert_items(&rest, "scope", &["orders:write"]);
    assert_eq!(api.send("PUT", target, r#"{"roles":[]}"#).json()["roles"], json!([]));
    assert_items(&api.read("/api/v1/scopes"), "scope", &["https://api.example/orders?all=1"]);
    let entries = api.read("/api/v1/audit?action=scope.bind");
    assert_eq!(entries["items"][0]["subject"], "orders:write");
}

#[test]
fn invalid_scopes_and_roles_are_refused() {
    let api = Api::new();
    for bad in ["a%20b", "a%22", "a%5C", "%C3%A9", "%00"] {
        assert_problem(&api.send("PUT", &format!("/api/v1/scopes/{bad}"), r#"{"roles":[]}"#), 404, "not_found");
    }
    let many = format!(r#"{{"roles":["r"{}]}}"#, r#","r""#.repeat(100));
    for body in ["{}", r#"{"roles":["a b"]}"#, r#"{"roles":[""]}"#, r#"{"roles":null}"#, r#"{"roles":"a"}"#, &many] {
        let response = api.send("PUT", "/api/v1/scopes/a", body);
        assert_problem(&response, 422, "invalid_body");
        assert_eq!(response.json()["errors"].as_array().unwrap().len(), 1, "{}", response.text());
    }
    assert_eq!(api.read("/api/v1/scopes"), json!({ "items": [] }));
}

#[test]
fn a_change_with_a_stale_entity_tag_is_refused() {
    let api = Api::new();
    let target = "/api/v1/scopes/orders";
    let seen = api.get(target).header("etag").unwrap().to_owned();
    let bind = |tag: &str, body: &str| {
        api.server.send(&Api::request("PUT", target, body).bearer(&api.administrator).header("if-match", tag))
    };
    assert_eq!(bind(&seen, r#"{"roles":["a"]}"#).status, 200);
    assert_problem(&bind(&seen, r#"{"roles":["b"]}"#), 412, "changed");
    assert_eq!(api.read(target)["roles"], json!(["a"]));
}
