//! `/api/v1/scopes`

use serde_json::json;

use super::{Api, assert_items, assert_problem};

#[test]
fn scopes_are_bound_to_roles_and_unbound() {
    let api = Api::new();
    assert_eq!(api.read("/api/v1/scopes"), json!({ "items": [] }));
    let target = "/api/v1/scopes/orders:write";
    assert_eq!(api.read(target), json!({ "scope": "orders:write", "roles": [], "member_roles": [], "approval": false }));
    let bound = api.send("PUT", target, r#"{"roles":["editors","chiefs","editors"]}"#);
    let expected = json!({ "scope": "orders:write", "roles": ["chiefs", "editors"], "member_roles": [], "approval": false });
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
    // A scope without rules stays known until it is removed.
    assert_eq!(api.send("PUT", target, r#"{"roles":[]}"#).json()["roles"], json!([]));
    assert_items(&api.read("/api/v1/scopes"), "scope", &["https://api.example/orders?all=1", "orders:write"]);
    assert_eq!(api.send("DELETE", target, "").status, 204);
    assert_problem(&api.send("DELETE", target, ""), 404, "no_such_scope");
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

/// An application of the developer that is subscribed to an API with scopes, and the path of its production keys.
fn developers_keys(api: &Api) -> String {
    let resources = r#"[{"path":"/*","scopes":["orders","orders:write"]}]"#;
    api.create("/api/v1/apis", &format!(r#"{{"name":"pizza","version":"1","context":"/pizza","resources":{resources}}}"#));
    let created = api.send_as(&api.developer, "POST", "/api/v1/applications", r#"{"name":"Dora's"}"#);
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let subscribed = api.send_as(
        &api.developer,
        "POST",
        &format!("/api/v1/applications/{id}/subscriptions"),
        r#"{"api":"pizza/1","tier":"gold"}"#,
    );
    assert_eq!(subscribed.status, 201, "{}", subscribed.text());
    format!("/api/v1/applications/{id}/keys/production")
}

#[test]
fn a_developer_cannot_give_itself_any_scope() {
    let api = Api::new();
    let keys = developers_keys(&api);
    let ask = |scope: &str| api.send_as(&api.developer, "POST", &keys, &format!(r#"{{"scope":"{scope}"}}"#));
    let unknown = ask("orders admin");
    assert_problem(&unknown, 422, "unknown_scope");
    let expected = "unknown scope `admin`: the API `pizza/1` has `orders`, `orders:write`";
    assert_eq!(unknown.json()["detail"], expected);
    let rule = r#"{"roles":[],"member_roles":["administrator"]}"#;
    assert_eq!(api.send("PUT", "/api/v1/scopes/orders:write", rule).status, 200);
    assert_problem(&ask("orders orders:write"), 422, "scope_forbidden");
    let rule = r#"{"roles":[],"approval":true}"#;
    assert_eq!(api.send("PUT", "/api/v1/scopes/orders:write", rule).status, 200);
    let minted = ask("orders orders:write");
    assert_eq!(minted.status, 201, "{}", minted.text());
    assert_eq!(minted.json()["scope"], "orders");
    assert_eq!(minted.json()["warnings"].as_array().unwrap().len(), 1);
    let shown = api.send_as(&api.developer, "GET", &keys, "").json();
    assert_eq!((&shown["scopes"][0]["state"], &shown["scopes"][1]["state"]), (&json!("active"), &json!("waiting")));
    let waiting = api.read("/api/v1/waiting-scopes");
    assert_items(&waiting, "scope", &["orders:write"]);
    assert_eq!(waiting["items"][0]["key_type"], "production");
    let decision = format!("{keys}/scopes/orders:write");
    let approve = r#"{"approved":true}"#;
    assert_problem(&api.send_as(&api.developer, "PATCH", &decision, approve), 403, "forbidden");
    assert_problem(&api.send_as(&api.developer, "GET", "/api/v1/waiting-scopes", ""), 403, "forbidden");
    assert_problem(&api.send("PATCH", &format!("{keys}/scopes/stock"), approve), 404, "scope_not_held");
    assert_problem(&api.send("PATCH", &decision, r#"{"approved":1}"#), 422, "invalid_body");
    let approved = api.send("PATCH", &decision, approve);
    assert_eq!(approved.json(), json!({ "scope": "orders:write", "state": "active" }));
    let again = api.send_as(&api.developer, "POST", &format!("{keys}/regenerate"), "{}").json();
    assert_eq!(again["scope"], "orders orders:write");
    assert!(again.get("warnings").is_none(), "{again}");
    let rule = r#"{"roles":[],"member_roles":["boss"]}"#;
    assert_problem(&api.send("PUT", "/api/v1/scopes/orders:write", rule), 422, "invalid_body");
}

#[test]
fn an_administrator_who_adds_a_scope_that_needs_approval_names_the_version() {
    let api = Api::new();
    let keys = developers_keys(&api);
    assert_eq!(api.send("PUT", "/api/v1/scopes/orders:write", r#"{"roles":[],"approval":true}"#).status, 200);
    let both = r#"{"scope":"orders orders:write"}"#;
    assert_eq!(api.send_as(&api.developer, "POST", &keys, both).status, 201);
    let change = |tag: &str| {
        let request = Api::request("PATCH", &keys, both).bearer(&api.administrator);
        api.server.send(&if tag.is_empty() { request } else { request.header("if-match", tag) })
    };
    let tag = || api.get(&keys).header("etag").unwrap().to_owned();
    // The developer removes the scope while the administrator looks at the key set.
    let seen = tag();
    assert_eq!(api.send_as(&api.developer, "PATCH", &keys, r#"{"scope":"orders"}"#).status, 200);
    for unseen in ["", "*"] {
        assert_problem(&change(unseen), 428, "precondition_required");
    }
    assert_problem(&change(&seen), 412, "changed");
    let changed = change(&tag()).json();
    assert_eq!(changed["scopes"][1]["state"], "active", "{changed}");
    // The command line names the version.
    assert_eq!(api.send_as(&api.developer, "PATCH", &keys, r#"{"scope":"orders"}"#).status, 200);
    let application = keys.split('/').nth(4).unwrap();
    let add = [
        "token",
        "keys",
        "change",
        "--application",
        application,
        "--key-type",
        "production",
        "--scope",
        "orders",
        "--scope",
        "orders:write",
    ];
    assert_eq!(api.home.succeed(&add)["scopes"][1]["state"], "active");
}
