//! `/sign-in` and `/sign-out`, and their protection against attackers.

use crate::harness::users::{PASSWORD, Users};
use crate::harness::{Browser, Database, Request, Response, Server, encoded, on_both};

on_both!(
    a_user_signs_in_and_out, guesses_count_over_restarts, strangers_cannot_lock_a_user_out_of_a_known_browser;
    postgres: guesses_count_over_processes
);

fn a_user_signs_in_and_out(database: Database) {
    let users = Users::new(database);
    let server = &users.server;
    let mut alice = Browser::new(server);
    assert_eq!(alice.get("/account").leads_to(), "/sign-in?next=%2Faccount");
    let page = alice.get("/sign-in?next=%2Faccount");
    assert_eq!(page.status(), 200);
    let policy = page.response.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert_eq!(page.response.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.response.header("cache-control"), Some("no-store"));
    assert!(!page.html.contains("<script") && !page.html.contains(" style="), "{}", page.html);

    let signed_in = alice.submit(&page, &[("user", " Alice "), ("password", PASSWORD)]);
    assert_eq!((signed_in.status(), signed_in.leads_to()), (303, "/account".to_owned()));
    let session = alice.cookies["__Host-postern-session"].clone();
    let account = alice.get("/account");
    assert!(account.html.contains("alice@local"), "{}", account.html);
    // The sign-in page redirects a user who has signed in.
    assert_eq!(alice.get("/sign-in").leads_to(), "/account");

    let out = alice.submit(&account, &[]);
    assert_eq!(out.status(), 200);
    assert!(!alice.cookies.contains_key("__Host-postern-session"));
    alice.cookies.insert("__Host-postern-session".to_owned(), session);
    assert!(alice.get("/account").leads_to().starts_with("/sign-in"), "the session has ended");
    let log = std::fs::read_to_string(users.home.path("log")).unwrap();
    assert!(!log.contains(PASSWORD) && !log.contains("pse_local."), "the log contains a secret");
}

#[test]
fn a_planted_session_cookie_is_never_valid() {
    let users = Users::new(Database::Sqlite);
    let server = &users.server;
    let mut mallory = Browser::new(server);
    mallory.sign_in("/sign-in", "alice", "not-the-password");
    let mut alice = Browser::new(server);
    // Cookies that an attacker could have set.
    for planted in ["pse_local.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x", "pse_nowhere.x", "pse_local."] {
        alice.cookies.insert("__Host-postern-session".to_owned(), planted.to_owned());
        let signed_in = alice.sign_in("/sign-in", "alice", PASSWORD);
        assert_eq!(signed_in.status(), 303, "{}", signed_in.html);
        assert_ne!(alice.cookies["__Host-postern-session"], planted);
        mallory.cookies.insert("__Host-postern-session".to_owned(), planted.to_owned());
        assert!(mallory.get("/account").leads_to().starts_with("/sign-in"));
        alice.cookies.clear();
    }
    // A browser without the cookie has no session.
    alice.sign_in("/sign-in", "alice", PASSWORD);
    let first = alice.cookies["__Host-postern-session"].clone();
    let page = Browser::new(server).get("/sign-in");
    assert_eq!(page.status(), 200);
    // Two cookies with the name are refused, because an attacker may have set one of them.
    let twice = format!("__Host-postern-session={first}; __Host-postern-session={first}");
    let answer = server.send(&Request::get("/account").header("cookie", twice));
    assert_eq!(answer.status, 303);
}

