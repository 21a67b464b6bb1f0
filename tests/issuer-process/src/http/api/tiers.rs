//! `/api/v1/tiers`

use super::{Api, assert_items, assert_problem};

const TIERS: &str = "/api/v1/tiers";

#[test]
fn a_tier_is_added_changed_and_removed() {
    let api = Api::new();
    let made = api.send("POST", TIERS, r#"{"name":"slow","description":"Now\nand then","limit":{"requests":10,"seconds":60}}"#);
    assert_eq!((made.status, made.header("location")), (201, Some("/api/v1/tiers/slow")), "{}", made.text());
    let target = "/api/v1/tiers/slow";
    assert_eq!(api.read(target), made.json());
    assert_problem(&api.send("POST", TIERS, r#"{"name":"slow"}"#), 409, "tier_exists");
    let changed = api.send("PATCH", target, r#"{"limit":null}"#).json();
    assert_eq!((changed.get("limit"), changed["description"].as_str()), (None, Some("Now\nand then")));
    assert_eq!(api.send("PATCH", target, r#"{"limit":{"requests":1,"seconds":1}}"#).json()["limit"]["requests"], 1);
    assert_eq!(api.send("DELETE", target, "").status, 204);
    for (method, body) in [("GET", ""), ("PATCH", "{}"), ("DELETE", "")] {
        assert_problem(&api.send(method, target, body), 404, "no_such_tier");
    }
    api.create("/api/v1/apis", r#"{"name":"a","version":"1","context":"/a"}"#);
    let id = api.create("/api/v1/applications", r#"{"name":"a"}"#)["id"].as_str().unwrap().to_owned();
    api.create(&format!("/api/v1/applications/{id}/subscriptions"), r#"{"api":"a/1","tier":"gold"}"#);
    assert_problem(&api.send("DELETE", "/api/v1/tiers/gold", ""), 409, "tier_in_use");
    assert_problem(&api.send_as(&api.developer, "POST", TIERS, r#"{"name":"x"}"#), 403, "forbidden");
    assert_eq!(api.send_as(&api.developer, "GET", TIERS, "").status, 200);
}

#[test]
fn an_invalid_tier_is_refused() {
    let api = Api::new();
    let before = api.read(TIERS);
    for body in [
        r#"{"name":"Gold"}"#,
        r#"{"name":""}"#,
        r#"{"name":"a\u0000"}"#,
        r#"{"name":"x","description":"\u0000"}"#,
        r#"{"name":"x","description":""}"#,
        r#"{"name":"x","limit":{"requests":0,"seconds":1}}"#,
        r#"{"name":"x","limit":{"requests":1}}"#,
        r#"{"name":"x","limit":{"requests":1,"seconds":4294967296}}"#,
        r#"{"name":"x","limit":{"requests":1,"seconds":1,"burst":2}}"#,
        r#"{"name":"x","limit":5}"#,
    ] {
        assert_problem(&api.send("POST", TIERS, body), 422, "invalid_body");
    }
    let wrong = api.send("POST", TIERS, r#"{"name":"x","limit":{"requests":0,"seconds":-1,"burst":2}}"#).json();
    let fields: Vec<_> =
        wrong["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect();
    assert_eq!(fields, ["limit.requests", "limit.seconds", "limit.burst"]);
    assert_eq!(api.read(TIERS), before);
    assert_items(&api.read(&format!("{TIERS}?limit=1")), "name", &[before["items"][0]["name"].as_str().unwrap()]);
}
