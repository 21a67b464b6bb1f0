//! Throttling of clients that guess secrets, and of clients that send too many requests.

use crate::harness::users::{ClientSettings, Users};
use crate::harness::{Database, Home, Request, Response, Server};

fn grant(server: &Server, id: &str, secret: &str) -> Response {
    server.send(&Request::token("grant_type=client_credentials").basic(id, secret))
}

#[test]
fn wrong_secrets_are_throttled_and_the_right_one_always_passes() {
    let (home, id) = Home::with_application();
    let (attacked, other) = (home.generate(&id, "production", &[]), home.generate(&id, "sandbox", &[]));
    let configuration = home.write("postern.toml", "trusted_proxies = [\"127.0.0.0/8\"]\n");
    let server = Server::start_with(&home, &["--config", &configuration], "log");
    let statuses: Vec<u16> = (0..100).map(|_| grant(&server, attacked.key(), "wrong").status).collect();
    assert_eq!(statuses[..30], [401; 30]);
    assert!(statuses[30..].contains(&429), "{statuses:?}");
    let refused = grant(&server, attacked.key(), "wrong");
    assert_eq!((refused.status, &refused.json()["error"]), (429, &"too_many_requests".into()));
    assert_eq!(grant(&server, attacked.key(), attacked.secret()).status, 200, "however many wrong ones came from here");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    // Every endpoint that takes a consumer secret is throttled.
    for target in ["/oauth2/introspect", "/oauth2/revoke"] {
        let request = Request::new("POST", target).header("content-type", "application/x-www-form-urlencoded");
        let request = request.body("token=x");
        assert_eq!(server.send(&request.basic(attacked.key(), "wrong")).status, 429);
        let request = Request::new("POST", target).header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(server.send(&request.body("token=x").basic(attacked.key(), attacked.secret())).status, 200);
    }
    // Neither another client nor the same client at another address is throttled.
    assert_eq!(grant(&server, other.key(), other.secret()).status, 200);
    let other_address = Request::token("grant_type=client_credentials").header("x-forwarded-for", "203.0.113.7, 198.51.100.9");
    assert_eq!(server.send(&other_address.basic(attacked.key(), attacked.secret())).status, 200);
}

#[test]
fn a_proxy_that_is_not_trusted_is_logged_once() {
    for (header, value) in [("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=192.0.2.7")] {
        for (trusted, lines) in [("[]", 1), ("[\"127.0.0.0/8\"]", 0)] {
            let home = Home::new();
            let configuration = home.write("postern.toml", &format!("trusted_proxies = {trusted}\n"));
            let server = Server::start_with(&home, &["--config", &configuration], "log");
            server.send(&Request::get("/livez"));
            let warnings = || {
                let log = std::fs::read_to_string(home.path("log")).unwrap();
                log.lines().filter(|line| line.contains("no proxy is trusted") && line.contains(header)).count()
            };
            assert_eq!(warnings(), 0);
            for _ in 0..3 {
                assert_eq!(server.send(&Request::get("/livez").header(header, value)).status, 200);
            }
            assert_eq!(warnings(), lines, "{header}, {trusted}");
        }
    }
}

#[test]
fn x_forwarded_for_counts_only_from_a_trusted_proxy() {
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
fn a_client_above_its_rate_limit_is_throttled() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    let configuration = home.write("postern.toml", "[limits]\nrequests_per_second = 2\n");
    let server = Server::start_with(&home, &["--config", &configuration], "log");
    let statuses: Vec<u16> = (0..20).map(|_| grant(&server, keys.key(), keys.secret()).status).collect();
    assert_eq!(statuses[..2], [200; 2]);
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn the_rate_limit_of_a_public_client_is_per_address() {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&config, "trusted_proxies = [\"127.0.0.0/8\"]\n[limits]\nrequests_per_second = 1\n").unwrap();
    let users = Users::with_arguments(Database::Sqlite, &["--config", config.path().to_str().unwrap()]);
    let client = users.client(ClientSettings { public: true, ..ClientSettings::default() });
    let junk = || users.ask(&client, "grant_type=refresh_token&refresh_token=por_local.x").status;
    let statuses: Vec<_> = (0..10).map(|_| junk()).collect();
    assert!(statuses.contains(&400) && statuses.contains(&429), "{statuses:?}");
    let other_address = client.request("/oauth2/device_authorization", "scope=menu").header("x-forwarded-for", "192.0.2.77");
    let answer = users.server.send(&other_address);
    assert_eq!(answer.status, 200, "{}", answer.text());
}