#[test]
fn a_form_is_valid_only_in_the_browser_that_got_it() {
    let users = Users::new(Database::Sqlite);
    let server = &users.server;
    let fields = [("user", "alice"), ("password", PASSWORD)];
    let mut alice = Browser::new(server);
    let page = alice.get("/sign-in");
    let token = page.hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    // Without the cookie, without the CSRF token, and with the CSRF token of another browser.
    let mut other = Browser::new(server);
    assert_eq!(other.submit(&page, &fields).status(), 403);
    assert_eq!(alice.post("/sign-in", &fields).status(), 403);
    let others = other.get("/sign-in").hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    for wrong in [others.as_str(), "", &token[1..], &format!("{token}A")] {
        assert_eq!(alice.submit(&page, &[fields[0], fields[1], ("csrf", wrong)]).status(), 403, "`{wrong}`");
    }
    assert_eq!(alice.submit(&page, &fields).status(), 303);
    // The CSRF token of one session is not valid in another.
    let account = alice.get("/account");
    let mut bob = Browser::new(server);
    bob.sign_in("/sign-in", "bob", PASSWORD);
    assert_eq!(bob.submit(&account, &[]).status(), 403);
    assert_eq!(bob.post("/sign-out", &[]).status(), 403);
    assert_eq!(bob.post("/account/withdraw", &[("grant", "ck_x")]).status(), 403);
    assert_eq!(bob.post("/account/password", &[("current", PASSWORD), ("new", "x"), ("again", "x")]).status(), 403);
    assert_eq!(bob.get("/account").status(), 200);
    // A body that is not a form.
    let json = Request::new("POST", "/sign-in").header("content-type", "application/json").body("{}");
    assert_eq!(server.send(&json).status, 403);
}

#[test]
fn an_unknown_user_and_a_wrong_password_get_the_same_response() {
    let users = Users::new(Database::Sqlite);
    let server = &users.server;
    let long = "x".repeat(5000);
    let answer = |user: &str, password: &str| {
        let mut browser = Browser::new(server);
        let shown = browser.sign_in("/sign-in", user, password);
        let neutral = shown.html.replace(user, "NAME");
        let token = shown.hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        (shown.status(), neutral.replace(&token, "TOKEN"))
    };
    let wrong = answer("alice", "wrong-password");
    assert_eq!(wrong.0, 403);
    for (user, password) in
        [("nobody", "wrong-password"), ("alice@nowhere", PASSWORD), ("alice", "x"), ("alice@local", "Correct horse battery")]
    {
        assert_eq!(answer(user, password), wrong, "{user}");
    }
    for (user, password) in
        [("", ""), ("alice", ""), ("alice", long.as_str()), ("'; DROP TABLE users; --", "x"), ("al\0ice", "x"), ("<script>", "x")]
    {
        let (status, html) = answer(user, password);
        assert_eq!(status, 403, "{user}");
        assert!(!html.contains("<script"), "{html}");
    }
}

#[test]
fn guesses_are_throttled_for_their_user_and_address_only() {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&config, "trusted_proxies = [\"127.0.0.0/8\"]\n[limits]\nsign_in_failures_per_minute = 5\n").unwrap();
    let users = Users::with_arguments(Database::Sqlite, &["--config", config.path().to_str().unwrap()]);
    let server = &users.server;
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(Browser::new(server).sign_in("/sign-in", "alice", "wrong").status());
    }
    assert_eq!(statuses, [403, 403, 403, 403, 403, 429, 429, 429]);
    // The right password is throttled there too. From another address, and for other users, it is accepted.
    for same in ["ALICE", " alice ", "alice@local", "Alice@local"] {
        assert_eq!(Browser::new(server).sign_in("/sign-in", same, PASSWORD).status(), 429, "{same}");
    }
    assert_eq!(Browser::new(server).sign_in("/sign-in", "bob", PASSWORD).status(), 303);
    let mut alice = Browser::new(server);
    let page = alice.get("/sign-in");
    let token = page.hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let form = encoded(&[("user", "alice"), ("password", PASSWORD), ("csrf", &token)]);
    let request = Request::new("POST", "/sign-in").header("content-type", "application/x-www-form-urlencoded").body(form);
    let request = request.header("x-forwarded-for", "192.0.2.77");
    let cookie = format!("__Host-postern-form={}", alice.cookies["__Host-postern-form"]);
    assert_eq!(server.send(&request.header("cookie", cookie)).status, 303);
}

#[test]
fn concurrent_guesses_are_throttled_like_successive_ones() {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&config, "[limits]\nsign_in_failures_per_minute = 5\n").unwrap();
    let users = Users::with_arguments(Database::Sqlite, &["--config", config.path().to_str().unwrap()]);
    let together = std::sync::Barrier::new(24);
    let guess = || {
        let mut browser = Browser::new(&users.server);
        let page = browser.get("/sign-in");
        together.wait();
        browser.submit(&page, &[("user", "alice"), ("password", "wrong")]).status()
    };
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..24).map(|_| scope.spawn(guess)).collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    let tried = statuses.iter().filter(|status| **status == 403).count();
    // The limit allows one more attempt every 12 seconds.
    assert!((5..=7).contains(&tried), "{statuses:?}");
    assert!(statuses.iter().all(|status| [403, 429].contains(status)), "{statuses:?}");
}

