//! `/oauth2/authorize` and `/consent`: what the user must consent to, and where the response goes.

use crate::harness::users::{ALICE, CALLBACK, ClientSettings, PASSWORD, Users, authorization, exchange, text};
use crate::harness::{Browser, Database, ISSUER, on_both};

/// The parameters of an authorization response, which must go to the client's redirect URI.
fn answer(location: &str) -> Vec<(String, String)> {
    let rest = location.strip_prefix(CALLBACK).unwrap_or_else(|| panic!("not the redirect URI: {location}"));
    url::form_urlencoded::parse(rest.strip_prefix('?').unwrap().as_bytes()).into_owned().collect()
}

fn value(answer: &[(String, String)], name: &str) -> Option<String> {
    answer.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
}

on_both!(a_user_consents_once_and_the_client_gets_a_code);

fn a_user_consents_once_and_the_client_gets_a_code(database: Database) {
    let users = Users::new(database);
    let client = users.client(ClientSettings::default());
    let address = authorization(&client, &[]);
    let mut alice = Browser::new(&users.server);
    let asked = alice.get(&address);
    assert_eq!(asked.status(), 303);
    let signed_in = alice.sign_in(&asked.leads_to(), "alice", PASSWORD);
    assert_eq!(signed_in.leads_to_path(), address, "{}", signed_in.html);
    let page = alice.get(&address);
    assert_eq!(page.status(), 200, "{}", page.html);
    for shown in ["Pizza app", ALICE, "orders", "menu", "pizza/1.0.0", "app.example"] {
        assert!(page.html.contains(shown), "no {shown} in {}", page.html);
    }
    // A manipulated form cannot grant a scope that the client does not have.
    let refused = alice.submit(&page, &[("scope", "orders admin"), ("decision", "allow")]);
    assert_eq!(value(&answer(&refused.leads_to()), "error").as_deref(), Some("invalid_scope"));
    let denied = answer(&alice.submit(&page, &[("decision", "deny")]).leads_to());
    assert_eq!(value(&denied, "error").as_deref(), Some("access_denied"));
    assert_eq!(value(&denied, "state").as_deref(), Some("a&b c"));

    let allowed = answer(&alice.submit(&page, &[("decision", "allow")]).leads_to());
    assert_eq!((value(&allowed, "state").as_deref(), value(&allowed, "iss").as_deref()), (Some("a&b c"), Some(ISSUER)));
    let tokens = users.ask(&client, &exchange(&value(&allowed, "code").unwrap()));
    assert_eq!((tokens.status, text(&tokens, "scope").as_str()), (200, "orders menu"), "{}", tokens.text());
    // The next time no consent is needed for the same scopes or fewer.
    assert!(value(&answer(&alice.get(&address).leads_to()), "code").is_some());
    let less = authorization(&client, &[("scope", "orders"), ("state", "")]);
    let less = answer(&alice.get(&less).leads_to());
    assert!(value(&less, "code").is_some() && value(&less, "state").is_none());

    // The account page shows the consent and can withdraw it. That revokes the tokens, and consent is needed again.
    let account = alice.get("/account");
    assert!(account.html.contains("Pizza app"), "{}", account.html);
    let at = account.html.find("action=\"/account/withdraw\"").unwrap();
    let csrf = account.hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    assert!(account.html[at..].contains(&client.id));
    let token = text(&tokens, "access_token");
    assert!(users.is_active(&client, &token));
    let withdrawn = alice.post("/account/withdraw", &[("csrf", &csrf), ("grant", &client.id)]);
    assert_eq!(withdrawn.status(), 200);
    assert!(!withdrawn.html.contains("Pizza app"), "{}", withdrawn.html);
    assert!(!users.is_active(&client, &token));
    assert_eq!(alice.get(&address).status(), 200);
    let log = std::fs::read_to_string(users.home.path("log")).unwrap();
    for secret in [PASSWORD, "poc_local.", "pse_local.", &token] {
        assert!(!log.contains(secret), "the log contains a secret");
    }
}

