//! Responses of an identity provider that are forged, stolen, sent again, or too much.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::harness::provider::{CODE, Provider, SigningKey};
use crate::harness::users::PASSWORD;
use crate::harness::{Browser, Home, Page, Server, encoded};

const SESSION: &str = "__Host-postern-session";

fn start() -> (Provider, Home, Server) {
    let provider = Provider::start();
    let home = provider.configure(Home::new(), "");
    let server = Server::start(&home);
    (provider, home, server)
}

/// Asserts that the page refuses, and that the browser has no session.
fn assert_refused(browser: &Browser<'_>, page: &Page, status: u16, what: &str) {
    assert_eq!(page.status(), status, "{what}: {}", page.html);
    assert!(!browser.cookies.contains_key(SESSION), "{what}");
}

#[test]
fn a_forged_id_token_signs_nobody_in() {
    let (provider, home, server) = start();
    let stranger = SigningKey::generate("k1");
    let forged = |what: &str, forge: &dyn Fn(&Provider, Value) -> String| {
        let mut browser = Browser::new(&server);
        let begun = provider.begin(&mut browser, "/account");
        let token = forge(&provider, provider.claims(&begun, "1", "alice", &[]));
        let page = provider.respond(&mut browser, &begun, token);
        assert_refused(&browser, &page, 502, what);
    };
    let with = |name: &'static str, value: Value| {
        move |provider: &Provider, mut claims: Value| {
            claims[name] = value.clone();
            provider.key.sign(&claims)
        }
    };
    forged("the nonce of another sign-in", &with("nonce", json!("another")));
    forged("no nonce", &with("nonce", Value::Null));
    forged("another audience", &with("aud", json!("another")));
    forged("several audiences", &with("aud", json!(["postern", "another"])));
    forged("issued for another client", &with("azp", json!("another")));
    forged("another issuer", &with("iss", json!("https://accounts.example")));
    forged("expired", &with("exp", json!(1_700_000_000)));
    forged("from the future", &with("iat", json!(4_000_000_000_u64)));
    forged("no subject", &with("sub", Value::Null));
    forged("no signature", &|provider, claims| {
        let token = provider.key.sign(&claims);
        token[..=token.rfind('.').unwrap()].to_owned()
    });
    forged("alg none", &|_, claims| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", part(&json!({ "alg": "none", "kid": "k1" })), part(&claims))
    });
    forged("HS256 with the public key", &|provider, claims| {
        let secret = EncodingKey::from_secret(provider.key.public.to_string().as_bytes());
        let header = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &secret).unwrap()
    });
    forged("a key of the same name", &|_, claims| stranger.sign(&claims));
    forged("no token", &|_, _| String::new());
    // The user information of another person does not complete the ID token.
    provider.set(|provider| provider.user_info = json!({ "sub": "2", "preferred_username": "admin", "groups": [] }));
    forged("another person's user information", &|provider, mut claims| {
        claims.as_object_mut().unwrap().remove("preferred_username");
        provider.key.sign(&claims)
    });
    assert_eq!(home.query("SELECT count(*) FROM \"users@corp\""), "0");
    // An unknown key is looked for once, and then not again for a minute.
    let unknown = SigningKey::generate("k2");
    let before = provider.requests("/keys");
    for _ in 0..3 {
        forged("an unknown key", &|_, claims| unknown.sign(&claims));
    }
    assert_eq!(provider.requests("/keys") - before, 1);
    let log = std::fs::read_to_string(home.path("log")).unwrap();
    assert!(log.contains("its `nonce` is not that of this sign-in"), "the log has the causes");
    let token = log.lines().find(|line| line.contains("eyJ") || line.contains("ureq"));
    assert!(token.is_none(), "the log contains a token: {token:?}");
}