/// A browser that guesses from any address, because the server trusts its `X-Forwarded-For`.
struct Guesser<'a> {
    server: &'a Server,
    cookies: String,
    csrf: String,
}

impl<'a> Guesser<'a> {
    fn new(server: &'a Server) -> Self {
        Self::with(Browser::new(server), server)
    }

    /// One with the cookies of a browser.
    fn with(mut browser: Browser<'_>, server: &'a Server) -> Self {
        browser.cookies.remove("__Host-postern-session");
        let csrf = browser.get("/sign-in").hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        let cookies = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        Self { server, cookies, csrf }
    }

    fn guess(&self, address: u32, user: &str, password: &str) -> Response {
        let form = encoded(&[("user", user), ("password", password), ("csrf", &self.csrf)]);
        let request = Request::new("POST", "/sign-in").header("content-type", "application/x-www-form-urlencoded").body(form);
        let from = std::net::Ipv4Addr::from(0x0a00_0000 + address).to_string();
        self.server.send(&request.header("x-forwarded-for", from).header("cookie", &self.cookies))
    }
}

/// A configuration for tests in which many addresses guess.
fn guessing(name: &str, per_minute: u32) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let text = format!("trusted_proxies = [\"127.0.0.0/8\"]\n[limits]\nsign_in_failures_per_minute = {per_minute}\n");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// A password that is refused without being hashed.
fn wrong() -> String {
    "x".repeat(2000)
}

fn guesses_count_over_processes(database: Database) {
    let (_folder, config) = guessing("postern.toml", 5);
    let users = Users::with_arguments(database, &["--config", &config]);
    let second = Server::start_with(&users.home, &["--config", &config], "log-second");
    let servers = [&users.server, &second];
    // A right guess elsewhere does not end the count of this address.
    let statuses: Vec<u16> = (0..5).map(|number| Guesser::new(servers[number % 2]).guess(1, "alice", &wrong()).status).collect();
    assert_eq!(statuses, [403; 5]);
    for server in servers {
        assert_eq!(Guesser::new(server).guess(1, "alice", PASSWORD).status, 429);
    }
}

fn guesses_count_over_restarts(database: Database) {
    let (_folder, config) = guessing("postern.toml", 5);
    let users = Users::with_arguments(database, &["--config", &config]);
    let guesser = Guesser::new(&users.server);
    assert_eq!([(); 5].map(|()| guesser.guess(1, "alice", &wrong()).status), [403; 5]);
    users.server.stop("-TERM");
    let restarted = Server::start_with(&users.home, &["--config", &config], "log-second");
    let refused = Guesser::new(&restarted).guess(1, "alice", PASSWORD);
    assert!(refused.status == 429 && refused.header("retry-after").is_some(), "{}", refused.text());
    assert_eq!(Guesser::new(&restarted).guess(2, "alice", PASSWORD).status, 303);
}

