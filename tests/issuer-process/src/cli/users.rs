//! `postern admin user`, `user-store`, `scope` and `registration-token`

use serde_json::{Value, json};

use crate::harness::{Database, Home, failure};

/// Runs a command that reads a password from standard input, and asserts success.
fn with_password(home: &Home, arguments: &[&str], password: &str) -> Value {
    let output = home.pipe(arguments, password);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && error.is_empty(), "{arguments:?}: {error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn users_are_added_changed_and_removed() {
    let home = Home::new();
    let add = ["admin", "user", "create", "Alice@local", "--roles", "editors,readers"];
    let added = with_password(&home, &add, "correct horse battery\n");
    assert_eq!((&added["id"], &added["roles"]), (&json!("alice@local"), &json!(["editors", "readers"])));
    assert_eq!(home.succeed(&["admin", "user", "list"]), json!({ "users": [added] }));
    assert_eq!(home.succeed(&["admin", "user", "list", "--store", "local"]), json!({ "users": [added] }));
    assert_eq!(home.succeed(&["admin", "user", "show", "alice@local"]), added);
    assert_eq!(home.succeed(&["admin", "user", "change", "alice@local", "--roles", "chiefs"])["roles"], json!(["chiefs"]));
    assert_eq!(home.succeed(&["admin", "user", "change", "alice@local", "--none"])["roles"], json!([]));
    assert_eq!(home.succeed(&["admin", "user", "lock", "alice@local"])["state"], "locked");
    assert_eq!(home.succeed(&["admin", "user", "unlock", "alice@local"])["state"], "active");
    let reset = with_password(&home, &["admin", "user", "reset-password", "alice@local"], "another good one\r\n");
    assert_eq!(reset, json!({ "password_reset": "alice@local" }));
    assert_eq!(home.succeed(&["admin", "user", "grant", "list", "alice@local"]), json!({ "grants": [] }));
    let error = home.fail(&["admin", "user", "grant", "delete", "alice@local", "gr_0123456789abcdefghij"]);
    assert!(error.contains("there is no such grant"), "{error}");
    assert_eq!(home.succeed(&["admin", "user", "delete", "alice@local"]), json!({ "removed": "alice@local" }));
    assert!(home.fail(&["admin", "user", "show", "alice@local"]).contains("there is no user `alice@local`"));
    assert!(home.fail(&["admin", "user", "list", "--store", "other"]).contains("there is no user store `other`"));
}

#[test]
fn a_password_is_only_read_from_standard_input_and_never_repeated() {
    let home = Home::new();
    let add = |password: &str| failure(&home.pipe(&["admin", "user", "create", "alice@local"], password), 1);
    assert!(add("").contains("the password is missing"));
    assert!(add("one line\nand another\n").contains("more than one line"));
    let error = add("alice1");
    assert!(error.contains("must have at least 8 characters") && !error.contains("alice1"), "{error}");
    // Each problem is reported once.
    assert_eq!(error.matches("at least 8").count(), 1, "{error}");
    home.misuse(&["admin", "user", "create", "alice@local", "--password", "correct horse battery"]);
    for bad in ["alice", "@local", "alice@", "a b@local"] {
        let error = home.misuse(&["admin", "user", "show", bad]);
        assert!(error.contains("such as `alice@local`"), "{error}");
    }
    home.misuse(&["admin", "user", "change", "alice@local"]);
    assert_eq!(home.succeed(&["admin", "user", "list"]), json!({ "users": [] }));
}

#[test]
fn scopes_are_bound_and_unbound() {
    let home = Home::new();
    let bound = home.succeed(&["admin", "scope", "change", "https://a.example/x", "--roles", "b,a"]);
    assert_eq!(bound, json!({ "scope": "https://a.example/x", "roles": ["a", "b"], "member_roles": [], "approval": false }));
    assert_eq!(home.succeed(&["admin", "scope", "list"]), json!({ "scopes": [bound] }));
    // What is not given stays unchanged.
    let more = ["admin", "scope", "change", "https://a.example/x", "--member-roles", "administrator", "--approval", "true"];
    let expected = json!({
        "scope": "https://a.example/x", "roles": ["a", "b"], "member_roles": ["administrator"], "approval": true,
    });
    assert_eq!(home.succeed(&more), expected);
    assert_eq!(home.succeed(&["admin", "scope", "create", "https://a.example/x"]), expected);
    home.misuse(&["admin", "scope", "change", "https://a.example/x"]);
    assert_eq!(home.succeed(&["admin", "scope", "delete", "https://a.example/x"]), json!({ "removed": "https://a.example/x" }));
    assert_eq!(home.succeed(&["admin", "scope", "list"]), json!({ "scopes": [] }));
    home.misuse(&["admin", "scope", "change", "a b", "--roles", "a"]);
    home.misuse(&["admin", "scope", "change", "a"]);
}