#[test]
fn a_new_key_of_the_provider_is_fetched_when_it_is_needed() {
    let (provider, _home, server) = start();
    let mut browser = Browser::new(&server);
    assert_eq!(provider.sign_in(&mut browser, "1", "alice", &[]).status(), 303);
    assert_eq!(provider.sign_in(&mut browser, "1", "alice", &[]).status(), 303);
    assert_eq!((provider.requests("/keys"), provider.requests("/.well-known/openid-configuration")), (1, 1));
    let next = SigningKey::generate("k2");
    provider.set(|provider| provider.keys["keys"].as_array_mut().unwrap().insert(0, next.public.clone()));
    let begun = provider.begin(&mut browser, "/account");
    let token = next.sign(&provider.claims(&begun, "1", "alice", &[]));
    assert_eq!(provider.respond(&mut browser, &begun, token).status(), 303);
    assert_eq!(provider.requests("/keys"), 2);
}

#[test]
fn a_response_belongs_to_one_sign_in_of_one_browser() {
    let (provider, _home, server) = start();
    let token = |begun| provider.key.sign(&provider.claims(begun, "1", "alice", &[]));
    let (mut alice, mut mallory) = (Browser::new(&server), Browser::new(&server));
    // Mallory's response in Alice's browser would sign Alice in as Mallory, with or without a sign-in of her own.
    let of_mallory = provider.begin(&mut mallory, "/account");
    let page = provider.respond(&mut alice, &of_mallory, token(&of_mallory));
    assert_refused(&alice, &page, 403, "in another browser");
    let of_alice = provider.begin(&mut alice, "/account");
    let page = provider.respond(&mut alice, &of_mallory, token(&of_mallory));
    assert_refused(&alice, &page, 403, "of another sign-in");
    // A cookie under the name of another sign-in does not fit.
    let (own, other) = (cookie(&of_alice.state), cookie(&of_mallory.state));
    let kept = alice.cookies[&own].clone();
    alice.cookies.insert(other.clone(), kept);
    let page = provider.respond(&mut alice, &of_mallory, token(&of_mallory));
    assert_refused(&alice, &page, 403, "with a renamed cookie");
    for broken in ["", "state=", "code=x", &format!("state={0}&state={0}&code=x", of_alice.state), "state=%00&code=x"] {
        let page = alice.get(&format!("/sign-in/callback/corp?{broken}"));
        assert_refused(&alice, &page, 403, broken);
    }
    // The response of another store, and another store's cookie.
    let page = alice.get(&format!("/sign-in/callback/local?{}", encoded(&[("code", CODE), ("state", &of_alice.state)])));
    assert_refused(&alice, &page, 404, "of a store without a provider");
    assert_eq!(provider.requests("/token"), 0, "none of these reaches the provider");
    // The right response still counts, once. Then neither the response nor the cookie can be used again.
    let of_alice = provider.begin(&mut alice, "/account");
    let kept = alice.cookies[&cookie(&of_alice.state)].clone();
    assert_eq!(provider.respond(&mut alice, &of_alice, token(&of_alice)).status(), 303);
    let mut again = Browser::new(&server);
    again.cookies.insert(cookie(&of_alice.state), kept);
    let page = provider.respond(&mut again, &of_alice, token(&of_alice));
    assert_refused(&again, &page, 403, "twice");
    assert_eq!(provider.requests("/token"), 1);
    // Two tabs: each sign-in is completed by its own response, in any order.
    let mut tabs = Browser::new(&server);
    let (first, second) = (provider.begin(&mut tabs, "/account?tab=1"), provider.begin(&mut tabs, "/account?tab=2"));
    for (tab, path) in [(&second, "/account?tab=2"), (&first, "/account?tab=1")] {
        provider.expect(tab);
        assert_eq!(provider.respond(&mut tabs, tab, token(tab)).leads_to(), path);
    }
    // Cookies of sign-ins that were never completed do not pile up.
    for _ in 0..8 {
        provider.begin(&mut tabs, "/account");
    }
    assert!(tabs.cookies.keys().filter(|name| name.contains("-sign-in-")).count() <= 4, "{:?}", tabs.cookies.keys());
}

/// The name of a sign-in's cookie.
fn cookie(state: &str) -> String {
    format!("__Host-postern-sign-in-{}", &state[..16])
}

