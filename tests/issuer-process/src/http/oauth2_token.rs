//! `/oauth2/token`

use postern_token::{KeyType, Kind};

use crate::harness::{Home, ISSUER, Minted, Request, Response, Server, signed_part, verified};

const GRANT: &str = "grant_type=client_credentials";

struct Fixture {
    home: Home,
    application: String,
    keys: Minted,
    server: Server,
}

impl Fixture {
    fn new() -> Self {
        Self::with(&["--scope", "orders", "--scope", "menu", "--domain", "app.example.com"])
    }

    fn with(limits: &[&str]) -> Self {
        Self::at(Home::with_application(), limits)
    }

    fn at((home, application): (Home, String), limits: &[&str]) -> Self {
        let keys = home.generate(&application, "production", limits);
        home.never_find_current_token();
        let server = Server::start(&home);
        Self { home, application, keys, server }
    }

    /// Sends a form with the client's credentials.
    fn ask(&self, form: &str) -> Response {
        self.server.send(&Request::token(form).basic(self.keys.key(), self.keys.secret()))
    }

    /// The number of tokens minted since the generated one.
    fn minted(&self) -> usize {
        self.home.tokens(&self.application).len() - 1
    }
}

fn assert_refused(response: &Response, status: u16, error: &str) {
    assert_eq!(response.status, status, "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.json()["error"], error);
    assert!(response.json().get("access_token").is_none());
    let challenge = format!("Basic realm=\"{ISSUER}\", charset=\"UTF-8\"");
    assert_eq!(response.header("www-authenticate"), (status == 401).then_some(challenge.as_str()));
}

#[test]
fn a_client_gets_a_token_that_the_edge_accepts() {
    let fixture = Fixture::new();
    let response = fixture.ask(GRANT);
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let body = response.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["scope"], "orders menu");
    assert_eq!(body.as_object().unwrap().len(), 4);
    let jti = verified(&fixture.home, body["access_token"].as_str().unwrap(), |claims| {
        assert_eq!(claims.client_id.as_str(), fixture.keys.key());
        assert_eq!(claims.sub, claims.client_id);
        assert_eq!(claims.kind, Kind::Application);
        assert_eq!(claims.key_type, KeyType::Production);
        assert_eq!(claims.app.as_str(), fixture.application);
        assert_eq!(claims.exp, Some(claims.iat.plus(3600)));
        assert_eq!(claims.nbf, None);
        assert_eq!(claims.scope.as_ref().unwrap().as_str(), "orders menu");
        assert_eq!(claims.domains.as_ref().unwrap()[0].as_str(), "app.example.com");
        assert_eq!(claims.ips, None);
        let status = claims.status.as_ref().unwrap();
        assert_eq!((&*status.uri, status.index), ("https://issuer.example/status/1", 1));
        let pizza = postern_token::ApiReference::parse("pizza/1.0.0").unwrap();
        assert_eq!(claims.apis.tier(&pizza).unwrap().as_str(), "gold");
        claims.jti.as_str().to_owned()
    });
    let records = fixture.home.tokens(&fixture.application);
    let record = records.iter().find(|record| record["jti"] == jti.as_str()).expect("the token has a record");
    assert_eq!(record["obtained"], "client_credentials");
    assert_eq!(record["state"], "active");
    assert_eq!(record["scope"], "orders menu");
}

#[test]
fn a_live_token_is_returned_again_with_its_remaining_validity() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &["--scope", "orders", "--scope", "menu"]);
    let server = Server::start(&home);
    let ask = |form: &str| server.send(&Request::token(form).basic(keys.key(), keys.secret())).json();
    let first = ask(GRANT);
    assert_eq!(signed_part(first["access_token"].as_str().unwrap()), signed_part(keys.token()));
    assert_eq!(ask(GRANT)["access_token"], first["access_token"], "one process repeats the signature too");
    assert!((3500..=3600).contains(&first["expires_in"].as_u64().unwrap()), "{first}");
    let fewer = ask(&format!("{GRANT}&scope=menu"));
    assert_ne!(fewer["access_token"], keys.token());
    assert_eq!(ask(&format!("{GRANT}&scope=menu"))["access_token"], fewer["access_token"]);
    assert_eq!(home.tokens(&id).len(), 2);
    // A revoked token is not returned again.
    home.succeed(&["token", "revoke", jti_of(&home, &fewer).as_str()]);
    assert_ne!(ask(&format!("{GRANT}&scope=menu"))["access_token"], fewer["access_token"]);
}