#[test]
fn initial_access_tokens_are_shown_once() {
    let home = Home::new();
    let made = home.succeed(&["registration-token", "create", "--registrations", "2", "--expires-in", "1d"]);
    assert!(made["registration_token"].as_str().unwrap().starts_with("preg_"));
    let id = made["id"].as_str().unwrap();
    let listed = home.succeed(&["registration-token", "list"])["registration_tokens"].clone();
    assert_eq!((&listed[0]["id"], &listed[0]["registrations"]), (&json!(id), &json!(2)));
    assert!(!listed.to_string().contains("preg_"));
    assert_eq!(home.succeed(&["registration-token", "show", id]), listed[0]);
    assert_eq!(home.succeed(&["registration-token", "delete", id]), json!({ "removed": id }));
}

#[test]
fn settings_of_clients_for_users_are_changed() {
    let (home, id) = Home::with_application();
    assert_eq!(home.succeed(&["application", "change", &id, "--passwords", "true"])["passwords"], true);
    let more = ["--public", "--grant-type", "authorization_code", "--grant-type", "refresh_token", "--user-validity", "600"];
    home.generate(&id, "production", &[&more[..], &["--redirect-uri", "https://a.example/cb"]].concat());
    let keys = ["--application", &id, "--key-type", "production"];
    let shown = home.succeed(&[&["token", "keys", "show"], &keys[..]].concat());
    assert_eq!((&shown["public"], &shown["user_validity"], &shown["one_grant"]), (&json!(true), &json!(600), &json!(false)));
    assert_eq!(shown["grant_types"], json!(["authorization_code", "refresh_token"]));
    let change = ["--public=false", "--one-grant", "--no-user-validity"];
    let changed = home.succeed(&[&["token", "keys", "change"], &keys[..], &change].concat());
    assert_eq!((&changed["public"], &changed["one_grant"]), (&json!(false), &json!(true)));
    assert_eq!((changed.get("user_validity"), &changed["redirect_uris"]), (None, &shown["redirect_uris"]));
    let listed = home.succeed(&["token", "list", "--application", &id, "--users-of", "local"]);
    assert_eq!(listed, json!({ "tokens": [] }));
    let lifetimes = ["--refresh-idle", "1d", "--refresh-lifetime", "30d", "--session-idle", "5m", "--session-lifetime", "8h"];
    let settings = home.succeed(&[&["admin", "settings", "change"], &lifetimes[..]].concat());
    let of = |name: &str| settings[name].as_u64().unwrap();
    assert_eq!((of("refresh_idle"), of("refresh_lifetime")), (86_400, 2_592_000));
    assert_eq!((of("session_idle"), of("session_lifetime")), (300, 28_800));
    assert!(home.fail(&["admin", "settings", "change", "--session-idle", "59s"]).contains("60 to 315360000 seconds"));
}

#[test]
fn with_a_postgresql_database_only_a_user_store_in_a_file_is_copied() {
    let home = Home::empty_on(Database::Postgres).initialised();
    let file = home.write("postern.toml", "[[user_store]]\nname = \"partners\"\nkind = \"local\"\ndatabase = \"partners.db\"\n");
    let config = ["--config", &file];
    let backup = [&config[..], &["backup", "--out", "copy.db"]].concat();
    assert!(home.fail(&backup).contains("cannot copy the user store `partners`: its database"));
    with_password(&home, &[&config[..], &["admin", "user", "create", "carl@partners"]].concat(), "correct horse battery");
    let output = home.command(&backup).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("pg_dump"));
    let copied: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(copied, json!({ "user_stores": { "partners": "copy.db.partners" } }));
    assert!(!home.path("copy.db").exists());
}

#[test]
fn a_user_store_with_its_own_database_is_copied_too() {
    let home = Home::new();
    let stores = "[[user_store]]\nname = \"local\"\nkind = \"local\"\n\n\
                  [[user_store]]\nname = \"partners\"\nkind = \"local\"\ndatabase = \"partners.db\"\n";
    let file = home.write("postern.toml", stores);
    let config = ["--config", &file];
    with_password(&home, &[&config[..], &["admin", "user", "create", "carl@partners"]].concat(), "correct horse battery");
    let stores = home.succeed(&[&config[..], &["admin", "user-store", "list"]].concat())["user_stores"].clone();
    assert_eq!((&stores[0]["name"], &stores[0]["default"]), (&json!("local"), &json!(true)));
    assert_eq!((&stores[1]["name"], &stores[1]["database"]), (&json!("partners"), &json!("own")));
    let copied = home.succeed(&[&config[..], &["backup", "--out", "copy.db"]].concat());
    assert_eq!(copied, json!({ "copied": "copy.db", "user_stores": { "partners": "copy.db.partners" } }));
    assert_eq!(crate::harness::mode(&home.path("copy.db.partners")), 0o600);
    std::fs::rename(home.path("copy.db.partners"), home.path("partners.db")).unwrap();
    let users = home.succeed(&[&config[..], &["admin", "user", "list"]].concat())["users"].clone();
    assert_eq!(users[0]["id"], "carl@partners");
    // A store whose configuration is missing is not silently ignored.
    assert!(home.fail(&["admin", "user", "list"]).contains("restore its `user_store` entry"));
}
