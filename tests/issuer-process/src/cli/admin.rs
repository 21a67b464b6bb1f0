//! APIs, tiers, applications, subscriptions and edge keys

use serde_json::json;

use crate::harness::{Home, failure};

#[test]
fn applications_are_created_and_listed() {
    let home = Home::new();
    for name in ["Pizza app", "Pizza app", "<script>alert(1)</script>", "日本語", "'; DROP TABLE applications; --"] {
        let created = home.succeed(&["application", "create", name]);
        assert_eq!(created["name"], name);
        assert!(created["id"].as_str().unwrap().starts_with("app_"));
        assert_eq!(created["application_validity"], 3600);
        assert_eq!(created["user_validity"], 3600);
        assert!(created["created_at"].is_u64());
    }
    assert_eq!(home.succeed(&["application", "list"])["applications"].as_array().unwrap().len(), 5);
    for name in ["", " a", "a ", "a\nb", "a\u{7f}", &"x".repeat(101)] {
        home.misuse(&["application", "create", name]);
    }
}

#[test]
fn an_application_is_listed_with_its_key_sets_and_subscriptions() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &["--scope", "orders", "--domain", "a.example"]);
    let application = home.succeed(&["application", "list"])["applications"][0].clone();
    let expected = json!([{
        "key_type": "production", "consumer_key": keys.key(), "scope": "orders", "domains": ["a.example"], "validity": 3600,
    }]);
    assert_eq!(application["key_sets"], expected);
    assert_eq!(application["subscriptions"], json!([{ "api": "pizza/1.0.0", "tier": "gold", "state": "active" }]));
    assert!(!application.to_string().contains(keys.secret()));
}

#[test]
fn apis_are_added_and_listed_unchanged() {
    let home = Home::new();
    let mut document = json!({
        "name": "pizza", "version": "1.0.0", "context": "/pizza/1.0.0", "hosts": ["api.example"],
        "resources": [
            { "path": "/menu", "methods": ["GET"], "auth": "none" },
            { "path": "/orders/*", "methods": ["GET", "POST"], "auth": "any", "scopes": ["orders"], "client_domain": "required" },
        ],
    });
    let file = home.write("api.json", &document.to_string());
    assert_eq!(home.succeed(&["api", "create", &file]), json!({ "api": "pizza/1.0.0" }));
    // Defaults are shown.
    document["approval"] = false.into();
    document["resources"][0]["client_domain"] = "bound".into();
    assert_eq!(home.succeed(&["api", "list"]), json!({ "apis": [document] }));
    assert!(home.fail(&["api", "create", "missing.json"]).contains("cannot read `missing.json`"));
}

