//! `/api/v1/applications/{id}/subscriptions` and `/api/v1/subscriptions/waiting`

use super::{Api, assert_items, assert_problem};

#[test]
fn a_subscription_is_approved_blocked_and_removed() {
    let api = Api::new();
    api.create("/api/v1/apis", r#"{"name":"pizza","version":"1.0.0","context":"/pizza","approval":true}"#);
    let developer = |method: &str, target: &str, body: &str| api.send_as(&api.developer, method, target, body);
    let application = developer("POST", "/api/v1/applications", r#"{"name":"a"}"#).header("location").unwrap().to_owned();
    let (target, below) = (format!("{application}/subscriptions"), format!("{application}/subscriptions/pizza/1.0.0"));
    assert_problem(&api.get(&below), 404, "not_subscribed");
    let new = r#"{"api":"pizza/1.0.0","tier":"gold"}"#;
    let made = developer("POST", &target, new);
    assert_eq!((made.status, made.header("location")), (201, Some(below.as_str())), "{}", made.text());
    assert_eq!((made.json()["state"].as_str(), made.json()["tier"].as_str()), (Some("waiting"), Some("gold")));
    assert_problem(&developer("POST", &target, new), 409, "already_subscribed");
    assert_items(&api.read("/api/v1/subscriptions/waiting"), "api", &["pizza/1.0.0"]);
    assert_problem(&developer("GET", "/api/v1/subscriptions/waiting", ""), 403, "forbidden");
    assert_problem(&developer("PATCH", &below, r#"{"state":"active"}"#), 403, "forbidden");
    let approve = |tag: &str| {
        let request = Api::request("PATCH", &below, r#"{"state":"active"}"#).bearer(&api.administrator);
        api.server.send(&if tag.is_empty() { request } else { request.header("if-match", tag) })
    };
    let seen = api.get(&below).header("etag").unwrap().to_owned();
    for unseen in ["", "*"] {
        assert_problem(&approve(unseen), 428, "precondition_required");
    }
    // The developer replaces the subscription while the administrator looks at it.
    assert_eq!(developer("DELETE", &below, "").status, 200);
    assert_eq!(developer("POST", &target, &new.replace("gold", "unlimited")).status, 201);
    assert_problem(&approve(&seen), 412, "changed");
    assert_items(&api.read("/api/v1/subscriptions/waiting"), "tier", &["unlimited"]);
    let approved = approve(api.get(&below).header("etag").unwrap()).json();
    assert_eq!((approved["state"].as_str(), approved["tier"].as_str()), (Some("active"), Some("unlimited")));
    assert_items(&api.read("/api/v1/subscriptions/waiting"), "api", &[]);
    api.create(&format!("{application}/keys/production"), "{}");
    assert_eq!(api.send("PATCH", &below, r#"{"state":"blocked"}"#).json()["state"], "blocked");
    assert_eq!(api.read(&format!("{application}/tokens"))["items"][0]["state"], "revoked");
    assert_eq!(api.send("PATCH", &below, r#"{"state":"active","tier":"copper"}"#).status, 404);
    api.create("/api/v1/tiers", r#"{"name":"copper"}"#);
    assert_eq!(api.send("PATCH", &below, r#"{"state":"active","tier":"copper"}"#).json()["tier"], "copper");
    assert_items(&api.read(&target), "state", &["active"]);
    let ended = developer("DELETE", &below, "");
    assert_eq!((ended.status, ended.json()["revoked"].as_u64()), (200, Some(0)), "{}", ended.text());
    assert_problem(&developer("DELETE", &below, ""), 404, "not_subscribed");
}

#[test]
fn a_subscription_needs_an_existing_api_and_tier() {
    let api = Api::new();
    api.create("/api/v1/apis", r#"{"name":"pizza","version":"1.0.0","context":"/pizza"}"#);
    let id = api.create("/api/v1/applications", r#"{"name":"a"}"#)["id"].as_str().unwrap().to_owned();
    let target = format!("/api/v1/applications/{id}/subscriptions");
    for (body, status, code) in [
        (r#"{"api":"pasta/1.0.0","tier":"gold"}"#, 404, "no_such_api"),
        (r#"{"api":"pizza/1.0.0","tier":"lead"}"#, 404, "no_such_tier"),
        (r#"{"api":"pizza","tier":"Gold"}"#, 422, "invalid_body"),
        (r#"{"api":"pizza/1.0.0/x","tier":"gold"}"#, 422, "invalid_body"),
        (r#"{"api":"pizza/1.0.0"}"#, 422, "invalid_body"),
    ] {
        assert_problem(&api.send("POST", &target, body), status, code);
    }
    let both = api.send("POST", &target, r#"{"api":"pizza","tier":"Gold","state":"active"}"#).json();
    let fields: Vec<_> =
        both["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect();
    assert_eq!(fields, ["api", "tier", "state"]);
    assert_items(&api.read(&target), "api", &[]);
}
