//! `/oauth2/device_authorization` and the device code grant (RFC 8628).

use std::sync::Barrier;
use std::thread;

use serde_json::json;

use super::user_tokens::assert_refused;
use crate::harness::users::{ALICE, Client, ClientSettings, PASSWORD, Users, refresh, text};
use crate::harness::{Browser, Database, ISSUER, Response, on_both, verified};

on_both!(
    a_device_gets_tokens_once_its_user_has_allowed_it,
    a_device_code_is_valid_once_and_for_its_own_client,
    a_device_that_polls_too_often_is_slowed_down,
    a_device_gets_only_the_scopes_that_the_page_showed,
);

fn begin(users: &Users, client: &Client, form: &str) -> Response {
    users.server.send(&client.request("/oauth2/device_authorization", form))
}

fn poll(users: &Users, client: &Client, device_code: &str) -> Response {
    users.ask(client, &format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code={device_code}"))
}

/// Backdates the last poll of each device, so that the next one is not too early.
fn pass_interval(users: &Users) {
    users.home.query("UPDATE device_codes SET asked_at = asked_at - 60");
}

fn a_device_gets_tokens_once_its_user_has_allowed_it(database: Database) {
    let users = Users::new(database);
    for client in
        [users.client(ClientSettings::default()), users.client(ClientSettings { public: true, ..ClientSettings::default() })]
    {
        let begun = begin(&users, &client, "scope=menu");
        assert_eq!((begun.status, begun.header("cache-control")), (200, Some("no-store")), "{}", begun.text());
        let (device_code, user_code) = (text(&begun, "device_code"), text(&begun, "user_code"));
        let body = begun.json();
        assert_eq!((&body["expires_in"], &body["interval"]), (&json!(600), &json!(5)));
        assert_eq!(text(&begun, "verification_uri"), format!("{ISSUER}/device"));
        assert_eq!(text(&begun, "verification_uri_complete"), format!("{ISSUER}/device?user_code={user_code}"));
        assert_refused(&poll(&users, &client, &device_code), 400, "authorization_pending");
        users.decide(&user_code, true);
        pass_interval(&users);
        let given = poll(&users, &client, &device_code);
        assert_eq!((given.status, &given.json()["scope"]), (200, &json!("menu")), "{}", given.text());
        verified(&users.home, &text(&given, "access_token"), |claims| assert_eq!(claims.sub.as_str(), ALICE));
        assert_eq!(users.ask(&client, &refresh(&text(&given, "refresh_token"))).status, 200);
        // A device code is valid once.
        pass_interval(&users);
        assert_refused(&poll(&users, &client, &device_code), 400, "invalid_grant");
    }
}

fn a_device_code_is_valid_once_and_for_its_own_client(database: Database) {
    let users = Users::new(database);
    let (client, other) = (users.client(ClientSettings::default()), users.client(ClientSettings::default()));
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
    // A denied and an expired device code.
    let denied = begin(&users, &client, "");
    users.decide(&text(&denied, "user_code"), false);
    assert_refused(&poll(&users, &client, &text(&denied, "device_code")), 400, "access_denied");
    let late = begin(&users, &client, "");
    users.home.query("UPDATE device_codes SET expires_at = expires_at - 600 WHERE state = 'waiting'");
    assert_refused(&poll(&users, &client, &text(&late, "device_code")), 400, "expired_token");
}

fn a_device_that_polls_too_often_is_slowed_down(database: Database) {
    let users = Users::new(database);
    let client = users.client(ClientSettings::default());
    let begun = begin(&users, &client, "");
    let device_code = text(&begun, "device_code");
    assert_refused(&poll(&users, &client, &device_code), 400, "authorization_pending");
    assert_refused(&poll(&users, &client, &device_code), 400, "slow_down");
    assert_eq!(users.home.query("SELECT pause FROM device_codes"), "10");
    pass_interval(&users);
    assert_refused(&poll(&users, &client, &device_code), 400, "authorization_pending");
}

#[test]
fn an_invalid_device_authorization_request_is_refused() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    let without = users.client(ClientSettings { grant_types: &["authorization_code"], public: false });
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

#[test]
fn the_page_says_what_scopes_allow() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    users.home.succeed(&["admin", "scope", "change", "menu", "--description", "Read the <menu>"]);
    let begun = begin(&users, &client, "scope=menu+orders");
    let mut alice = Browser::new(&users.server);
    alice.sign_in("/sign-in", "alice", PASSWORD);
    let entry = alice.get("/device");
    let page = alice.submit(&entry, &[("user_code", &text(&begun, "user_code"))]);
    let shown = "<strong><bdi>Read the &#60;menu&#62;</bdi></strong> <code>menu</code>";
    assert!(page.html.contains(shown) && page.html.contains("<strong><bdi>orders</bdi></strong>"), "{}", page.html);
    // The form sends back the scopes, not their descriptions.
    assert_eq!(alice.submit(&page, &[("decision", "allow")]).status(), 200);
    let given = poll(&users, &client, &text(&begun, "device_code"));
    assert_eq!((given.status, &given.json()["scope"]), (200, &json!("orders menu")), "{}", given.text());
}

fn a_device_gets_only_the_scopes_that_the_page_showed(database: Database) {
    let users = Users::new(database);
    let client = users.client(ClientSettings::default());
    let scopes = |scopes: &[&str]| users.change_keys(&client, scopes);
    let mut alice = Browser::new(&users.server);
    alice.sign_in("/sign-in", "alice", PASSWORD);
    for (while_shown, expected) in [(&["--scope", "orders"][..], "orders"), (&["--no-scope"], "")] {
        // The code is for both scopes. The developer takes one away, and gives it back while the user reads the page.
        let begun = begin(&users, &client, "");
        let user_code = text(&begun, "user_code");
        scopes(while_shown);
        let entry = alice.get("/device");
        let page = alice.submit(&entry, &[("user_code", &user_code)]);
        assert!(page.status() == 200 && !page.html.contains("menu"), "{}", page.html);
        scopes(&["--scope", "orders", "--scope", "menu"]);
        assert_eq!(alice.submit(&page, &[("decision", "allow")]).status(), 200);
        let given = poll(&users, &client, &text(&begun, "device_code"));
        assert_eq!((given.status, given.json()["scope"].as_str().unwrap_or_default()), (200, expected), "{}", given.text());
    }
}
