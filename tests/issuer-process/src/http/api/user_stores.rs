//! `/api/v1/user-stores`

use serde_json::json;

use super::{Api, assert_items, assert_problem};

/// Two stores, one of them with a database of its own.
const TWO: &str = r#"
[[user_store]]
name = "staff"
kind = "local"

[[user_store]]
name = "partners"
kind = "local"
database = "partners.db"
"#;

/// A local store, and a directory whose server is not reachable.
const UNREACHABLE: &str = r#"
[[user_store]]
name = "local"
kind = "local"

[[user_store]]
name = "company"
kind = "ldap"
url = "ldap://127.0.0.1:9"
base_dn = "dc=example,dc=org"
"#;

#[test]
fn the_default_store_is_local() {
    let api = Api::new();
    let store = json!({ "name": "local", "kind": "local", "database": "main", "default": true });
    assert_eq!(api.read("/api/v1/user-stores"), json!({ "items": [store] }));
    assert_eq!(api.send_as(&api.auditor, "GET", "/api/v1/user-stores", "").status, 200);
    assert_problem(&api.send_as(&api.developer, "GET", "/api/v1/user-stores", ""), 403, "forbidden");
}

#[test]
fn stores_are_listed_in_the_configured_order() {
    let api = Api::configured(TWO);
    let first = json!({ "name": "staff", "kind": "local", "database": "main", "default": true });
    let second = json!({ "name": "partners", "kind": "local", "database": "own", "default": false });
    let page = api.read("/api/v1/user-stores?limit=1");
    assert_eq!(page["items"], json!([first]));
    let next = page["next"].as_str().unwrap();
    assert_eq!(api.read(&format!("/api/v1/user-stores?after={next}")), json!({ "items": [second] }));
}

#[test]
fn each_store_keeps_its_users_in_its_own_database() {
    let api = Api::configured(TWO);
    for store in ["staff", "partners"] {
        let body = format!(r#"{{"name":"alice","password":"correct horse of {store}","roles":["{store}-role"]}}"#);
        let user = api.create(&format!("/api/v1/user-stores/{store}/users"), &body);
        assert_eq!(user["id"], format!("alice@{store}"));
    }
    let locked = api.send("PATCH", "/api/v1/user-stores/partners/users/alice", r#"{"state":"locked"}"#);
    assert_eq!(locked.json()["state"], "locked");
    assert_eq!(api.read("/api/v1/user-stores/staff/users/alice")["state"], "active");
    assert_items(&api.read("/api/v1/user-stores/partners/users"), "id", &["alice@partners"]);
    drop(api.server);
    let holds = |file: &str, text: &str| {
        let files = [file.to_owned(), format!("{file}-wal")];
        let content = files.iter().filter_map(|file| std::fs::read(api.home.path(file)).ok()).collect::<Vec<_>>().concat();
        assert!(!content.is_empty());
        content.windows(text.len()).any(|window| window == text.as_bytes())
    };
    assert!(holds("partners.db", "partners-role") && !holds("partners.db", "staff-role"));
    assert!(holds("postern.db", "staff-role"));
    assert!(!holds("postern.db", "users@partners"), "the main database has no table of the store");
}

#[test]
fn users_of_a_directory_cannot_be_changed_in_the_issuer() {
    let api = Api::configured(UNREACHABLE);
    let users = "/api/v1/user-stores/company/users";
    assert_eq!(api.read("/api/v1/user-stores")["items"][1]["kind"], "ldap");
    assert_items(&api.read(users), "id", &[]);
    let body = r#"{"name":"alice","password":"correct horse battery"}"#;
    assert_problem(&api.send("POST", users, body), 409, "users_kept_elsewhere");
    let password = r#"{"password":"correct horse battery"}"#;
    assert_problem(&api.send("PUT", &format!("{users}/alice/password"), password), 409, "users_kept_elsewhere");
    assert_problem(&api.send("PATCH", &format!("{users}/alice"), r#"{"roles":[]}"#), 409, "users_kept_elsewhere");
    // A user of a directory is unknown until the first sign-in.
    assert_problem(&api.send("PATCH", &format!("{users}/alice"), r#"{"state":"locked"}"#), 404, "no_such_user");
}
