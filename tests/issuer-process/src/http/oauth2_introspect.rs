//! `POST /oauth2/introspect` (RFC 7662)

use serde_json::json;

use crate::harness::{Home, Request, Server};

fn introspect(token: &str) -> Request {
    Request::new("POST", "/oauth2/introspect")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("token={token}"))
}

#[test]
fn only_live_tokens_of_the_clients_application_are_active() {
    let (home, id) = Home::with_application();
    home.allow_forever();
    let keys = home.generate(&id, "production", &["--scope", "orders", "--validity", "60"]);
    let other = home.create_application("Another");
    let stranger = home.generate(&other, "production", &[]);
    let sandbox = home.generate(&id, "sandbox", &["--validity", "-1"]);
    let server = Server::start(&home);
    let ask = |token: &str| server.send(&introspect(token).basic(keys.key(), keys.secret()));

    let answer = ask(keys.token());
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let body = answer.json();
    assert_eq!((&body["active"], &body["client_id"], &body["scope"]), (&json!(true), &json!(keys.key()), &json!("orders")));
    assert_eq!((&body["token_type"], &body["jti"]), (&json!("Bearer"), &json!(keys.text("jti"))));
    assert_eq!(body["exp"].as_u64().unwrap() - body["iat"].as_u64().unwrap(), 60);
    // The application's token of the other environment is active too. A token that never expires has no `exp`.
    let body = ask(sandbox.token()).json();
    assert_eq!((&body["active"], &body["key_type"], body.get("exp")), (&json!(true), &json!("sandbox"), None));

    // The response does not tell why a token is not active.
    let inactive = json!({ "active": false });
    let (rest, last) = keys.token().split_at(keys.token().len() - 5);
    let altered = format!("{rest}{}", if last == "AAAAA" { "BBBBB" } else { "AAAAA" });
    let (head, rest) = keys.token().split_once('.').unwrap();
    for token in [stranger.token(), "rubbish", &altered, rest, &format!("{head}.{rest}.x"), &"a.".repeat(20_000)] {
        assert_eq!(ask(token).json(), inactive, "{token:.40}");
    }
    home.succeed(&["token", "revoke", keys.text("jti")]);
    assert_eq!(ask(keys.token()).json(), inactive);
}

#[test]
fn introspection_needs_client_authentication() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    let server = Server::start(&home);
    for request in [
        introspect(keys.token()),
        introspect(keys.token()).basic(keys.key(), "wrong"),
        introspect(keys.token()).basic("ck_nobody", keys.secret()),
        introspect(keys.token()).bearer(keys.token()),
    ] {
        let answer = server.send(&request);
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")));
        assert!(answer.header("www-authenticate").is_some());
    }
    let nothing = Request::new("POST", "/oauth2/introspect").header("content-type", "application/x-www-form-urlencoded");
    let answer = server.send(&nothing.basic(keys.key(), keys.secret()));
    assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_request")));
    assert_eq!(server.send(&Request::get("/oauth2/introspect")).status, 405);
}

#[test]
fn an_expired_token_is_not_active() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &["--validity", "1"]);
    let server = Server::start(&home);
    // The issuer allows no leeway.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let answer = server.send(&introspect(keys.token()).basic(keys.key(), keys.secret()));
    assert_eq!(answer.json(), json!({ "active": false }));
}
