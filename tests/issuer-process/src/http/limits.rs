//! Those who guess are slowed down, and those who ask too often.

use crate::harness::users::{Users, Wanted};
use crate::harness::{Home, On, Request, Response, Server};

fn grant(server: &Server, id: &str, secret: &str) -> Response {
    server.send(&Request::token("grant_type=client_credentials").basic(id, secret))
}

#[test]
fn a_hundred_wrong_secrets_slow_their_own_client_down_and_nobody_else() {
    let (home, id) = Home::with_application();
    let (attacked, other) = (home.generate(&id, "production", &[]), home.generate(&id, "sandbox", &[]));
    let configuration = home.write("postern.toml", "trusted_proxies = [\"127.0.0.0/8\"]\n");
    let server = Server::start_with(&home, &["--config", &configuration], "log");
    let statuses: Vec<u16> = (0..100).map(|_| grant(&server, attacked.key(), "wrong").status).collect();
    assert_eq!(statuses[..30], [401; 30]);
    assert!(statuses[30..].contains(&429), "{statuses:?}");
    let refused = grant(&server, attacked.key(), attacked.secret());
    assert_eq!((refused.status, &refused.json()["error"]), (429, &"too_many_requests".into()));
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    // At every endpoint where a secret could be guessed.
    for target in ["/oauth2/introspect", "/oauth2/revoke"] {
        let request = Request::new("POST", target).header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(server.send(&request.body("token=x").basic(attacked.key(), "wrong")).status, 429);
    }
    // Another client is unharmed, and so is this one from elsewhere.
    assert_eq!(grant(&server, other.key(), other.secret()).status, 200);
    let elsewhere = Request::token("grant_type=client_credentials").header("x-forwarded-for", "203.0.113.7, 198.51.100.9");
    assert_eq!(server.send(&elsewhere.basic(attacked.key(), attacked.secret())).status, 200);
}

#[test]
fn who_is_no_trusted_proxy_cannot_be_somebody_else() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    let server = Server::start(&home);
    let from = |number: u32| {
        let request = Request::token("grant_type=client_credentials").header("x-forwarded-for", format!("203.0.113.{number}"));
        server.send(&request.basic(keys.key(), "wrong")).status
    };
    let statuses: Vec<u16> = (0..60).map(from).collect();
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_client_that_asks_too_often_waits() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    let configuration = home.write("postern.toml", "[limits]\nrequests_per_second = 2\n");
    let server = Server::start_with(&home, &["--config", &configuration], "log");
    let statuses: Vec<u16> = (0..20).map(|_| grant(&server, keys.key(), keys.secret()).status).collect();
    assert_eq!(statuses[..2], [200; 2]);
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_stranger_uses_up_nothing_of_a_client_that_keeps_no_secret() {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&config, "trusted_proxies = [\"127.0.0.0/8\"]\n[limits]\nrequests_per_second = 1\n").unwrap();
    let users = Users::serving(On::Sqlite, &["--config", config.path().to_str().unwrap()]);
    let client = users.client(Wanted { public: true, ..Wanted::default() });
    let junk = || users.ask(&client, "grant_type=refresh_token&refresh_token=por_local.x").status;
    let statuses: Vec<_> = (0..10).map(|_| junk()).collect();
    assert!(statuses.contains(&400) && statuses.contains(&429), "{statuses:?}");
    let elsewhere = client.request("/oauth2/device_authorization", "scope=menu").header("x-forwarded-for", "192.0.2.77");
    let answer = users.server.send(&elsewhere);
    assert_eq!(answer.status, 200, "{}", answer.text());
}
