//! The commands that revoke tokens.

use serde_json::{Value, json};

use crate::harness::{Home, Minted, verified};

fn states(home: &Home, application: &str) -> Vec<Value> {
    home.tokens(application).iter().map(|token| token["state"].clone()).collect()
}

/// Whether the current bundle marks the token as revoked.
fn is_revoked(home: &Home, token: &Minted) -> bool {
    let bundle = postern_token::bundle::Bundle::from_json(&home.bundle()).unwrap();
    verified(home, token.token(), |claims| {
        let status = claims.status.as_ref().unwrap();
        let listed = bundle.issuers[0].status_lists.iter().find(|list| list.uri == status.uri).unwrap();
        listed.list.as_ref().unwrap().list.status(status.index) == Some(postern_token::Status::Revoked)
    })
}

#[test]
fn a_token_is_revoked_by_its_id() {
    let (home, id) = Home::with_application();
    let (one, other) = (home.generate(&id, "production", &[]), home.generate(&id, "sandbox", &[]));
    let jti = home.tokens(&id)[0]["jti"].as_str().unwrap().to_owned();
    assert_eq!(home.succeed(&["token", "revoke", &jti]), json!({ "revoked": 1 }));
    assert_eq!(home.succeed(&["token", "revoke", &jti]), json!({ "revoked": 0 }));
    assert_eq!(states(&home, &id), ["revoked", "active"]);
    assert!(is_revoked(&home, &one) && !is_revoked(&home, &other));
    // If the token itself is given, the error says what to give, and does not repeat the token.
    for wrong in [other.token(), "nobody", ""] {
        let error = home.fail(&["token", "revoke", wrong]);
        assert!(error.contains("`postern token list`") && (wrong.is_empty() || !error.contains(wrong)), "{error}");
    }
}

#[test]
fn all_tokens_of_an_application_are_revoked_together() {
    let (home, id) = Home::with_application();
    home.generate(&id, "production", &[]);
    home.generate(&id, "sandbox", &[]);
    assert_eq!(home.succeed(&["token", "revoke", "--all", "--application", &id]), json!({ "revoked": 2 }));
    assert_eq!(states(&home, &id), ["revoked", "revoked"]);
    let again = home.regenerate(&id, "production", &[]);
    assert!(!is_revoked(&home, &again));
    for wrong in [
        &["token", "revoke"][..],
        &["token", "revoke", "--all"],
        &["token", "revoke", "--application", &id],
        &["token", "revoke", "x", "--all", "--application", &id],
        &["token", "revoke", "x", "--application", &id],
    ] {
        home.misuse(wrong);
    }
    assert!(home.fail(&["token", "revoke", "--all", "--application", "app_nobody"]).contains("no application `app_nobody`"));
}

#[test]
fn regenerate_revokes_the_previous_token() {
    let (home, id) = Home::with_application();
    let first = home.generate(&id, "production", &[]);
    let second = home.regenerate(&id, "production", &[]);
    assert!(is_revoked(&home, &first) && !is_revoked(&home, &second));
}

#[test]
fn an_application_is_deleted() {
    let (home, id) = Home::with_application();
    let token = home.generate(&id, "production", &[]);
    home.create_application("Twin");
    home.create_application("Twin");
    let error = home.fail(&["application", "delete", "Twin"]);
    assert!(error.contains("several applications have the name `Twin`"), "{error}");
    assert!(home.fail(&["application", "delete", "Nobody"]).contains("the id or name `Nobody`"));
    let deleted = home.succeed(&["application", "delete", "Pizza app"]);
    assert_eq!(deleted, json!({ "deleted": id, "name": "Pizza app", "revoked": 1 }));
    assert!(is_revoked(&home, &token));
    assert_eq!(states(&home, &id), ["revoked"]);
    let left = home.succeed(&["application", "list"])["applications"].to_string();
    assert!(!left.contains(&id), "{left}");
    let error = home.fail(&["token", "create", "--application", &id, "--key-type", "sandbox"]);
    assert!(error.contains("there is no application"), "{error}");
}

#[test]
fn a_subscription_is_removed() {
    let (home, id) = Home::with_application();
    let token = home.generate(&id, "production", &[]);
    let remove = ["subscription", "delete", "--application", &id, "--api", "pizza/1.0.0"];
    assert_eq!(home.succeed(&remove), json!({ "application": id, "api": "pizza/1.0.0", "revoked": 1 }));
    assert!(is_revoked(&home, &token));
    assert!(home.fail(&remove).contains("is not subscribed to `pizza/1.0.0`"));
    let after = home.regenerate(&id, "production", &[]);
    verified(&home, after.token(), |claims| assert_eq!(claims.apis, postern_token::Subscriptions::default()));
}
