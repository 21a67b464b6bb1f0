//! The grant type `authorization_code` (RFC 6749 section 4.1.3).

use postern_token::Kind;
use serde_json::json;

use super::assert_refused;
use crate::harness::users::{ALICE, CALLBACK, Client, ClientSettings, Users, VERIFIER, exchange, refresh, text};
use crate::harness::{Database, on_both, verified};

on_both!(
    a_code_is_exchanged_for_a_user_token,
    a_code_is_valid_once_and_for_its_own_client,
    a_request_that_does_not_match_the_code_is_refused,
);

fn a_code_is_exchanged_for_a_user_token(database: Database) {
    let users = Users::new(database);
    let client = users.client(ClientSettings::default());
    let answer = users.ask(&client, &exchange(&users.consent(&client, Some("menu"))));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"], &body["scope"]), (&json!("Bearer"), &json!(3600), &json!("menu")));
    assert_eq!(body.as_object().unwrap().len(), 5);
    assert!(text(&answer, "refresh_token").starts_with("por_local."));
    verified(&users.home, &text(&answer, "access_token"), |claims| {
        assert_eq!((claims.kind, claims.sub.as_str()), (Kind::User, ALICE));
        assert_eq!((claims.client_id.as_str(), claims.app.as_str()), (client.id.as_str(), client.application.as_str()));
        assert_eq!(claims.scope.as_ref().unwrap().as_str(), "menu");
        assert!(claims.status.is_some());
    });
    let form = format!("token={}", text(&answer, "access_token"));
    let introspected = users.server.send(&client.request("/oauth2/introspect", &form)).json();
    assert_eq!(
        (&introspected["active"], &introspected["sub"], &introspected["kind"]),
        (&json!(true), &json!(ALICE), &json!("user"))
    );
    // A client with one redirect URI may omit it. It may also request a validity.
    let code = users.consent(&client, None);
    let form = format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}&validity_period=60");
    let answer = users.ask(&client, &form);
    assert_eq!((answer.status, &answer.json()["expires_in"]), (200, &json!(60)), "{}", answer.text());
    let log = std::fs::read_to_string(users.home.path("log")).unwrap();
    for secret in [code, text(&answer, "access_token"), text(&answer, "refresh_token"), VERIFIER.to_owned()] {
        assert!(!log.contains(&secret), "a secret is in the log");
    }
}

fn a_code_is_valid_once_and_for_its_own_client(database: Database) {
    let users = Users::new(database);
    let (client, other) = (users.client(ClientSettings::default()), users.client(ClientSettings::default()));
    let code = users.consent(&client, None);
    assert_refused(&users.ask(&other, &exchange(&code)), 400, "invalid_grant");
    let answer = users.ask(&client, &exchange(&code));
    let (access, refresh_token) = (text(&answer, "access_token"), text(&answer, "refresh_token"));
    assert!(users.is_active(&client, &access));
    // A second use of the code is refused and revokes the tokens of the first.
    assert_refused(&users.ask(&client, &exchange(&code)), 400, "invalid_grant");
    assert!(!users.is_active(&client, &access) && !users.is_active(&client, &refresh_token));
    assert_refused(&users.ask(&client, &refresh(&refresh_token)), 400, "invalid_grant");
}

fn a_request_that_does_not_match_the_code_is_refused(database: Database) {
    let users = Users::new(database);
    let client = users.client(ClientSettings::default());
    let code = users.consent(&client, None);
    let ask = |code: &str, redirect_uri: &str, verifier: &str| {
        let form = format!("grant_type=authorization_code&code={code}&redirect_uri={redirect_uri}&code_verifier={verifier}");
        users.ask(&client, &form)
    };
    let (short, long, strange) = ("short", "x".repeat(129), format!("{VERIFIER}%20"));
    for verifier in [short, &long, &strange, &VERIFIER.to_uppercase(), &format!("{VERIFIER}0")] {
        assert_refused(&ask(&code, CALLBACK, verifier), 400, "invalid_grant");
    }
    for near in ["https://app.example/callback/", "https://app.example/callback%3Fx", "https://APP.example/callback", "x"] {
        assert_refused(&ask(&code, near, VERIFIER), 400, "invalid_grant");
    }
    for unknown in
        ["x", "poc_local.x", "poc_nowhere.x", "poc_.x", "%00", "'%20OR%201=1", &"x".repeat(10_000), &code[..code.len() - 1]]
    {
        assert_refused(&ask(unknown, CALLBACK, VERIFIER), 400, "invalid_grant");
    }
    let half = format!("grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}");
    for missing in [
        half.clone(),
        format!("{half}&code_verifier="),
        format!("grant_type=authorization_code&redirect_uri={CALLBACK}&code_verifier={VERIFIER}"),
        format!("{half}&code_verifier={VERIFIER}&code_verifier={VERIFIER}"),
        format!("{half}&code_verifier={VERIFIER}&validity_period=soon"),
    ] {
        assert_refused(&users.ask(&client, &missing), 400, "invalid_request");
    }
    let other_resource = format!("{}&resource=https://other.example", exchange(&code));
    assert_refused(&users.ask(&client, &other_resource), 400, "invalid_target");
    let wrong = Client { secret: Some("wrong".into()), ..client.clone() };
    assert_refused(&users.ask(&wrong, &exchange(&code)), 401, "invalid_client");
    // The refused requests have not used up the code.
    assert_eq!(users.ask(&client, &exchange(&code)).status, 200);
}

#[test]
fn the_answer_names_the_scopes_where_they_differ_from_what_was_asked() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    let bind = |scope: &str| users.home.succeed(&["admin", "scope", "change", scope, "--roles", "chiefs"]);
    // Alice has another role. She is asked for `orders menu` each time.
    bind("orders");
    let tokens = users.sign_in(&client);
    assert_eq!((tokens.status, &tokens.json()["scope"]), (200, &json!("menu")), "{}", tokens.text());
    bind("menu");
    // Also where nothing is left of them.
    let renewed = users.ask(&client, &refresh(&text(&tokens, "refresh_token")));
    assert_eq!((renewed.status, &renewed.json()["scope"]), (200, &json!("")), "{}", renewed.text());
    assert!(verified(&users.home, &text(&renewed, "access_token"), |claims| claims.scope.is_none()));
}
