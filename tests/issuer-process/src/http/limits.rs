//! Throttling of clients that guess secrets, and of clients that send too many requests.

use crate::harness::users::{ClientSettings, Users, refresh, text};
use crate::harness::{Browser, Database, Home, Request, Response, Server, on_both};

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

on_both!(
    waiting_device_codes_of_a_client_are_bounded,
    live_tokens_of_a_client_are_bounded,
    tokens_of_a_client_in_an_hour_are_bounded,
    tokens_of_a_client_for_one_user_in_an_hour_are_bounded,
);

fn waiting_device_codes_of_a_client_are_bounded(database: Database) {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&config, "[limits]\npending_device_codes = 30\n").unwrap();
    let users = Users::with_arguments(database, &["--config", config.path().to_str().unwrap()]);
    let [client, public] = [false, true].map(|public| users.client(ClientSettings { public, ..ClientSettings::default() }));
    let begin = |client| users.server.send(&begin_device(client));
    let answers: Vec<_> = (0..30).map(|_| begin(&client)).collect();
    assert!(answers.iter().all(|answer| answer.status == 200));
    let refused = begin(&client);
    assert_eq!((refused.status, &refused.json()["error"]), (429, &"too_many_requests".into()), "{}", refused.text());
    // One address gets a part of the devices of a public client, whose id everyone can send.
    for _ in 0..12 {
        let bad = users.server.send(&public.request("/oauth2/device_authorization", "scope=nope"));
        assert_eq!(bad.status, 400, "a device that does not begin is not counted: {}", bad.text());
    }
    for _ in 0..10 {
        assert_eq!(begin(&public).status, 200);
    }
    let refused = begin(&public);
    assert_eq!((refused.status, refused.header("retry-after").is_some()), (429, true), "{}", refused.text());
    // A device that its user has allowed no longer waits, and neither does one whose code has expired.
    users.decide(answers[0].json()["user_code"].as_str().unwrap(), true);
    assert_eq!((begin(&client).status, begin(&client).status), (200, 429));
    users.home.query("UPDATE device_codes SET expires_at = 1");
    assert_eq!(begin(&client).status, 200);
}

fn begin_device(client: &crate::harness::users::Client) -> Request {
    client.request("/oauth2/device_authorization", "scope=menu")
}

fn live_tokens_of_a_client_are_bounded(database: Database) {
    let (home, id) = Home::with_application_on(database);
    let (keys, other) = (home.generate(&id, "production", &[]), home.generate(&id, "sandbox", &[]));
    let configuration = home.write("postern.toml", "[limits]\nlive_tokens = 5\n");
    let server = Server::start_with(&home, &["--config", &configuration], "log");
    // The two generated tokens count like the others.
    let ask = |validity: u32| {
        let form = Request::token(format!("grant_type=client_credentials&validity_period={validity}"));
        server.send(&form.basic(keys.key(), keys.secret()))
    };
    let tokens: Vec<_> = (0..4).map(|number| ask(1000 + number)).collect();
    assert!(tokens.iter().all(|token| token.status == 200), "{tokens:?}");
    let refused = ask(2000);
    assert_eq!((refused.status, &refused.json()["error"]), (429, &"too_many_requests".into()), "{}", refused.text());
    // Its current token is answered again, and other clients have their own bound.
    assert_eq!((ask(1003).status, grant(&server, other.key(), other.secret()).status), (200, 200));
    let token = tokens[0].json()["access_token"].as_str().unwrap().to_owned();
    let revoke = Request::new("POST", "/oauth2/revoke").header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(server.send(&revoke.body(format!("token={token}")).basic(keys.key(), keys.secret())).status, 200);
    assert_eq!((ask(2001).status, ask(2002).status), (200, 429));
    // Members are not bound by it.
    home.succeed(&["token", "regenerate", "--application", &id, "--key-type", "production"]);
}