#[test]
fn what_the_provider_refuses_becomes_a_page() {
    let (provider, home, server) = start();
    let mut browser = Browser::new(&server);
    let mut answer = |parameters: &[(&str, &str)]| {
        let begun = provider.begin(&mut browser, "/account");
        let all = [&[("state", begun.state.as_str())], parameters].concat();
        let page = browser.get(&format!("/sign-in/callback/corp?{}", encoded(&all)));
        assert!(!browser.cookies.contains_key(SESSION) && !browser.cookies.contains_key(&cookie(&begun.state)));
        (page.status(), page.html)
    };
    let own = ("iss", provider.issuer.as_str());
    let text = ("error_description", "<b>Call 0900-EVIL</b>");
    for (error, status) in [
        ("access_denied", 403),
        ("login_required", 403),
        ("temporarily_unavailable", 503),
        ("server_error", 503),
        ("invalid_scope", 502),
        ("<script>", 502),
    ] {
        let (answered, html) = answer(&[("error", error), text, own]);
        assert_eq!(answered, status, "{error}: {html}");
        assert!(!html.contains("EVIL") && !html.contains("<script>"), "{html}");
    }
    // Another provider's response, or one that does not name the provider although it always does (RFC 9207).
    for iss in [&[("iss", "https://evil.example")][..], &[("iss", "")], &[]] {
        assert_eq!(answer(&[&[("code", CODE)], iss].concat()).0, 502, "{iss:?}");
        assert_eq!(answer(&[&[("error", "access_denied")], iss].concat()).0, 502, "{iss:?}");
    }
    assert_eq!(answer(&[own]).0, 502, "neither a code nor an error");
    assert_eq!(provider.requests("/token"), 0);
    // A code that the provider does not accept, because it was not given to this sign-in.
    let begun = provider.begin(&mut browser, "/account");
    provider.set(|provider| provider.challenge = "another".to_owned());
    let page = provider.respond(&mut browser, &begun, provider.key.sign(&provider.claims(&begun, "1", "alice", &[])));
    assert_refused(&browser, &page, 502, "a code of another sign-in");
    let log = std::fs::read_to_string(home.path("log")).unwrap();
    assert!(!log.contains("EVIL") && !log.contains(CODE));
    // The form needs its CSRF token, and a store that has a provider.
    let mut other = Browser::new(&server);
    assert_eq!(other.post("/sign-in/begin/corp", &[("next", "/account")]).status(), 403);
    let page = other.get("/sign-in");
    let hidden = page.hidden();
    let fields: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for store in ["local", "nowhere", "%2e%2e"] {
        assert_eq!(other.post(&format!("/sign-in/begin/{store}"), &fields).status(), 404, "{store}");
    }
    let too_long = format!("/account?{}", "x".repeat(3000));
    let csrf = fields.iter().find(|(name, _)| *name == "csrf").unwrap().1;
    assert_eq!(other.post("/sign-in/begin/corp", &[("csrf", csrf), ("next", &too_long)]).status(), 414);
    let page = other.post("/sign-in/begin/corp", &[("csrf", csrf), ("next", "https://evil.example")]);
    assert_eq!(page.status(), 200);
}

#[test]
fn an_email_address_must_be_verified_to_be_a_name() {
    let provider = Provider::start();
    let home = provider.configure(Home::new(), "user_name_claim = \"email\"\n");
    let server = Server::start(&home);
    let sign_in = |verified: Value| {
        let mut browser = Browser::new(&server);
        let begun = provider.begin(&mut browser, "/account");
        let mut claims = provider.claims(&begun, "1", "x", &[]);
        (claims["email"], claims["email_verified"]) = (json!("alice@corp.example"), verified);
        let page = provider.respond(&mut browser, &begun, provider.key.sign(&claims));
        (page.status(), browser.get("/account").html)
    };
    assert_eq!(sign_in(json!(false)).0, 403);
    assert_eq!(sign_in(Value::Null).0, 403);
    let (status, account) = sign_in(json!(true));
    assert!(status == 303 && account.contains("alice@corp.example@corp"), "{account}");
}