#[test]
fn consent_covers_only_the_scopes_that_the_page_showed() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    let scopes = |scopes: &[&str]| users.change_keys(&client, scopes);
    let mut alice = Browser::new(&users.server);
    alice.sign_in("/sign-in", "alice", PASSWORD);
    // A request without `scope` is for all scopes of the client. The developer adds one while the user reads the page.
    let page = alice.get(&authorization(&client, &[("scope", "")]));
    assert!(page.html.contains("orders") && !page.html.contains("payments"), "{}", page.html);
    scopes(&["--scope", "orders", "--scope", "menu", "--scope", "payments"]);
    let allowed = answer(&alice.submit(&page, &[("decision", "allow")]).leads_to());
    let tokens = users.ask(&client, &exchange(&value(&allowed, "code").unwrap()));
    assert_eq!((tokens.status, text(&tokens, "scope").as_str()), (200, "orders menu"), "{}", tokens.text());
    // If the page showed no scope and the client has one by now, the user must consent again.
    scopes(&["--no-scope"]);
    let mut bob = Browser::new(&users.server);
    bob.sign_in("/sign-in", "bob", PASSWORD);
    let page = bob.get(&authorization(&client, &[("scope", "")]));
    assert!(page.status() == 200 && !page.html.contains("orders"), "{}", page.html);
    scopes(&["--scope", "payments"]);
    let asked = bob.submit(&page, &[("decision", "allow")]);
    assert!(asked.html.contains("payments") && !asked.html.contains("http-equiv"), "{}", asked.html);
    let allowed = answer(&bob.submit(&asked, &[("decision", "allow")]).leads_to());
    let tokens = users.ask(&client, &exchange(&value(&allowed, "code").unwrap()));
    assert_eq!(text(&tokens, "scope"), "payments");
}

#[test]
fn there_is_no_redirect_to_an_unregistered_uri() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    let mut alice = Browser::new(&users.server);
    alice.sign_in("/sign-in", "alice", PASSWORD);
    for near in [
        "https://app.example/callback/",
        "https://app.example/callback?x=1",
        "https://app.example/Callback",
        "https://app.example/",
        "https://app.example.evil.test/callback",
        "https://app.example:443/callback",
        "http://app.example/callback",
        "https://evil.test/",
        "https://app.example/callback#x",
        "https://app.example@evil.test/callback",
        "//app.example/callback",
        "javascript:alert(1)",
        "https://app.example/%63allback",
    ] {
        let page = alice.get(&authorization(&client, &[("redirect_uri", near)]));
        assert_eq!((page.status(), page.response.header("location")), (400, None), "{near}");
        // The consent form does not redirect there either.
        let consent = alice.get(&authorization(&client, &[]));
        let sent = alice.submit(&consent, &[("redirect_uri", near), ("decision", "allow")]);
        assert_eq!((sent.status(), sent.response.header("location")), (400, None), "{near}");
        assert!(!sent.html.contains("http-equiv"), "{}", sent.html);
    }
    for id in ["", "ck_unknown", "<script>alert(1)</script>", "'; --"] {
        let page = alice.get(&authorization(&client, &[("client_id", id)]));
        assert_eq!((page.status(), page.response.header("location")), (400, None), "{id}");
        assert!(!page.html.contains("<script"), "{}", page.html);
    }
    // A repeated parameter, invalid UTF-8, and no parameter.
    let twice = format!("{}&redirect_uri=https%3A%2F%2Fevil.test", authorization(&client, &[]));
    for path in [twice.as_str(), "/oauth2/authorize?client_id=%ff", "/oauth2/authorize"] {
        assert_eq!(alice.get(path).status(), 400, "{path}");
    }
    // A client with one redirect URI may omit it.
    let unnamed = alice.get(&authorization(&client, &[("redirect_uri", "")]));
    assert_eq!(unnamed.status(), 200, "{}", unnamed.html);
}