fn strangers_cannot_lock_a_user_out_of_a_known_browser(database: Database) {
    let (_folder, config) = guessing("postern.toml", 5);
    let users = Users::with_arguments(database, &["--config", &config]);
    let server = &users.server;
    let mut alice = Browser::new(server);
    assert_eq!(alice.sign_in("/sign-in", "alice", PASSWORD).status(), 303);
    let device = alice.cookies["__Host-postern-device"].clone();
    assert!(!device.contains("alice"), "{device}");
    let stranger = Guesser::new(server);
    let tried = (0..150).take_while(|number| stranger.guess(*number, "alice", &wrong()).status == 403).count();
    assert_eq!(tried, 100);
    let refused = stranger.guess(1000, "alice", PASSWORD);
    assert!(refused.status == 429 && refused.header("retry-after").is_none(), "{}", refused.text());
    assert!(refused.text().contains("ask the administrator to unlock"), "{}", refused.text());
    // Whoever steals the name of the cookie only has nothing.
    let forged = device.replacen(&device[..1], if device.starts_with('0') { "1" } else { "0" }, 1);
    let mut thief = Browser::new(server);
    thief.cookies.insert("__Host-postern-device".to_owned(), forged);
    assert_eq!(Guesser::with(thief, server).guess(1001, "alice", PASSWORD).status, 429);
    // Alice signs in with her browser, wherever it is, also after signing out.
    let known = Guesser::with(alice, server);
    assert!(known.cookies.contains(&device));
    assert_eq!(known.guess(1, "alice", &wrong()).status, 403);
    assert_eq!(known.guess(1, "alice", PASSWORD).status, 303);
    // That ends the count of her account, as an administrator can.
    assert_eq!(Guesser::new(server).guess(1002, "alice", PASSWORD).status, 303);
    assert_eq!((0..150).take_while(|number| stranger.guess(2000 + number, "bob", &wrong()).status == 403).count(), 100);
    assert_eq!(Guesser::new(server).guess(1003, "bob", PASSWORD).status, 429);
    users.home.succeed(&["admin", "user", "unlock", "bob@local"]);
    assert_eq!(Guesser::new(server).guess(1003, "bob", PASSWORD).status, 303);
}

#[test]
fn one_password_for_many_names_is_throttled() {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&config, "[limits]\nsign_in_failures_per_minute = 3\n").unwrap();
    let users = Users::with_arguments(Database::Sqlite, &["--config", config.path().to_str().unwrap()]);
    let sign_in = |name: &str, password: &str| Browser::new(&users.server).sign_in("/sign-in", name, password).status();
    let statuses: Vec<u16> = (0..10).map(|number| sign_in(&format!("user{number}"), &wrong())).collect();
    assert_eq!((&statuses[..3], statuses.last()), ([403; 3].as_slice(), Some(&429)), "{statuses:?}");
    assert_eq!(sign_in("alice", PASSWORD), 429);
}

#[test]
fn the_next_page_is_always_a_page_of_the_issuer() {
    let users = Users::new(Database::Sqlite);
    let server = &users.server;
    for evil in [
        "//evil.test",
        "https%3A%2F%2Fevil.test",
        "%2F%5Cevil.test",
        "%2Faccount%0d%0aset-cookie%3A%20x",
        "javascript%3Aalert(1)",
    ] {
        let signed_in = Browser::new(server).sign_in(&format!("/sign-in?next={evil}"), "alice", PASSWORD);
        assert_eq!(signed_in.leads_to(), "/account", "{evil}");
    }
    let signed_in = Browser::new(server).sign_in("/sign-in?next=%2Fdevice%3Fuser_code%3DBCDF-GHJK", "alice", PASSWORD);
    assert_eq!(signed_in.leads_to(), "/device?user_code=BCDF-GHJK");
}

#[test]
fn a_weak_password_is_refused_and_unknown_form_fields_are_ignored() {
    let users = Users::new(Database::Sqlite);
    let server = &users.server;
    let mut alice = Browser::new(server);
    let page = alice.get("/sign-in");
    // Unknown fields of the form are ignored.
    let more = [("user", "alice"), ("password", PASSWORD), ("role", "admin"), ("roles", "admin"), ("state", "active")];
    assert_eq!(alice.submit(&page, &more).status(), 303);
    let shown = users.home.succeed(&["admin", "user", "show", "alice@local"]);
    assert_eq!(shown["roles"], serde_json::json!(["editors"]));

    let page = alice.get("/account/password");
    let long = "a passphrase of many words, ".repeat(8)[..200].to_owned();
    for refused in ["seven77", "password1", "alice@local", "aaaaaaaaaaaa"] {
        let shown = alice.submit(&page, &[("current", PASSWORD), ("new", refused), ("again", refused)]);
        assert_eq!(shown.status(), 422, "{refused}");
    }
    assert_eq!(alice.submit(&page, &[("current", PASSWORD), ("new", &long), ("again", &long)]).status(), 200);
    assert_eq!(Browser::new(server).sign_in("/sign-in", "alice", &long).status(), 303);
    assert_eq!(Browser::new(server).sign_in("/sign-in", "alice", &long[..199]).status(), 403);
}