#[test]
fn a_provider_needs_a_certificate_of_a_known_authority() {
    let (provider, certificate) = Provider::start_with_tls();
    let home = Home::new();
    home.write("ca.pem", &certificate);
    let home = provider.configure(home, "authorities_file = \"ca.pem\"\n");
    let server = Server::start(&home);
    let mut browser = Browser::new(&server);
    assert_eq!(provider.sign_in(&mut browser, "1", "alice", &[]).status(), 303);
    drop(server);
    // With the authorities of the system alone, the same provider is refused.
    let home = provider.configure(home, "");
    let server = Server::start_with(&home, &[], "log-2");
    let mut browser = Browser::new(&server);
    let page = browser.get("/sign-in");
    assert_eq!(browser.submit_to(&page, "/sign-in/begin/corp", &[]).status(), 503);
    let log = std::fs::read_to_string(home.path("log-2")).unwrap();
    assert!(log.contains("the identity provider is unavailable") && log.contains("certificate"), "{log}");
}

#[test]
fn a_provider_that_fails_keeps_nobody_else_out() {
    let provider = Provider::start();
    // What a redirect may lead to: it must not be asked.
    let private = TcpListener::bind("127.0.0.1:0").unwrap();
    private.set_nonblocking(true).unwrap();
    let address = format!("http://{}/keys", private.local_addr().unwrap());
    let home = provider.configure(Home::new(), "");
    assert!(home.pipe(&["admin", "user", "add", "bob@local"], PASSWORD).status.success());
    let metadata = "/.well-known/openid-configuration";
    provider.set(|provider| provider.redirect = Some((metadata, address.clone())));
    let server = Server::start(&home);
    let begin = || {
        let mut browser = Browser::new(&server);
        let page = browser.get("/sign-in");
        browser.submit_to(&page, "/sign-in/begin/corp", &[]).status()
    };
    // The issuer starts without the provider, and others sign in.
    assert_eq!(begin(), 503);
    assert_eq!(Browser::new(&server).sign_in("/sign-in", "bob", PASSWORD).status(), 303);
    // The failure counts for a moment, so that a flood of sign-ins does not become a flood of requests.
    let asked = provider.requests(metadata);
    assert_eq!((begin(), provider.requests(metadata)), (503, asked));
    let recovers = |wanted: u16| {
        let end = Instant::now() + Duration::from_secs(20);
        while begin() != wanted {
            assert!(Instant::now() < end, "not {wanted}");
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    // Metadata of another issuer are refused, until they are right.
    provider.set(|provider| {
        provider.redirect = None;
        provider.metadata = json!({ "issuer": "https://evil.example" });
    });
    recovers(502);
    provider.set(|provider| provider.metadata = json!({}));
    recovers(200);
    let sign_in = |change: &dyn Fn(&mut crate::harness::provider::Behaviour), status: u16| {
        provider.set(|provider| {
            (provider.redirect, provider.delay, provider.padding) = (None, None, None);
            change(provider);
        });
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let mut browser = Browser::new(&server);
            let started = Instant::now();
            let page = provider.sign_in(&mut browser, "1", "alice", &[]);
            assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
            if page.status() == status {
                return;
            }
            assert!(Instant::now() < end && !browser.cookies.contains_key(SESSION), "{status}: {}", page.html);
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    sign_in(&|provider| provider.redirect = Some(("/keys", address.clone())), 503);
    sign_in(&|provider| provider.padding = Some(("/keys", 1024 * 1024)), 502);
    sign_in(&|provider| provider.delay = Some(("/keys", Duration::from_secs(5))), 503);
    sign_in(&|provider| provider.redirect = Some(("/token", address.clone())), 503);
    sign_in(&|provider| provider.padding = Some(("/token", 1024 * 1024)), 502);
    sign_in(&|provider| provider.delay = Some(("/token", Duration::from_secs(5))), 503);
    assert!(private.accept().is_err(), "a redirect was followed");
    sign_in(&|_| {}, 303);
}
