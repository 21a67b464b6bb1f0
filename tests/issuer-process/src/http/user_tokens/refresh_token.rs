//! The grant type `refresh_token` (RFC 6749 section 6; RFC 9700 section 4.14.2).

use std::sync::Barrier;
use std::thread;

use serde_json::json;

use super::assert_refused;
use crate::harness::users::{ALICE, Client, ClientSettings, Users, exchange, refresh, text};
use crate::harness::{Database, on_both};

on_both!(
    a_refresh_token_is_replaced_by_a_new_one,
    refresh_token_reuse_ends_the_grant_also_after_a_restart,
    a_request_whose_answer_was_lost_is_repeated_also_after_a_restart,
    twenty_concurrent_requests_leave_one_live_pair,
    an_invalid_or_foreign_refresh_token_is_refused,
    a_locked_user_and_a_blocked_application_get_no_token,
);

/// Backdates the use of refresh tokens beyond the grace, within which a token may be used again.
fn let_the_grace_pass(users: &Users) {
    users.home.query("UPDATE \"refresh_tokens@local\" SET spent_at = spent_at - 61 WHERE spent_at IS NOT NULL");
}

fn live_tokens(users: &Users) -> String {
    users.home.query("SELECT count(*) FROM \"tokens@local\" WHERE state = 'active'")
}

fn a_refresh_token_is_replaced_by_a_new_one(database: Database) {
    let users = Users::new(database);
    let client = users.client(ClientSettings::default());
    let first = users.sign_in(&client);
    let second = users.ask(&client, &refresh(&text(&first, "refresh_token")));
    assert_eq!((second.status, &second.json()["scope"]), (200, &json!("orders menu")), "{}", second.text());
    assert_ne!(text(&first, "refresh_token"), text(&second, "refresh_token"));
    assert!(users.is_active(&client, &text(&second, "access_token")) && !users.is_active(&client, &text(&first, "access_token")));
    // A request for fewer scopes does not change the grant.
    let third = users.ask(&client, &format!("{}&scope=menu&validity_period=60", refresh(&text(&second, "refresh_token"))));
    assert_eq!((&third.json()["scope"], &third.json()["expires_in"]), (&json!("menu"), &json!(60)));
    let fourth = users.ask(&client, &refresh(&text(&third, "refresh_token")));
    assert_eq!(fourth.json()["scope"], "orders menu");
    assert_eq!(live_tokens(&users), "1");
}

fn refresh_token_reuse_ends_the_grant_also_after_a_restart(database: Database) {
    let users = Users::new(database);
    let client = users.client(ClientSettings::default());
    let first = text(&users.sign_in(&client), "refresh_token");
    let second = users.ask(&client, &refresh(&first));
    let users = users.restarted();
    let third = users.ask(&client, &refresh(&text(&second, "refresh_token")));
    assert!(users.is_active(&client, &text(&third, "access_token")));
    // The successor was used.
    assert_refused(&users.ask(&client, &refresh(&first)), 400, "invalid_grant");
    assert!(!users.is_active(&client, &text(&third, "access_token")));
    let users = users.restarted();
    assert_refused(&users.ask(&client, &refresh(&text(&third, "refresh_token"))), 400, "invalid_grant");
    assert_eq!(live_tokens(&users), "0");
}

fn a_request_whose_answer_was_lost_is_repeated_also_after_a_restart(database: Database) {
    let users = Users::new(database);
    users.home.succeed(&["admin", "settings", "change", "--refresh-grace", "600s"]);
    let client = users.client(ClientSettings::default());
    let first = text(&users.sign_in(&client), "refresh_token");
    let lost = users.ask(&client, &refresh(&first));
    let users = users.restarted();
    let repeated = users.ask(&client, &refresh(&first));
    assert_eq!(repeated.status, 200, "{}", repeated.text());
    for token in ["access_token", "refresh_token"] {
        assert!(users.is_active(&client, &text(&repeated, token)) && !users.is_active(&client, &text(&lost, token)), "{token}");
    }
    assert_eq!(live_tokens(&users), "1");
    users.home.succeed(&["admin", "settings", "change", "--refresh-grace", "60s"]);
    let_the_grace_pass(&users);
    assert_refused(&users.ask(&client, &refresh(&first)), 400, "invalid_grant");
    assert_eq!(live_tokens(&users), "0");
}