fn tokens_of_a_client_in_an_hour_are_bounded(database: Database) {
    let (home, id) = Home::with_application_on(database);
    let keys = home.generate(&id, "production", &[]);
    let configuration = home.write("postern.toml", "[limits]\ntokens_per_hour = 3\n");
    let server = Server::start_with(&home, &["--config", &configuration], "log");
    let ask = |validity: u32| {
        let form = Request::token(format!("grant_type=client_credentials&validity_period={validity}"));
        server.send(&form.basic(keys.key(), keys.secret()))
    };
    // They expire at once, but their records stay.
    let statuses: Vec<u16> = (1..=3).map(|validity| ask(validity).status).collect();
    assert_eq!(statuses, [200; 3]);
    std::thread::sleep(std::time::Duration::from_secs(4));
    let refused = ask(5);
    assert_eq!((refused.status, &refused.json()["error"]), (429, &"too_many_requests".into()), "{}", refused.text());
    assert!(refused.text().contains("in the last hour"), "{}", refused.text());
    assert_waits_almost_an_hour(&refused);
}

fn assert_waits_almost_an_hour(refused: &Response) {
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((3000..=3600).contains(&seconds), "{seconds}");
}

fn tokens_of_a_client_for_one_user_in_an_hour_are_bounded(database: Database) {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&config, "[limits]\ntokens_per_hour = 3\n").unwrap();
    let users = Users::with_arguments(database, &["--config", config.path().to_str().unwrap()]);
    let [client, other] = [false, true].map(|public| users.client(ClientSettings { public, ..ClientSettings::default() }));
    let mut answer = users.sign_in(&client);
    for _ in 0..2 {
        answer = users.ask(&client, &refresh(&text(&answer, "refresh_token")));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let refused = users.ask(&client, &refresh(&text(&answer, "refresh_token")));
    assert_eq!((refused.status, &refused.json()["error"]), (429, &"too_many_requests".into()), "{}", refused.text());
    assert!(refused.text().contains("in the last hour"), "{}", refused.text());
    assert_waits_almost_an_hour(&refused);
    assert!(users.is_active(&client, &text(&answer, "access_token")), "what the client has stays valid");
    assert_eq!(users.sign_in(&other).status, 200);
    // The refresh token that was refused is good for later.
    users.home.query("UPDATE \"tokens@local\" SET issued_at = issued_at - 3600");
    assert_eq!(users.ask(&client, &refresh(&text(&answer, "refresh_token"))).status, 200);
}

#[test]
fn requests_without_a_secret_are_bounded_for_each_address() {
    let config = tempfile::NamedTempFile::new().unwrap();
    let file = "trusted_proxies = [\"127.0.0.0/8\"]\n[limits]\nanonymous_requests_per_minute = 20\n";
    std::fs::write(&config, file).unwrap();
    let users = Users::with_arguments(Database::Sqlite, &["--config", config.path().to_str().unwrap()]);
    let [public, confidential] = [true, false].map(|public| users.client(ClientSettings { public, ..ClientSettings::default() }));
    let from = |request: Request, address: &str| users.server.send(&request.header("x-forwarded-for", address));
    // A made-up session changes nothing.
    let page = || Request::get("/account").header("cookie", "__Host-postern-session=pse_local.made-up");
    let statuses: Vec<u16> = (0..30).map(|_| from(page(), "192.0.2.1").status).collect();
    assert_eq!(statuses[..20], [303; 20]);
    assert_eq!(statuses[29], 429, "{statuses:?}");
    assert_eq!(from(begin_device(&public), "192.0.2.1").status, 200, "pages and clients have separate limits");
    let poll = || public.request("/oauth2/token", "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=x");
    let answers: Vec<Response> = (0..30).map(|_| from(poll(), "192.0.2.1")).collect();
    assert_eq!(answers[0].status, 400, "{}", answers[0].text());
    let refused = answers.last().unwrap();
    assert_eq!((refused.status, &refused.json()["error"]), (429, &"too_many_requests".into()));
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    let shown = from(Request::get("/sign-in"), "192.0.2.1");
    assert!(shown.header("retry-after").is_some() && shown.text().contains("Too many requests"));
    // Clients with a secret, other addresses and what edges and monitors ask for are not concerned.
    assert_eq!(from(begin_device(&confidential), "192.0.2.1").status, 200);
    assert_eq!(from(poll(), "192.0.2.2").status, 400);
    for target in ["/oauth2/jwks", "/readyz", "/.well-known/oauth-authorization-server"] {
        assert_eq!(from(Request::get(target), "192.0.2.1").status, 200, "{target}");
    }
    assert_eq!(Browser::new(&users.server).get("/sign-in").status(), 200);
}
