//! The grant type `password` (RFC 6749 section 4.3).

use super::assert_refused;
use crate::harness::users::{ALICE, Client, ClientSettings, PASSWORD, Users, refresh, text};
use crate::harness::{Database, Request, on_both, verified};

on_both!(the_password_grant_is_off_until_an_administrator_allows_it, an_unknown_user_and_a_wrong_password_get_the_same_response,);

fn allow(users: &Users, client: &Client) {
    users.change_application(client, &["--passwords", "true"]);
}

fn form(user: &str, password: &str) -> String {
    format!("grant_type=password&username={user}&password={password}")
}

fn the_password_grant_is_off_until_an_administrator_allows_it(database: Database) {
    let users = Users::new(database);
    let client = users.client(ClientSettings::default());
    let good = form("alice", PASSWORD);
    assert_refused(&users.ask(&client, &good), 400, "unauthorized_client");
    allow(&users, &client);
    let given = users.ask(&client, &format!("{good}&scope=menu"));
    assert_eq!(given.status, 200, "{}", given.text());
    verified(&users.home, &text(&given, "access_token"), |claims| assert_eq!(claims.sub.as_str(), ALICE));
    assert_eq!(users.ask(&client, &refresh(&text(&given, "refresh_token"))).status, 200);
    assert_eq!(users.ask(&client, &form("Alice@local", PASSWORD)).status, 200);
    let log = std::fs::read_to_string(users.home.path("log")).unwrap();
    assert!(!log.contains(PASSWORD) && !log.contains("horse"));
    for missing in
        ["grant_type=password&username=alice", "grant_type=password&password=x", "grant_type=password&username=&password=x"]
    {
        assert_refused(&users.ask(&client, missing), 400, "invalid_request");
    }
    assert_refused(&users.ask(&client, &format!("{good}&scope=admin")), 400, "invalid_scope");
    let without = users.client(ClientSettings { grant_types: &["client_credentials"], public: false });
    allow(&users, &without);
    assert_refused(&users.ask(&without, &good), 400, "unauthorized_client");
}

fn an_unknown_user_and_a_wrong_password_get_the_same_response(database: Database) {
    let users = Users::new(database);
    let client = users.client(ClientSettings::default());
    allow(&users, &client);
    let wrong = users.ask(&client, &form("alice", "wrong"));
    assert_refused(&wrong, 400, "invalid_grant");
    for name in ["nobody", "alice@nowhere", "nobody@local", "%00", "'--", "a%0d%0ab", &"x".repeat(10_000), "%22"] {
        assert_eq!(users.ask(&client, &form(name, "wrong")).text(), wrong.text(), "`{name:.20}`");
    }
    for password in ["%00", &"x".repeat(50_000), "%20"] {
        assert_eq!(users.ask(&client, &form("alice", password)).text(), wrong.text());
    }
    let stranger = Client { secret: Some("wrong".into()), ..client };
    assert_refused(&users.ask(&stranger, &form("alice", PASSWORD)), 401, "invalid_client");
}

#[test]
fn guesses_are_throttled_for_their_user_and_address_only() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("proxies.toml");
    std::fs::write(&config, "trusted_proxies = [\"127.0.0.0/8\"]\n[limits]\nsign_in_failures_per_minute = 5\n").unwrap();
    let users = Users::with_arguments(Database::Sqlite, &["--config", config.to_str().unwrap()]);
    let client = users.client(ClientSettings::default());
    allow(&users, &client);
    let from = |address: &str, user: &str, password: &str| -> (u16, Option<String>) {
        let request: Request = client.request("/oauth2/token", &form(user, password)).header("x-forwarded-for", address);
        let answer = users.server.send(&request);
        (answer.status, answer.header("retry-after").map(str::to_owned))
    };
    let tries: Vec<_> = (0..8).map(|n| from("192.0.2.1", if n % 2 == 0 { "alice" } else { "ALICE" }, "wrong").0).collect();
    assert!(tries.starts_with(&[400; 5]) && tries.ends_with(&[429]), "{tries:?}");
    // The right password is throttled too, without being checked.
    let (status, retry) = from("192.0.2.1", "alice", PASSWORD);
    assert_eq!(status, 429);
    assert!((1..=24).contains(&retry.unwrap().parse::<u64>().unwrap()));
    assert_eq!(from("192.0.2.2", "alice", PASSWORD).0, 200);
    assert_eq!(from("192.0.2.1", "bob", PASSWORD).0, 200);
}
