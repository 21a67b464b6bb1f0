//! `postern admin defaults`

use serde_json::json;

use crate::harness::{Home, verified};

#[test]
fn a_changed_default_affects_new_applications_only() {
    let (home, old) = Home::with_application();
    assert_eq!(home.succeed(&["admin", "defaults", "show"]), json!({ "application_validity": 3600, "user_validity": 3600 }));
    let changed = home.succeed(&["admin", "defaults", "set", "--application-validity", "60"]);
    assert_eq!(changed, json!({ "application_validity": 60, "user_validity": 3600 }));
    let new = home.create_application("New app");

    assert_eq!(home.generate(&old, "production", &[]).0["expires_in"], 3600);
    assert_eq!(home.generate(&new, "production", &[]).0["expires_in"], 60);
    let applications = home.succeed(&["application", "list"])["applications"].clone();
    assert_eq!(applications[0]["application_validity"], 3600);
    assert_eq!(applications[1]["application_validity"], 60);
    // The validity of a key set overrides that of the application.
    assert_eq!(home.generate(&new, "sandbox", &["--validity", "7"]).0["expires_in"], 7);
}

#[test]
fn a_negative_default_means_never_expires() {
    let home = Home::new();
    let forever = ["admin", "defaults", "set", "--application-validity", "-5", "--user-validity", "120"];
    // A new issuer does not allow it.
    assert!(home.fail(&forever).contains("tokens that never expire are not allowed"));
    home.allow_forever();
    let changed = home.succeed(&forever);
    assert_eq!(changed, json!({ "application_validity": -1, "user_validity": 120 }));
    let id = home.create_application("App");
    let minted = home.generate(&id, "sandbox", &[]);
    assert!(minted.0.get("expires_in").is_none());
    verified(&home, minted.token(), |claims| assert_eq!(claims.exp, None));
    let records = home.tokens(&id);
    assert!(records[0].get("expires_at").is_none());
}

#[test]
fn an_invalid_validity_is_a_usage_error() {
    let home = Home::new();
    for bad in ["0", "x", "1.5", "", "3153600001", "99999999999999999999"] {
        home.misuse(&["admin", "defaults", "set", "--application-validity", bad]);
    }
    home.misuse(&["admin", "defaults", "set"]);
    assert_eq!(home.succeed(&["admin", "defaults", "show"])["application_validity"], 3600);
}