fn jti_of(home: &Home, answer: &serde_json::Value) -> String {
    verified(home, answer["access_token"].as_str().unwrap(), |claims| claims.jti.as_str().to_owned())
}

#[test]
fn a_new_subscription_is_in_the_next_token() {
    let fixture = Fixture::new();
    fixture.home.add_api(r#"{"name":"pasta","version":"2","context":"/pasta"}"#);
    let subscribe = ["subscription", "create", "--application", &fixture.application, "--api", "pasta/2", "--tier", "bronze"];
    fixture.home.succeed(&subscribe);
    let body = fixture.ask(GRANT).json();
    verified(&fixture.home, body["access_token"].as_str().unwrap(), |claims| {
        let pasta = postern_token::ApiReference::parse("pasta/2").unwrap();
        assert_eq!(claims.apis.tier(&pasta).unwrap().as_str(), "bronze");
    });
}

#[test]
fn a_client_may_request_fewer_scopes_but_not_more() {
    let fixture = Fixture::new();
    let narrower = fixture.ask(&format!("{GRANT}&scope=menu"));
    assert_eq!(narrower.json()["scope"], "menu");
    verified(&fixture.home, narrower.json()["access_token"].as_str().unwrap(), |claims| {
        assert_eq!(claims.scope.as_ref().unwrap().as_str(), "menu");
    });
    assert_eq!(fixture.ask(&format!("{GRANT}&scope=")).json()["scope"], "orders menu");
    assert_eq!(fixture.minted(), 2);
    for scope in ["admin", "menu+admin", "Menu", "menu+menu", "menu++orders", "+menu", "%22", "%00", "men", "*"] {
        assert_refused(&fixture.ask(&format!("{GRANT}&scope={scope}")), 400, "invalid_scope");
    }
    assert_eq!(fixture.minted(), 2);
    let typo = fixture.ask(&format!("{GRANT}&scope=ordres")).json()["error_description"].as_str().unwrap().to_owned();
    assert!(typo.ends_with("its scopes are orders menu") && !typo.contains("ordres"), "{typo}");
    let unscoped = Fixture::with(&[]);
    assert_refused(&unscoped.ask(&format!("{GRANT}&scope=menu")), 400, "invalid_scope");
    assert!(unscoped.ask(GRANT).json().get("scope").is_none());
}

#[test]
fn a_validity_beyond_the_maximum_is_refused() {
    let fixture = Fixture::new();
    for validity in ["-1", "7776001", "3153600000"] {
        assert_refused(&fixture.ask(&format!("{GRANT}&validity_period={validity}")), 400, "invalid_request");
    }
    assert_eq!(fixture.minted(), 0);
    assert_eq!(fixture.ask(&format!("{GRANT}&validity_period=7776000")).json()["expires_in"], 7_776_000);
}

#[test]
fn a_token_that_never_expires_has_no_expiry() {
    let (home, application) = Home::with_application();
    home.allow_forever();
    let fixture = Fixture::at((home, application), &["--validity", "-1"]);
    let body = fixture.ask(GRANT).json();
    assert!(body.get("expires_in").is_none());
    verified(&fixture.home, body["access_token"].as_str().unwrap(), |claims| assert_eq!(claims.exp, None));
}

#[test]
fn credentials_are_accepted_in_the_header_or_in_the_body() {
    use base64::Engine as _;
    let fixture = Fixture::new();
    let (id, secret) = (fixture.keys.key(), fixture.keys.secret());
    let in_body = format!("{GRANT}&client_id={id}&client_secret={secret}");
    assert_eq!(fixture.server.send(&Request::token(&in_body)).status, 200);
    // Every character may be escaped inside Basic, and the padding may be missing.
    let escaped = secret.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let escaped_id = id.replace('_', "%5F");
    let basic = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let right = basic(&format!("{escaped_id}:{escaped}"));
    for authorization in [
        format!("Basic {right}"),
        format!("basic {}", right.trim_end_matches('=')),
        format!("BASIC {}", basic(&format!("{id}:{secret}"))),
    ] {
        let response = fixture.server.send(&Request::token(GRANT).header("authorization", &authorization));
        assert_eq!(response.status, 200, "{authorization}");
    }
    assert_eq!(fixture.ask(&format!("{GRANT}&client_id={id}")).status, 200);
    assert_refused(&fixture.ask(&in_body), 400, "invalid_request");
    assert_refused(&fixture.ask(&format!("{GRANT}&client_secret={secret}")), 400, "invalid_request");
    assert_refused(&fixture.ask(&format!("{GRANT}&client_id=ck_other")), 400, "invalid_request");
    let twice = Request::token(GRANT).basic(id, secret).basic(id, secret);
    assert_refused(&fixture.server.send(&twice), 400, "invalid_request");
}

#[test]
fn an_unknown_client_and_a_wrong_secret_get_the_same_response() {
    let fixture = Fixture::new();
    let (id, secret) = (fixture.keys.key(), fixture.keys.secret());
    let wrong = fixture.server.send(&Request::token(GRANT).basic(id, "wrong"));
    assert_refused(&wrong, 401, "invalid_client");
    let long = "x".repeat(5_000);
    for request in [
        Request::token(GRANT).basic("ck_unknown", secret),
        Request::token(GRANT).basic("", ""),
        Request::token(GRANT).basic(id, ""),
        Request::token(GRANT).basic(&id.to_uppercase(), secret),
        Request::token(GRANT).basic(id, &secret.to_lowercase()),
        Request::token(GRANT).basic("' OR '1'='1", "' OR '1'='1"),
        Request::token(GRANT).basic(&long, &long),
        Request::token(GRANT).basic("ck_%00", "%00"),
        Request::token(GRANT).basic("%ff", "%ff"),
        Request::token(GRANT).basic("%zz", "%"),
        Request::token(GRANT).header("authorization", "Basic"),
        Request::token(GRANT).header("authorization", "Basic !!!"),
        Request::token(GRANT).header("authorization", "Basic bm9jb2xvbg=="),
        Request::token(GRANT).header("authorization", b"Basic \xff"),
        Request::token(GRANT).bearer(fixture.keys.token()),
        Request::token(GRANT),
        Request::token(format!("{GRANT}&client_id={id}")),
        Request::token(format!("{GRANT}&client_secret={secret}")),
        Request::token(format!("{GRANT}&client_id={id}&client_secret=wrong")),
        Request::token(format!("{GRANT}&client_id=%00&client_secret=%00")),
    ] {
        let response = fixture.server.send(&request);
        assert_refused(&response, 401, "invalid_client");
        assert_eq!(response.body, wrong.body);
    }
    assert_eq!(fixture.minted(), 0);
}

#[test]
fn a_replaced_secret_is_refused() {
    let fixture = Fixture::new();
    let new = fixture.home.regenerate(&fixture.application, "production", &["--new-secret"]);
    assert_eq!(new.key(), fixture.keys.key());
    assert_refused(&fixture.ask(GRANT), 401, "invalid_client");
    let response = fixture.server.send(&Request::token(GRANT).basic(new.key(), new.secret()));
    // Settings that the command does not name are unchanged, such as the scopes.
    assert_eq!(response.json()["scope"], "orders menu");
}

#[test]
fn a_secret_in_the_url_is_refused() {
    let fixture = Fixture::new();
    let (id, secret) = (fixture.keys.key(), fixture.keys.secret());
    for query in [format!("client_id={id}&client_secret={secret}"), "x=1".into(), format!("{GRANT}&scope=menu"), "x".into()] {
        let request = Request::new("POST", &format!("/oauth2/token?{query}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .basic(id, secret)
            .body(GRANT);
        let response = fixture.server.send(&request);
        assert_refused(&response, 400, "invalid_request");
        assert!(!response.text().contains(secret));
    }
    assert_eq!(fixture.minted(), 0);
}

#[test]
fn a_body_that_is_not_a_form_is_refused() {
    let fixture = Fixture::new();
    let post = |content_type: Option<&str>, body: &str| {
        let mut request = Request::new("POST", "/oauth2/token").basic(fixture.keys.key(), fixture.keys.secret()).body(body);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        fixture.server.send(&request)
    };
    assert_refused(&post(Some("application/json"), r#"{"grant_type":"client_credentials"}"#), 400, "invalid_request");
    assert_refused(&post(None, GRANT), 400, "invalid_request");
    assert_refused(&post(Some("text/plain"), GRANT), 400, "invalid_request");
    assert_refused(&post(Some("multipart/form-data; boundary=x"), GRANT), 400, "invalid_request");
    assert_eq!(post(Some("Application/X-WWW-Form-Urlencoded; charset=UTF-8"), GRANT).status, 200);
    for form in ["%zz=1", "%", "grant_type=%ff", "grant_type=client_credentials&x=%f"] {
        assert_refused(&fixture.ask(form), 400, "invalid_request");
    }
    let raw = Request::token(b"grant_type=\xff\xfe").basic(fixture.keys.key(), fixture.keys.secret());
    assert_refused(&fixture.server.send(&raw), 400, "invalid_request");
}

#[test]
fn a_missing_unknown_or_repeated_grant_type_is_refused() {
    let fixture = Fixture::new();
    for form in ["", "grant_type", "grant_type=", "scope=menu", "GRANT_TYPE=client_credentials"] {
        assert_refused(&fixture.ask(form), 400, "invalid_request");
    }
    for grant in ["implicit", "device_code", "Client_Credentials", "client_credentials+", "%00", "'--"] {
        assert_refused(&fixture.ask(&format!("grant_type={grant}")), 400, "unsupported_grant_type");
    }
    let twice = [
        format!("{GRANT}&{GRANT}"),
        format!("{GRANT}&scope=menu&scope=menu"),
        format!("{GRANT}&scope=menu&%73cope=orders"),
        format!("{GRANT}&x=1&x=2"),
    ];
    for form in twice {
        assert_refused(&fixture.ask(&form), 400, "invalid_request");
    }
    assert_eq!(fixture.minted(), 0);
}

#[test]
fn another_audience_is_refused() {
    let fixture = Fixture::new();
    for name in ["resource", "audience"] {
        assert_refused(&fixture.ask(&format!("{GRANT}&{name}=https://other.example")), 400, "invalid_target");
        assert_eq!(fixture.ask(&format!("{GRANT}&{name}=https://api.example")).status, 200);
    }
}

#[test]
fn an_oversized_request_is_refused_without_an_internal_error() {
    let fixture = Fixture::new();
    let parameters = |count: usize| (0..count).map(|n| format!("&p{n}=1")).collect::<Vec<_>>().concat();
    assert_eq!(fixture.ask(&format!("{GRANT}{}", parameters(99))).status, 200);
    assert_refused(&fixture.ask(&format!("{GRANT}{}", parameters(100))), 400, "invalid_request");
    assert_refused(&fixture.ask(&format!("{GRANT}{}", parameters(1000))), 400, "invalid_request");
    let value = "x".repeat(60_000);
    assert_refused(&fixture.ask(&format!("{GRANT}&scope={value}")), 400, "invalid_scope");
    assert_refused(&fixture.ask(&format!("grant_type={value}")), 400, "unsupported_grant_type");
    let by_body = format!("{GRANT}&client_id={value}&client_secret=x");
    assert_refused(&fixture.server.send(&Request::token(by_body)), 401, "invalid_client");
    for size in [64 * 1024 + 1, 10 * 1024 * 1024] {
        assert_refused(&fixture.ask(&"x".repeat(size)), 413, "invalid_request");
    }
    assert_eq!(fixture.minted(), 1);
    assert_eq!(fixture.ask(GRANT).status, 200);
}

#[test]
fn nothing_is_issued_while_the_database_is_locked() {
    let fixture = Fixture::new();
    let other = rusqlite::Connection::open(fixture.home.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_refused(&fixture.ask(GRANT), 503, "temporarily_unavailable");
    // A request that only reads does not wait for a writer.
    assert_refused(&fixture.server.send(&Request::token(GRANT).basic(fixture.keys.key(), "wrong")), 401, "invalid_client");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(fixture.minted(), 0);
    assert_eq!(fixture.ask(GRANT).status, 200);
}