#[test]
fn an_invalid_request_is_reported_to_the_client() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    let mut alice = Browser::new(&users.server);
    alice.sign_in("/sign-in", "alice", PASSWORD);
    let long = "x".repeat(43);
    for (changes, error) in [
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("response_type", "")], "invalid_request"),
        (vec![("response_mode", "fragment")], "invalid_request"),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", ""), ("code_challenge", &long)], "invalid_request"),
        (vec![("code_challenge", "short")], "invalid_request"),
        (vec![("code_challenge", "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29=")], "invalid_request"),
        (vec![("scope", "orders admin")], "invalid_scope"),
        (vec![("scope", "a\u{e9}")], "invalid_scope"),
        (vec![("request", "x.y.z")], "request_not_supported"),
        (vec![("request_uri", "https://evil.test")], "request_uri_not_supported"),
    ] {
        let response = answer(&alice.get(&authorization(&client, &changes)).leads_to());
        assert_eq!(value(&response, "error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(
            (value(&response, "state").as_deref(), value(&response, "iss").as_deref()),
            (Some("a&b c"), Some(ISSUER)),
            "{changes:?}"
        );
        assert_eq!(value(&response, "code"), None);
    }
    let only = users.client(ClientSettings { grant_types: &["client_credentials"], ..ClientSettings::default() });
    let response = answer(&alice.get(&authorization(&only, &[])).leads_to());
    assert_eq!(value(&response, "error").as_deref(), Some("unauthorized_client"));
    users.home.succeed(&["application", "block", &client.application]);
    // There is no redirect to a blocked application, even if its request is invalid.
    for changes in [vec![], vec![("response_type", "x")]] {
        let page = alice.get(&authorization(&client, &changes));
        assert_eq!((page.status(), page.response.header("location")), (400, None));
    }
}

#[test]
fn a_public_client_always_needs_consent() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings { public: true, ..ClientSettings::default() });
    let mut alice = Browser::new(&users.server);
    alice.sign_in("/sign-in", "alice", PASSWORD);
    for _ in 0..2 {
        let page = alice.get(&authorization(&client, &[]));
        assert_eq!(page.status(), 200);
        let allowed = answer(&alice.submit(&page, &[("decision", "allow")]).leads_to());
        let tokens = users.ask(&client, &exchange(&value(&allowed, "code").unwrap()));
        assert_eq!(tokens.status, 200, "{}", tokens.text());
    }
}

#[test]
fn the_consent_form_is_bound_to_the_session() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    let (mut alice, mut bob) = (Browser::new(&users.server), Browser::new(&users.server));
    alice.sign_in("/sign-in", "alice", PASSWORD);
    bob.sign_in("/sign-in", "bob", PASSWORD);
    let page = alice.get(&authorization(&client, &[]));
    assert_eq!(bob.submit(&page, &[("decision", "allow")]).status(), 403);
    assert_eq!(Browser::new(&users.server).submit(&page, &[("decision", "allow")]).status(), 403);
    let hidden = page.hidden();
    let bare: Vec<_> =
        hidden.iter().filter(|(name, _)| name != "csrf").map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(alice.post("/consent", &[&bare[..], &[("decision", "allow")]].concat()).status(), 403);
    // The name of the application is escaped.
    users.change_application(&client, &["--name", "<script>alert(1)</script>"]);
    let page = alice.get(&authorization(&client, &[]));
    assert!(!page.html.contains("<script") && page.html.contains("alert(1)"), "{}", page.html);
}