#[test]
fn an_api_that_an_edge_would_refuse_is_not_added() {
    let home = Home::new();
    home.add_api(r#"{"name":"pizza","version":"1","context":"/pizza"}"#);
    for (document, words) in [
        (r#"{"name":"pizza","version":"1","context":"/other"}"#, &["the API `pizza/1` already exists"][..]),
        (r#"{"name":"pasta","version":"1","context":"/Pizza"}"#, &["`pizza/1` already serves `/Pizza`"]),
        (r#"{"name":"a b","version":"1","context":"x"}"#, &["`name`", "`context`"]),
        (r#"{"name":"a","version":1,"context":"/x","extra":1}"#, &["`version`", "`extra`"]),
        (r#"{"name":"a","version":"1","context":"/x","resources":[{"path":"y"}]}"#, &["`resources[0].path`"]),
        (
            r#"{"name":"a","version":"1","context":"/x","resources":[{"path":"/y","scopes":["a","b c"]}]}"#,
            &["`resources[0].scopes[1]`: must be one scope"],
        ),
        (r#"{"name":"a","name":"b","version":"1","context":"/x"}"#, &["is not a valid API document"]),
        ("", &["is not a valid API document"]),
        (
            "{\n  \"name\": \"a\",\n  \"version\": \"1\",\n}",
            &["is not a valid API document", "no name in double quotes (perhaps a comma too many) at line 4, column 1"],
        ),
        ("[]", &["must be a JSON object"]),
    ] {
        let error = failure(&home.pipe(&["api", "create", "-"], document), 1);
        for word in words {
            assert!(error.contains(word), "{word} in {error}");
        }
    }
    assert_eq!(home.succeed(&["api", "list"])["apis"].as_array().unwrap().len(), 1);
}

#[test]
fn tiers_are_added_once() {
    let home = Home::new();
    assert_eq!(home.succeed(&["tier", "create", "platinum"]), json!({ "tier": "platinum" }));
    for tier in ["platinum", "gold", "silver", "bronze", "unlimited"] {
        assert!(home.fail(&["tier", "create", tier]).contains(&format!("the tier `{tier}` already exists")));
    }
    for bad in ["", "Gold", "a b", "é"] {
        home.misuse(&["tier", "create", bad]);
    }
}

#[test]
fn a_subscription_needs_an_application_an_api_and_a_tier() {
    let (home, id) = Home::with_application();
    let subscribe = |application: &str, api: &str, tier: &str| {
        home.fail(&["subscription", "create", "--application", application, "--api", api, "--tier", tier])
    };
    assert!(subscribe("app_nobody", "pizza/1.0.0", "gold").contains("there is no application `app_nobody`"));
    assert!(subscribe(&id, "pizza/2", "gold").contains("there is no API `pizza/2`"));
    let error = subscribe(&id, "pizza/1.0.0", "platinum");
    assert!(error.contains("there is no tier `platinum`: choose one of `bronze`, `gold`"), "{error}");
    assert!(subscribe(&id, "pizza/1.0.0", "silver").contains("is already subscribed to `pizza/1.0.0`"));
    home.misuse(&["subscription", "create", "--application", &id, "--api", "pizza/1/2", "--tier", "gold"]);
    home.add_api(r#"{"name":"pasta","version":"2","context":"/pasta"}"#);
    home.succeed(&["tier", "create", "platinum"]);
    let added = home.succeed(&["subscription", "create", "--application", &id, "--api", "pasta/2", "--tier", "platinum"]);
    assert_eq!(added, json!({ "application": id, "api": "pasta/2", "tier": "platinum", "state": "active" }));
}

#[test]
fn an_edge_key_is_shown_once() {
    let home = Home::new();
    let created = home.succeed(&["admin", "edge-key", "create", "edge-1"]);
    assert_eq!(created["name"], "edge-1");
    assert!(created["edge_key"].as_str().unwrap().starts_with("edge_"));
    assert!(home.fail(&["admin", "edge-key", "create", "edge-1"]).contains("the edge key `edge-1` already exists"));
    home.misuse(&["admin", "edge-key", "create", ""]);
}

#[test]
fn edge_keys_are_listed_without_the_keys() {
    let home = Home::new();
    for name in ["edge-2", "edge-1"] {
        home.succeed(&["admin", "edge-key", "create", name]);
    }
    let list = || home.succeed(&["admin", "edge-key", "list"])["edge_keys"].as_array().unwrap().clone();
    let names: Vec<_> = list().iter().map(|key| key["name"].clone()).collect();
    assert_eq!(names, ["edge-1", "edge-2"]);
    assert!(list().iter().all(|key| key["created_at"].is_u64() && key.as_object().unwrap().len() == 3));
    assert!(list().iter().all(|key| key["environment"] == "production"));
    assert_eq!(home.succeed(&["admin", "edge-key", "delete", "edge-1"]), json!({ "removed": "edge-1" }));
    assert_eq!(list().len(), 1);
    assert!(home.fail(&["admin", "edge-key", "delete", "edge-1"]).contains("there is no edge key `edge-1`"));
}

#[test]
fn an_application_changes_its_owner_and_is_blocked() {
    let (home, id) = Home::with_application();
    home.succeed(&["admin", "member", "create", "bob", "--role", "developer"]);
    let error = home.fail(&["application", "change", &id, "--owner", "nobody"]);
    assert!(error.contains("there is no member `nobody`"), "{error}");
    let changed = home.succeed(&["application", "change", &id, "--owner", "bob", "--name", "Shop"]);
    assert_eq!((&changed["owner"], &changed["name"]), (&json!("bob"), &json!("Shop")));
    assert!(home.succeed(&["application", "change", "Shop", "--no-owner"]).get("owner").is_none());
    home.generate(&id, "production", &[]);
    assert_eq!(home.succeed(&["application", "block", "Shop"])["state"], "blocked");
    assert_eq!(home.tokens(&id)[0]["state"], "revoked");
    assert!(home.fail(&["token", "regenerate", "--application", &id, "--key-type", "production"]).contains("is blocked"));
    home.succeed(&["application", "unblock", &id]);
    home.regenerate(&id, "production", &[]);
}

#[test]
fn a_change_of_an_api_keeps_fields_that_are_not_given() {
    let home = Home::new();
    let write = |document: serde_json::Value| home.write("api.json", &document.to_string());
    let file = write(json!({ "name": "pizza", "version": "1", "context": "/pizza" }));
    home.succeed(&["api", "create", &file, "--approval"]);
    let file = write(json!({ "name": "pizza", "version": "1", "context": "/p" }));
    let changed = home.succeed(&["api", "change", "pizza/1", "--file", &file]);
    assert_eq!((&changed["context"], &changed["approval"]), (&json!("/p"), &json!(true)));
    let changed = home.succeed(&["api", "change", "pizza/1", "--approval", "false"]);
    assert_eq!((&changed["context"], &changed["approval"]), (&json!("/p"), &json!(false)));
    let file = write(json!({ "name": "pizza", "version": "2", "context": "/p" }));
    assert!(home.fail(&["api", "change", "pizza/1", "--file", &file]).contains("cannot be changed"));
    assert_eq!(home.succeed(&["api", "delete", "pizza/1"]), json!({ "removed": "pizza/1", "revoked": 0 }));
    assert!(home.fail(&["api", "show", "pizza/1"]).contains("there is no API `pizza/1`"));
}
