//! `/oauth2/device_authorization`, and what a device asks for after that (RFC 8628).

use std::sync::Barrier;
use std::thread;

use serde_json::json;

use super::user_tokens::assert_refused;
use crate::harness::users::{ALICE, Client, Users, Wanted, refresh, text};
use crate::harness::{ISSUER, On, Response, on_both, verified};

on_both!(
    a_device_gets_what_its_user_allowed,
    a_device_code_counts_once_and_for_its_own_client,
    a_device_that_asks_too_often_waits,
);

fn begin(users: &Users, client: &Client, form: &str) -> Response {
    users.server.send(&client.request("/oauth2/device_authorization", form))
}

fn poll(users: &Users, client: &Client, device_code: &str) -> Response {
    users.ask(client, &format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code={device_code}"))
}

/// Makes as if the device had waited for as long as it has to.
fn wait(users: &Users) {
    users.home.query("UPDATE device_codes SET asked_at = asked_at - 60");
}

fn a_device_gets_what_its_user_allowed(on: On) {
    let users = Users::new(on);
    for client in [users.client(Wanted::default()), users.client(Wanted { public: true, ..Wanted::default() })] {
        let begun = begin(&users, &client, "scope=menu");
        assert_eq!((begun.status, begun.header("cache-control")), (200, Some("no-store")), "{}", begun.text());
        let (device_code, user_code) = (text(&begun, "device_code"), text(&begun, "user_code"));
        let body = begun.json();
        assert_eq!((&body["expires_in"], &body["interval"]), (&json!(600), &json!(5)));
        assert_eq!(text(&begun, "verification_uri"), format!("{ISSUER}/device"));
        assert_eq!(text(&begun, "verification_uri_complete"), format!("{ISSUER}/device?user_code={user_code}"));
        assert_refused(&poll(&users, &client, &device_code), 400, "authorization_pending");
        users.decide(&user_code, true);
        wait(&users);
        let given = poll(&users, &client, &device_code);
        assert_eq!((given.status, &given.json()["scope"]), (200, &json!("menu")), "{}", given.text());
        verified(&users.home, &text(&given, "access_token"), |claims| assert_eq!(claims.sub.as_str(), ALICE));
        assert_eq!(users.ask(&client, &refresh(&text(&given, "refresh_token"))).status, 200);
        // Once.
        wait(&users);
        assert_refused(&poll(&users, &client, &device_code), 400, "invalid_grant");
    }
}

fn a_device_code_counts_once_and_for_its_own_client(on: On) {
    let users = Users::new(on);
    let (client, other) = (users.client(Wanted::default()), users.client(Wanted::default()));
    let begun = begin(&users, &client, "");
    let device_code = text(&begun, "device_code");
    users.decide(&text(&begun, "user_code"), true);
    assert_refused(&poll(&users, &other, &device_code), 400, "invalid_grant");
    for unknown in ["x", "pod_x", "%00", &"x".repeat(10_000), &text(&begun, "user_code")] {
        assert_refused(&poll(&users, &client, unknown), 400, "invalid_grant");
    }
    let start = Barrier::new(10);
    let good = thread::scope(|scope| {
        let ask = || {
            start.wait();
            poll(&users, &client, &device_code).status == 200
        };
        let threads: Vec<_> = (0..10).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|good| *good).count()
    });
    assert_eq!(good, 1);
    // Denied, and too late.
    let denied = begin(&users, &client, "");
    users.decide(&text(&denied, "user_code"), false);
    assert_refused(&poll(&users, &client, &text(&denied, "device_code")), 400, "access_denied");
    let late = begin(&users, &client, "");
    users.home.query("UPDATE device_codes SET expires_at = expires_at - 600 WHERE state = 'waiting'");
    assert_refused(&poll(&users, &client, &text(&late, "device_code")), 400, "expired_token");
}

fn a_device_that_asks_too_often_waits(on: On) {
    let users = Users::new(on);
    let client = users.client(Wanted::default());
    let begun = begin(&users, &client, "");
    let device_code = text(&begun, "device_code");
    assert_refused(&poll(&users, &client, &device_code), 400, "authorization_pending");
    assert_refused(&poll(&users, &client, &device_code), 400, "slow_down");
    assert_eq!(users.home.query("SELECT pause FROM device_codes"), "10");
    wait(&users);
    assert_refused(&poll(&users, &client, &device_code), 400, "authorization_pending");
}

#[test]
fn who_may_not_begin_is_refused() {
    let users = Users::new(On::Sqlite);
    let client = users.client(Wanted::default());
    let without = users.client(Wanted { grant_types: &["authorization_code"], public: false });
    assert_refused(&begin(&users, &without, ""), 400, "unauthorized_client");
    assert_refused(&begin(&users, &client, "scope=admin"), 400, "invalid_scope");
    assert_refused(&begin(&users, &client, "scope=menu&scope=menu"), 400, "invalid_request");
    let wrong = Client { secret: Some("wrong".into()), ..client.clone() };
    assert_refused(&begin(&users, &wrong, ""), 401, "invalid_client");
    let silent = Client { secret: None, ..client.clone() };
    assert_refused(&begin(&users, &silent, ""), 401, "invalid_client");
    let missing = users.ask(&client, "grant_type=urn:ietf:params:oauth:grant-type:device_code");
    assert_refused(&missing, 400, "invalid_request");
    assert_eq!(users.home.query("SELECT count(*) FROM device_codes"), "0");
}