fn twenty_concurrent_requests_leave_one_live_pair(database: Database) {
    let users = Users::new(database);
    let client = users.client(ClientSettings::default());
    let token = text(&users.sign_in(&client), "refresh_token");
    users.home.succeed(&["admin", "settings", "change", "--refresh-grace", "600s"]);
    let start = Barrier::new(20);
    let answers: Vec<_> = thread::scope(|scope| {
        let ask = || {
            start.wait();
            users.ask_patiently(&client, &refresh(&token))
        };
        let threads: Vec<_> = (0..20).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(live_tokens(&users), "1");
    let active = |name: &str| answers.iter().filter(|answer| users.is_active(&client, &text(answer, name))).count();
    assert_eq!((active("access_token"), active("refresh_token")), (1, 1));
    let next = users.ask(&client, &refresh(&text(&answers[3], "refresh_token")));
    assert_eq!((next.status, live_tokens(&users).as_str()), (200, "1"), "{}", next.text());
    // The client continues from one answer only.
    assert_refused(&users.ask(&client, &refresh(&text(&answers[4], "refresh_token"))), 400, "invalid_grant");
    assert_eq!(live_tokens(&users), "0");
}

fn an_invalid_or_foreign_refresh_token_is_refused(database: Database) {
    let users = Users::new(database);
    let (client, other) = (users.client(ClientSettings::default()), users.client(ClientSettings::default()));
    let given = users.sign_in(&client);
    let (access, token) = (text(&given, "access_token"), text(&given, "refresh_token"));
    assert_refused(&users.ask(&other, &refresh(&token)), 400, "invalid_grant");
    for wrong in [&access, "x", "por_local.x", "por_nowhere.x", "%00", &"x".repeat(10_000), &token[..token.len() - 1]] {
        assert_refused(&users.ask(&client, &refresh(wrong)), 400, "invalid_grant");
    }
    for wider in ["orders%20menu%20admin", "admin", "%22", "orders%20%20menu%20x"] {
        assert_refused(&users.ask(&client, &format!("{}&scope={wider}", refresh(&token))), 400, "invalid_scope");
    }
    assert_refused(&users.ask(&client, "grant_type=refresh_token"), 400, "invalid_request");
    let wrong = Client { secret: Some("wrong".into()), ..client.clone() };
    assert_refused(&users.ask(&wrong, &refresh(&token)), 401, "invalid_client");
    let without = users.client(ClientSettings { grant_types: &["authorization_code"], public: false });
    assert!(users.sign_in(&without).json().get("refresh_token").is_none());
    assert_refused(&users.ask(&without, &refresh(&token)), 400, "unauthorized_client");
    // Another client can neither introspect nor revoke the refresh token.
    assert!(users.is_active(&client, &token) && !users.is_active(&other, &token));
    assert_eq!(users.server.send(&other.request("/oauth2/revoke", &format!("token={token}"))).status, 200);
    let next = users.ask(&client, &refresh(&token));
    assert_eq!(next.status, 200, "{}", next.text());
    // The client itself can revoke it, which ends the grant, even with a wrong hint.
    let form = format!("token={}&token_type_hint=access_token", text(&next, "refresh_token"));
    assert_eq!(users.server.send(&client.request("/oauth2/revoke", &form)).status, 200);
    assert!(!users.is_active(&client, &text(&next, "access_token")));
    assert_refused(&users.ask(&client, &refresh(&text(&next, "refresh_token"))), 400, "invalid_grant");
}

fn a_locked_user_and_a_blocked_application_get_no_token(database: Database) {
    let users = Users::new(database);
    let client = users.client(ClientSettings::default());
    let (given, code) = (users.sign_in(&client), users.consent(&client, None));
    users.home.succeed(&["admin", "user", "lock", ALICE]);
    assert!(!users.is_active(&client, &text(&given, "access_token")));
    assert_refused(&users.ask(&client, &refresh(&text(&given, "refresh_token"))), 400, "invalid_grant");
    assert_refused(&users.ask(&client, &exchange(&code)), 400, "invalid_grant");
    users.home.succeed(&["admin", "user", "unlock", ALICE]);
    assert_refused(&users.ask(&client, &refresh(&text(&given, "refresh_token"))), 400, "invalid_grant");
    let given = users.sign_in(&client);
    users.home.succeed(&["application", "block", &client.application]);
    assert!(!users.is_active(&client, &text(&given, "access_token")));
    assert_refused(&users.ask(&client, &refresh(&text(&given, "refresh_token"))), 400, "unauthorized_client");
}
