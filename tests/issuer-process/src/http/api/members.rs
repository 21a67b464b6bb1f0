//! `/api/v1/members`

use super::{Api, assert_items, assert_problem};

#[test]
fn members_are_added_changed_and_removed() {
    let api = Api::new();
    let response = api.send("POST", "/api/v1/members", r#"{"name":"ci@example","role":"developer"}"#);
    assert_eq!(response.status, 201);
    assert_eq!(response.header("location"), Some("/api/v1/members/ci@example"));
    let created = response.json();
    assert_eq!((created["name"].as_str(), created["role"].as_str()), (Some("ci@example"), Some("developer")));
    assert_eq!(api.read("/api/v1/members/ci@example"), created);
    assert_items(&api.read("/api/v1/members"), "name", &["audrey", "ci@example", "dora", "rita"]);
    let again = api.send("POST", "/api/v1/members", r#"{"name":"ci@example","role":"auditor"}"#);
    assert_problem(&again, 409, "member_exists");
    let changed = api.send("PATCH", "/api/v1/members/ci@example", r#"{"role":"auditor"}"#);
    assert_eq!((changed.status, changed.json()["role"].as_str()), (200, Some("auditor")));
    let unchanged = api.send("PATCH", "/api/v1/members/ci@example", "{}");
    assert_eq!(unchanged.json(), changed.json());
    assert_eq!(api.send("DELETE", "/api/v1/members/ci@example", "").status, 204);
    for (method, body) in [("GET", ""), ("PATCH", "{}"), ("DELETE", "")] {
        assert_problem(&api.send(method, "/api/v1/members/ci@example", body), 404, "no_such_member");
    }
}

#[test]
fn a_member_has_an_account_of_a_user_store() {
    let api = Api::new();
    assert!(api.home.pipe(&["admin", "user", "create", "alice@local"], "a horse that reads").status.success());
    let created = api.create("/api/v1/members", r#"{"name":"alice","role":"developer","account":"alice@local"}"#);
    assert_eq!(created["account"], "alice@local");
    assert_eq!(api.read("/api/v1/members/alice"), created);
    for (account, status, code) in [
        ("alice@local", 409, "account_taken"),
        ("bob@local", 404, "no_such_user"),
        ("alice@elsewhere", 404, "no_such_user_store"),
        ("alice", 422, "invalid_body"),
    ] {
        let body = format!(r#"{{"account":"{account}"}}"#);
        assert_problem(&api.send("PATCH", "/api/v1/members/dora", &body), status, code);
    }
    let without = api.send("PATCH", "/api/v1/members/alice", r#"{"account":null}"#).json();
    assert!(without.get("account").is_none(), "{without}");
    let other = api.send("PATCH", "/api/v1/members/dora", r#"{"account":"alice@local"}"#).json();
    assert_eq!((other["account"].as_str(), other["role"].as_str()), (Some("alice@local"), Some("developer")));
    // With the user goes the account: a later user with this name is another person.
    assert_eq!(api.send("DELETE", "/api/v1/user-stores/local/users/alice", "").status, 204);
    assert!(api.read("/api/v1/members/dora").get("account").is_none());
}

#[test]
fn members_are_listed_in_pages() {
    let api = Api::new();
    let first = api.read("/api/v1/members?limit=2");
    assert_items(&first, "name", &["audrey", "dora"]);
    let next = first["next"].as_str().unwrap();
    let second = api.read(&format!("/api/v1/members?limit=2&after={next}"));
    assert_items(&second, "name", &["rita"]);
    assert!(second["next"].is_null());
    assert!(api.read("/api/v1/members?limit=3")["next"].is_null());
    assert_items(&api.read("/api/v1/members?after=zzz"), "name", &[]);
}

#[test]
fn the_last_administrator_cannot_be_removed_or_demoted() {
    let api = Api::new();
    assert_problem(&api.send("DELETE", "/api/v1/members/rita", ""), 409, "last_administrator");
    assert_problem(&api.send("PATCH", "/api/v1/members/rita", r#"{"role":"auditor"}"#), 409, "last_administrator");
    api.create("/api/v1/members", r#"{"name":"second","role":"administrator"}"#);
    assert_eq!(api.send("PATCH", "/api/v1/members/rita", r#"{"role":"auditor"}"#).status, 200);
    // A change of the role is effective at once. The token of a removed member is unknown.
    assert_problem(&api.send("DELETE", "/api/v1/members/second", ""), 403, "forbidden");
    assert_eq!(api.get("/api/v1/members").status, 200);
    api.home.succeed(&["admin", "member", "delete", "rita"]);
    assert_problem(&api.get("/api/v1/me"), 401, "unknown_token");
}

#[test]
fn a_change_with_a_stale_entity_tag_is_refused() {
    let api = Api::new();
    let target = "/api/v1/members/dora";
    let seen = api.get(target);
    let tag = seen.header("etag").unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'));
    let request = |method: &str, body: &str, name: &str, value: &str| {
        api.server.send(&Api::request(method, target, body).bearer(&api.administrator).header(name, value))
    };
    let same = request("GET", "", "if-none-match", &tag);
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, Some(tag.as_str())));
    assert_eq!(request("GET", "", "if-none-match", "\"other\"").status, 200);
    for stale in ["\"other\"", &format!("W/{tag}"), "\"a\", \"b\"", "", "other", "\"", tag.trim_matches('"')] {
        assert_problem(&request("PATCH", r#"{"role":"auditor"}"#, "if-match", stale), 412, "changed");
        assert_problem(&request("DELETE", "", "if-match", stale), 412, "changed");
    }
    assert_eq!(api.get(target).json(), seen.json());
    let changed = request("PATCH", r#"{"role":"auditor"}"#, "if-match", &format!("\"other\", {tag}"));
    assert_eq!(changed.status, 200);
    assert_eq!(changed.header("etag"), api.get(target).header("etag"));
    assert_problem(&request("DELETE", "", "if-match", &tag), 412, "changed");
    assert_eq!(request("PATCH", "{}", "if-match", "*").status, 200);
    assert_eq!(request("DELETE", "", "if-match", changed.header("etag").unwrap()).status, 204);
}

#[test]
fn a_developer_cannot_see_other_members() {
    let api = Api::new();
    assert_eq!(api.send_as(&api.developer, "GET", "/api/v1/members/dora", "").status, 200);
    assert_problem(&api.send_as(&api.developer, "GET", "/api/v1/members/rita", ""), 404, "no_such_member");
    assert_eq!(api.send_as(&api.auditor, "GET", "/api/v1/members/rita", "").status, 200);
}
