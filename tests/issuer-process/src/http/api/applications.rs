//! `/api/v1/applications`

use super::{Api, assert_items, assert_problem};

const APPLICATIONS: &str = "/api/v1/applications";

#[test]
fn an_application_is_created_changed_blocked_and_deleted() {
    let api = Api::new();
    let response = api.send("POST", APPLICATIONS, r#"{"name":"Pizza app"}"#);
    assert_eq!(response.status, 201, "{}", response.text());
    let target = response.header("location").unwrap().to_owned();
    let created = response.json();
    assert_eq!(target, format!("{APPLICATIONS}/{}", created["id"].as_str().unwrap()));
    assert_eq!((created["name"].as_str(), created["owner"].as_str()), (Some("Pizza app"), Some("rita")));
    assert_eq!((created["state"].as_str(), created["application_validity"].as_i64()), (Some("active"), Some(3600)));
    assert_eq!(api.read(&target), created);
    let change = r#"{"name":"Pasta app","application_validity":60,"user_validity":-1,"owner":null}"#;
    assert_problem(&api.send("PATCH", &target, change), 422, "forever_forbidden");
    assert_problem(&api.send("PATCH", &target, r#"{"user_validity":86401}"#), 422, "validity_too_long");
    let forever = r#"{"forever_allowed":true,"max_user_validity":null}"#;
    assert_eq!(api.send("PATCH", "/api/v1/settings", forever).status, 200);
    let changed = api.send("PATCH", &target, change).json();
    assert_eq!(changed["name"], "Pasta app");
    assert_eq!((changed["application_validity"].as_i64(), changed["user_validity"].as_i64()), (Some(60), Some(-1)));
    assert!(changed.get("owner").is_none(), "{changed}");
    api.create(&format!("{target}/keys/production"), "{}");
    assert_eq!(api.send("PATCH", &target, r#"{"state":"blocked"}"#).json()["state"], "blocked");
    assert_eq!(api.read(&format!("{target}/tokens"))["items"][0]["state"], "revoked");
    assert_problem(&api.send("POST", &format!("{target}/keys/sandbox"), "{}"), 409, "application_blocked");
    assert_eq!(api.send("PATCH", &target, r#"{"state":"active"}"#).json()["state"], "active");
    api.create(&format!("{target}/keys/sandbox"), "{}");
    let deleted = api.send("DELETE", &target, "");
    assert_eq!((deleted.status, deleted.json()["revoked"].as_u64()), (200, Some(1)));
    for method in ["GET", "DELETE"] {
        assert_problem(&api.send(method, &target, ""), 404, "no_such_application");
    }
    assert_problem(&api.send("PATCH", &target, "{}"), 404, "no_such_application");
    // The records of the tokens are kept.
    assert_eq!(api.read(&format!("{target}/tokens"))["items"].as_array().unwrap().len(), 2);
}

#[test]
fn pages_list_each_application_once() {
    let api = Api::new();
    let names: Vec<String> = (0..7).map(|number| format!("app {number}")).collect();
    for name in &names {
        api.create(APPLICATIONS, &format!(r#"{{"name":"{name}"}}"#));
    }
    let (mut target, mut seen, mut pages) = (format!("{APPLICATIONS}?limit=2"), Vec::new(), 0);
    loop {
        let page = api.read(&target);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(next) = page["next"].as_str() else { break };
        if pages == 1 {
            // A deleted application is still a valid `after`.
            assert_eq!(api.send("DELETE", &format!("{APPLICATIONS}/{next}"), "").status, 200);
        }
        target = format!("{APPLICATIONS}?limit=2&after={next}");
    }
    assert_eq!((pages, seen), (4, names));
    for query in ["limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "after=x", "page=2", "limit=1&limit=1"] {
        assert_problem(&api.get(&format!("{APPLICATIONS}?{query}")), 400, "invalid_request");
    }
    assert_problem(&api.get(&format!("{APPLICATIONS}?after=app_unknown")), 404, "no_such_application");
}

#[test]
fn a_developer_sees_and_changes_only_own_applications() {
    let api = Api::new();
    let foreign = api.create(APPLICATIONS, r#"{"name":"foreign"}"#)["id"].as_str().unwrap().to_owned();
    let foreign = format!("{APPLICATIONS}/{foreign}");
    api.create(&format!("{foreign}/keys/production"), "{}");
    let jti = api.read(&format!("{foreign}/tokens"))["items"][0]["jti"].as_str().unwrap().to_owned();
    let developer = |method: &str, target: &str, body: &str| api.send_as(&api.developer, method, target, body);
    let own = developer("POST", APPLICATIONS, r#"{"name":"own"}"#);
    let own = own.header("location").unwrap();
    assert_items(&developer("GET", APPLICATIONS, "").json(), "name", &["own"]);
    for (method, below, body) in [
        ("GET", "", ""),
        ("PATCH", "", "{}"),
        ("DELETE", "", ""),
        ("POST", "/keys/sandbox", "{}"),
        ("GET", "/keys/production", ""),
        ("PATCH", "/keys/production", "{}"),
        ("POST", "/keys/production/regenerate", "{}"),
        ("POST", "/keys/production/secrets", "{}"),
        ("DELETE", "/keys/production/secrets/cs_x", ""),
        ("GET", "/tokens", ""),
        ("POST", "/tokens/revoke", ""),
        ("GET", "/subscriptions", ""),
        ("POST", "/subscriptions", r#"{"api":"a/1","tier":"gold"}"#),
        ("GET", "/subscriptions/a/1", ""),
        ("PATCH", "/subscriptions/a/1", "{}"),
        ("DELETE", "/subscriptions/a/1", ""),
    ] {
        assert_problem(&developer(method, &format!("{foreign}{below}"), body), 404, "no_such_application");
    }
    assert_problem(&developer("POST", &format!("/api/v1/tokens/{jti}/revoke"), ""), 404, "no_such_token");
    assert_eq!(api.read(&format!("{foreign}/tokens"))["items"][0]["state"], "active");
    assert_problem(&developer("PATCH", own, r#"{"owner":null}"#), 403, "forbidden");
    assert_problem(&developer("PATCH", own, r#"{"state":"blocked"}"#), 403, "forbidden");
    assert_eq!(developer("PATCH", own, r#"{"name":"mine"}"#).status, 200);
    // The new owner of an application may delete it.
    assert_problem(&api.send("PATCH", own, r#"{"owner":"nobody"}"#), 404, "no_such_member");
    assert_eq!(api.send("PATCH", &foreign, r#"{"owner":"dora"}"#).status, 200);
    assert_eq!(developer("DELETE", &foreign, "").status, 200);
}

#[test]
fn an_auditor_may_read_but_not_change() {
    let api = Api::new();
    api.create("/api/v1/apis", r#"{"name":"a","version":"1","context":"/a"}"#);
    let target = format!("{APPLICATIONS}/{}", api.create(APPLICATIONS, r#"{"name":"a"}"#)["id"].as_str().unwrap());
    api.create(&format!("{target}/keys/production"), "{}");
    api.create(&format!("{target}/subscriptions"), r#"{"api":"a/1","tier":"gold"}"#);
    let jti = api.read(&format!("{target}/tokens"))["items"][0]["jti"].as_str().unwrap().to_owned();
    let auditor = |method: &str, target: &str, body: &str| api.send_as(&api.auditor, method, target, body);
    let below = |path: &str| format!("{target}{path}");
    let api_document = r#"{"name":"b","version":"1","context":"/b"}"#;
    for (method, target, body) in [
        ("POST", APPLICATIONS.to_owned(), r#"{"name":"x"}"#),
        ("PATCH", below(""), "{}"),
        ("DELETE", below(""), ""),
        ("POST", below("/keys/sandbox"), "{}"),
        ("PATCH", below("/keys/production"), "{}"),
        ("POST", below("/keys/production/regenerate"), "{}"),
        ("POST", below("/keys/production/secrets"), "{}"),
        ("DELETE", below("/keys/production/secrets/cs_x"), ""),
        ("POST", below("/tokens/revoke"), ""),
        ("POST", format!("/api/v1/tokens/{jti}/revoke"), ""),
        ("POST", below("/subscriptions"), r#"{"api":"a/1","tier":"gold"}"#),
        ("PATCH", below("/subscriptions/a/1"), r#"{"state":"blocked"}"#),
        ("DELETE", below("/subscriptions/a/1"), ""),
        ("POST", "/api/v1/apis".to_owned(), api_document),
        ("POST", "/api/v1/apis/import".to_owned(), "{}"),
        ("PUT", "/api/v1/apis/a/1".to_owned(), api_document),
        ("DELETE", "/api/v1/apis/a/1?force=true".to_owned(), ""),
        ("POST", "/api/v1/tiers".to_owned(), r#"{"name":"x"}"#),
        ("PATCH", "/api/v1/tiers/gold".to_owned(), "{}"),
        ("DELETE", "/api/v1/tiers/gold".to_owned(), ""),
    ] {
        assert_problem(&auditor(method, &target, body), 403, "forbidden");
    }
    for target in [below(""), below("/keys/production"), below("/tokens"), below("/subscriptions/a/1")] {
        assert_eq!(auditor("GET", &target, "").status, 200, "{target}");
    }
    assert_eq!(api.read(&below("/tokens"))["items"][0]["state"], "active");
}

#[test]
fn a_change_with_a_stale_entity_tag_is_refused() {
    let api = Api::new();
    api.create("/api/v1/apis", r#"{"name":"a","version":"1","context":"/a"}"#);
    let target = format!("{APPLICATIONS}/{}", api.create(APPLICATIONS, r#"{"name":"a"}"#)["id"].as_str().unwrap());
    api.create(&format!("{target}/keys/production"), "{}");
    api.create(&format!("{target}/subscriptions"), r#"{"api":"a/1","tier":"gold"}"#);
    for (method, target, body) in [
        ("PATCH", target.clone(), r#"{"name":"b"}"#),
        ("PATCH", format!("{target}/keys/production"), r#"{"validity":60}"#),
        ("PATCH", format!("{target}/subscriptions/a/1"), r#"{"state":"blocked"}"#),
        ("PUT", "/api/v1/apis/a/1".to_owned(), r#"{"name":"a","version":"1","context":"/b"}"#),
        ("PATCH", "/api/v1/tiers/gold".to_owned(), r#"{"description":"fast"}"#),
    ] {
        let seen = api.get(&target);
        let tag = seen.header("etag").unwrap().to_owned();
        let send =
            |tag: &str| api.server.send(&Api::request(method, &target, body).bearer(&api.administrator).header("if-match", tag));
        assert_problem(&send("\"other\""), 412, "changed");
        assert_problem(&send(&format!("W/{tag}")), 412, "changed");
        assert_eq!(api.get(&target).header("etag"), Some(tag.as_str()));
        let changed = send(&format!("\"other\", {tag}"));
        assert_eq!(changed.status, 200, "{}", changed.text());
        assert_problem(&send(&tag), 412, "changed");
        // The response has the new entity tag.
        let now = changed.header("etag").unwrap().to_owned();
        let get = Api::request("GET", &target, "").bearer(&api.administrator).header("if-none-match", &now);
        let known = api.server.send(&get);
        assert_eq!((known.status, known.body.len()), (304, 0));
        assert_eq!(send("*").status, 200);
    }
}
