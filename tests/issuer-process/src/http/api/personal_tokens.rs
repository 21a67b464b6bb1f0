//! `/api/v1/members/{name}/tokens`

use super::{Api, assert_problem};

#[test]
fn members_manage_their_own_tokens() {
    let api = Api::new();
    let target = "/api/v1/members/dora/tokens";
    let created = api.send_as(&api.developer, "POST", target, r#"{"description":"the pipeline","expires_at":4000000000}"#);
    assert_eq!((created.status, created.header("cache-control")), (201, Some("no-store")), "{}", created.text());
    let location = created.header("location").unwrap().to_owned();
    let created = created.json();
    let secret = created["personal_token"].as_str().unwrap();
    assert!(secret.starts_with("ppat_"));
    assert_eq!(api.send_as(secret, "GET", "/api/v1/me", "").json()["name"], "dora");
    let shown = api.send_as(secret, "GET", &location, "").json();
    assert_eq!((shown["description"].as_str(), shown["expires_at"].as_u64()), (Some("the pipeline"), Some(4_000_000_000)));
    assert!(shown.get("personal_token").is_none());
    let list = api.send_as(secret, "GET", target, "").json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert!(list["items"].as_array().unwrap().contains(&shown) && !list.to_string().contains("ppat_"));
    let page = api.send_as(secret, "GET", &format!("{target}?limit=1"), "").json();
    let next = page["next"].as_str().unwrap();
    let rest = api.send_as(secret, "GET", &format!("{target}?limit=1&after={next}"), "").json();
    assert_ne!(page["items"][0], rest["items"][0]);
    assert_eq!(api.send_as(secret, "DELETE", &location, "").status, 204);
    assert_problem(&api.send_as(secret, "GET", "/api/v1/me", ""), 401, "unknown_token");
    assert_problem(&api.send_as(&api.developer, "DELETE", &location, ""), 404, "no_such_personal_token");
}

#[test]
fn only_administrators_manage_the_tokens_of_other_members() {
    let api = Api::new();
    let body = r#"{"description":"x"}"#;
    let made = api.create("/api/v1/members/dora/tokens", body);
    let id = made["id"].as_str().unwrap();
    for (method, target, body) in [
        ("GET", "/api/v1/members/rita/tokens", ""),
        ("POST", "/api/v1/members/rita/tokens", body),
        ("POST", "/api/v1/members/nobody/tokens", body),
        ("DELETE", "/api/v1/members/rita/tokens/pat_0", ""),
    ] {
        assert_problem(&api.send_as(&api.developer, method, target, body), 404, "no_such_member");
    }
    // The id of another member's token is unknown below one's own name.
    let other = format!("/api/v1/members/audrey/tokens/{id}");
    assert_problem(&api.send_as(&api.auditor, "DELETE", &other, ""), 404, "no_such_personal_token");
    assert_eq!(api.send_as(&api.auditor, "GET", "/api/v1/members/dora/tokens", "").status, 200);
    assert_problem(&api.send_as(&api.auditor, "DELETE", &format!("/api/v1/members/dora/tokens/{id}"), ""), 403, "forbidden");
    assert_problem(&api.send("POST", "/api/v1/members/nobody/tokens", body), 404, "no_such_member");
    assert_eq!(api.send("DELETE", &format!("/api/v1/members/dora/tokens/{id}"), "").status, 204);
}

#[test]
fn invalid_values_are_refused() {
    let api = Api::new();
    let target = "/api/v1/members/rita/tokens";
    for body in [r#"{"description":""}"#, r#"{"description":"a\nb"}"#, r#"{"description":"x","expires_at":-1}"#, "{}"] {
        assert_problem(&api.send("POST", target, body), 422, "invalid_body");
    }
    let long = format!(r#"{{"description":"{}"}}"#, "ü".repeat(101));
    assert_problem(&api.send("POST", target, &long), 422, "invalid_body");
    assert_problem(&api.send("POST", target, r#"{"description":"x","expires_at":1}"#), 422, "expires_in_the_past");
    assert_eq!(api.read(target)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn no_token_is_in_the_log_or_the_database() {
    let api = Api::new();
    let request = Api::request("POST", "/api/v1/members/rita/tokens", r#"{"description":"x"}"#);
    let made = api.server.send(&request.bearer(&api.administrator).header("idempotency-key", "once")).json();
    let secret = made["personal_token"].as_str().unwrap().to_owned();
    assert_eq!(api.send_as(&secret, "GET", "/api/v1/me", "").status, 200);
    let Api { home, server, administrator, .. } = api;
    server.stop("-TERM");
    let mut kept = std::fs::read(home.path("log")).unwrap();
    for file in ["postern.db", "postern.db-wal"] {
        kept.extend(std::fs::read(home.path(file)).unwrap_or_default());
    }
    for secret in [secret, administrator] {
        assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}

#[test]
fn a_token_ends_after_ninety_days_unless_told_otherwise() {
    let api = Api::new();
    for target in ["/api/v1/members/rita/tokens", "/api/v1/registration-tokens"] {
        let created = api.create(target, r#"{"description":"x"}"#);
        let lifetime = created["expires_at"].as_u64().unwrap() - created["created_at"].as_u64().unwrap();
        assert_eq!(lifetime, 90 * 86400, "{target}");
        let created = api.create(target, r#"{"description":"x","expires_at":null}"#);
        assert!(created.get("expires_at").is_none(), "{target}");
    }
}