#[test]
fn a_user_allows_a_device_with_its_user_code() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    let begun = users.server.send(&client.request("/oauth2/device_authorization", "scope=orders"));
    assert_eq!(begun.status, 200, "{}", begun.text());
    let complete = text(&begun, "verification_uri_complete");
    let path = complete.strip_prefix(ISSUER).unwrap();
    let mut alice = Browser::new(&users.server);
    let asked = alice.get(path);
    assert_eq!(alice.sign_in(&asked.leads_to(), "alice", PASSWORD).leads_to(), path);
    let entry = alice.get(path);
    let code = text(&begun, "user_code");
    assert!(entry.html.contains(&code), "{}", entry.html);
    assert_eq!(alice.submit(&entry, &[("user_code", "BCDF-GHJK")]).status(), 422);
    let confirm = alice.submit(&entry, &[("user_code", &code.to_lowercase())]);
    assert!(confirm.html.contains("Pizza app") && confirm.html.contains("orders"), "{}", confirm.html);
    let mut bob = Browser::new(&users.server);
    bob.sign_in("/sign-in", "bob", PASSWORD);
    assert_eq!(bob.submit(&confirm, &[("decision", "allow")]).status(), 403);
    let done = alice.submit(&confirm, &[("decision", "allow")]);
    assert_eq!(done.status(), 200, "{}", done.html);
    // The decision cannot be changed.
    assert_eq!(alice.submit(&confirm, &[("decision", "deny")]).status(), 422);
    let form = format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code={}", text(&begun, "device_code"));
    let tokens = users.ask(&client, &form);
    assert_eq!((tokens.status, text(&tokens, "scope").as_str()), (200, "orders"), "{}", tokens.text());
}

#[test]
fn a_password_change_ends_grants_and_other_sessions() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    let tokens = users.sign_in(&client);
    let token = text(&tokens, "access_token");
    let (mut browser, mut other_browser) = (Browser::new(&users.server), Browser::new(&users.server));
    browser.sign_in("/sign-in", "alice", PASSWORD);
    other_browser.sign_in("/sign-in", "alice", PASSWORD);
    let page = browser.get("/account/password");
    let new = "tram otter violet 41";
    for (current, new, again) in [
        ("wrong one", new, new),
        (PASSWORD, new, "another one"),
        (PASSWORD, "short", "short"),
        (PASSWORD, "password123", "password123"),
    ] {
        let shown = browser.submit(&page, &[("current", current), ("new", new), ("again", again)]);
        assert_eq!(shown.status(), 422, "{new}");
        assert!(!shown.html.contains(PASSWORD) && !shown.html.contains("violet"), "{}", shown.html);
    }
    assert!(users.is_active(&client, &token));
    let changed = browser.submit(&page, &[("current", PASSWORD), ("new", new), ("again", new)]);
    assert_eq!(changed.status(), 200, "{}", changed.html);
    assert!(!users.is_active(&client, &token));
    assert_eq!((browser.get("/account").status(), other_browser.get("/account").status()), (200, 303));
    assert_eq!(Browser::new(&users.server).sign_in("/sign-in", "alice", PASSWORD).status(), 403);
    assert_eq!(Browser::new(&users.server).sign_in("/sign-in", "alice", new).status(), 303);
}

#[test]
fn a_scope_that_the_user_may_not_grant_is_left_out() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    users.home.succeed(&["admin", "scope", "change", "orders", "--roles", "chiefs"]);
    let mut alice = Browser::new(&users.server);
    alice.sign_in("/sign-in", "alice", PASSWORD);
    let address = authorization(&client, &[("scope", "orders")]);
    let page = alice.get(&address);
    assert!(!page.html.contains("menu") && !page.html.contains(">orders<"), "{}", page.html);
    let allowed = answer(&alice.submit(&page, &[("decision", "allow")]).leads_to());
    let tokens = users.ask(&client, &exchange(&value(&allowed, "code").unwrap()));
    assert_eq!((tokens.status, text(&tokens, "scope").as_str()), (200, ""), "{}", tokens.text());
    // A user who may grant the scope only since the page was shown must consent again.
    let consented = users.client(ClientSettings::default());
    let page = alice.get(&authorization(&consented, &[("scope", "orders")]));
    users.home.succeed(&["admin", "scope", "delete", "orders"]);
    let again = alice.submit(&page, &[("decision", "allow")]);
    assert!(again.html.contains("orders") && !again.html.contains("http-equiv"), "{}", again.html);
}
