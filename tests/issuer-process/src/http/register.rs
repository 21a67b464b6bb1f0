//! `/oauth2/register` (RFC 7591).

use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use crate::harness::users::{CALLBACK, Client, Users, text};
use crate::harness::{Database, ISSUER, Request, Response, on_both};

on_both!(
    a_client_registers_itself_and_signs_a_user_in,
    an_initial_access_token_is_limited_in_number_and_time,
    a_registered_client_belongs_to_the_owner_of_the_token,
);

fn token(users: &Users, owner: Option<&str>, registrations: u64) -> String {
    let registrations = registrations.to_string();
    let mut arguments = vec!["registration-token", "create", "--registrations", &registrations];
    arguments.extend(owner.iter().flat_map(|owner| ["--owner", owner]));
    users.home.succeed(&arguments)["registration_token"].as_str().unwrap().to_owned()
}

fn request(token: &str, body: &Value) -> Request {
    let request = Request::new("POST", "/oauth2/register").header("content-type", "application/json");
    request.bearer(token).body(body.to_string())
}

fn assert_refused(answer: &Response, status: u16, error: &str) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (status, Some(error)), "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.json().as_object().unwrap().len(), 2);
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
}

fn a_client_registers_itself_and_signs_a_user_in(database: Database) {
    let users = Users::new(database);
    let token = token(&users, None, 10);
    let client = json!({
        "client_name": "Ph\u{f6}ne <script>",
        "redirect_uris": [CALLBACK, CALLBACK],
        "grant_types": ["authorization_code", "refresh_token", "password"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_post",
        "scope": "menu orders",
        "logo_uri": "https://app.example/logo.png",
        "something_else": { "a": [1] },
        "jwks_uri": null,
    });
    let answer = users.server.send(&request(&token, &client));
    assert_eq!((answer.status, answer.header("cache-control")), (201, Some("no-store")), "{}", answer.text());
    let mut body = answer.json();
    let id = text(&answer, "client_id");
    let secret = text(&answer, "client_secret");
    let issued_at = body["client_id_issued_at"].as_u64().unwrap();
    assert_eq!(
        body,
        json!({
            "client_id": id,
            "client_secret": secret,
            "client_id_issued_at": issued_at,
            "client_secret_expires_at": 0,
            "client_name": "Ph\u{f6}ne <script>",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token", "password"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_post",
            "scope": "menu orders",
        })
    );
    assert_eq!(users.home.query("SELECT count(*) FROM tokens"), "0");
    let application = users.home.query(&format!("SELECT application_id FROM key_sets WHERE consumer_key = '{id}'"));
    let client = Client { application, id, secret: Some(secret.clone()) };
    let given = users.sign_in(&client);
    assert_eq!((given.status, &given.json()["scope"]), (200, &json!("menu orders")), "{}", given.text());
    let refused = users.ask(&client, "grant_type=password&username=alice&password=x");
    assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("unauthorized_client")));
    // The defaults are those of RFC 7591. A public client has no secret.
    let answer = users
        .server
        .send(&request(&token, &json!({ "redirect_uris": ["com.example.app:/cb"], "token_endpoint_auth_method": "none" })));
    body = answer.json();
    assert_eq!((answer.status, &body["grant_types"]), (201, &json!(["authorization_code"])), "{}", answer.text());
    assert_eq!((&body["client_name"], body.get("scope")), (&json!("Registered client"), None));
    assert_eq!((body.get("client_secret"), body.get("client_secret_expires_at")), (None, None));
    let answer = users.server.send(&request(&token, &json!({ "grant_types": ["client_credentials"], "client_name": null })));
    assert_eq!((answer.status, &answer.json()["response_types"]), (201, &json!([])), "{}", answer.text());
    let (id, own) = (text(&answer, "client_id"), text(&answer, "client_secret"));
    assert_eq!(users.server.send(&Request::token("grant_type=client_credentials").basic(&id, &own)).status, 200);
    let log = std::fs::read_to_string(users.home.path("log")).unwrap();
    assert!(!log.contains(&secret) && !log.contains(&token));
    let audit = users.home.query("SELECT details FROM audit WHERE action = 'application.create' ORDER BY number DESC LIMIT 1");
    assert!(audit.contains("reg_") && !audit.contains("preg_"), "{audit}");
}

fn an_initial_access_token_is_limited_in_number_and_time(database: Database) {
    let users = Users::new(database);
    let client = json!({ "redirect_uris": [CALLBACK] });
    let three = token(&users, None, 3);
    let start = Barrier::new(8);
    let good = thread::scope(|scope| {
        let ask = || {
            start.wait();
            users.server.send(&request(&three, &client)).status == 201
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|good| *good).count()
    });
    assert_eq!(good, 3);
    assert_refused(&users.server.send(&request(&three, &client)), 401, "invalid_token");
    // A refused registration does not use up the token.
    let one = token(&users, None, 1);
    assert_refused(&users.server.send(&request(&one, &json!({}))), 400, "invalid_redirect_uri");
    assert_eq!(users.home.query("SELECT registrations FROM registration_tokens ORDER BY number"), "0\n1");
    users.home.query("UPDATE registration_tokens SET expires_at = 1000");
    assert_refused(&users.server.send(&request(&one, &client)), 401, "invalid_token");
    assert_eq!(users.home.query("SELECT count(*) FROM applications"), "3");
}

fn a_registered_client_belongs_to_the_owner_of_the_token(database: Database) {
    let users = Users::new(database);
    let client = json!({ "redirect_uris": [CALLBACK] });
    users.home.succeed(&["admin", "member", "create", "dora", "--role", "developer"]);
    let dora = token(&users, Some("dora"), 10);
    assert_eq!(users.server.send(&request(&dora, &client)).status, 201);
    assert_eq!(users.home.query("SELECT owner FROM applications"), "dora");
    // A developer creates and sees only initial access tokens of her own.
    let own = users.home.succeed(&["personal-token", "create", "dora"])["personal_token"].as_str().unwrap().to_owned();
    let api = |method: &str, target: &str, body: &str| {
        let request = Request::new(method, target).header("content-type", "application/json").bearer(&own).body(body);
        users.server.send(&request)
    };
    let tokens = "/api/v1/registration-tokens";
    users.home.succeed(&["registration-token", "create"]);
    let all = users.home.succeed(&["registration-token", "list"])["registration_tokens"].as_array().unwrap().len();
    assert_eq!((all, api("GET", tokens, "").json()["items"].as_array().unwrap().len()), (2, 1));
    let made = api("POST", tokens, r#"{"description":"mine"}"#);
    assert_eq!((made.status, made.json()["owner"].as_str()), (201, Some("dora")), "{}", made.text());
    let others = api("POST", tokens, r#"{"description":"mine","owner":"root"}"#);
    assert_eq!((others.status, others.json()["code"].as_str()), (403, Some("forbidden")), "{}", others.text());
    let made = made.header("location").unwrap();
    assert_eq!(api("DELETE", made, "").status, 204);
    let gone = api("GET", made, "");
    assert_eq!((gone.status, gone.json()["code"].as_str()), (404, Some("no_such_registration_token")));
    // The token is refused when its owner may no longer own applications. A later member with the same name does not inherit it.
    users.home.succeed(&["admin", "member", "change", "dora", "--role", "auditor"]);
    assert_refused(&users.server.send(&request(&dora, &client)), 401, "invalid_token");
    users.home.succeed(&["admin", "member", "delete", "dora"]);
    users.home.succeed(&["admin", "member", "create", "dora", "--role", "developer"]);
    assert_refused(&users.server.send(&request(&dora, &client)), 401, "invalid_token");
}

#[test]
fn every_problem_of_a_registration_is_reported() {
    let users = Users::new(Database::Sqlite);
    let token = token(&users, None, 100);
    let send = |body: &Value| users.server.send(&request(&token, body));
    let (uri, metadata) = ("invalid_redirect_uri", "invalid_client_metadata");
    for (client, error, words) in [
        (json!({}), uri, vec!["redirect_uris"]),
        (json!({ "redirect_uris": [] }), uri, vec!["redirect_uris"]),
        (json!({ "redirect_uris": "https://app.example/" }), uri, vec!["redirect_uris"]),
        (
            json!({ "redirect_uris": ["javascript:alert(1)", "https://app.example/#x", "http://app.example/", 1] }),
            uri,
            vec!["redirect_uris[0]", "redirect_uris[1]", "redirect_uris[2]", "redirect_uris[3]"],
        ),
        (
            json!({
                "redirect_uris": [CALLBACK], "grant_types": ["implicit", 1], "response_types": ["token"], "client_name": "a\nb",
                "token_endpoint_auth_method": "private_key_jwt", "scope": "a  b",
            }),
            metadata,
            vec!["grant_types[0]", "grant_types[1]", "response_types[0]", "client_name", "token_endpoint_auth_method", "scope"],
        ),
        (json!({ "redirect_uris": [CALLBACK], "grant_types": [] }), metadata, vec!["grant_types"]),
        (
            json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "none" }),
            metadata,
            vec!["grant_types", "client_credentials"],
        ),
        (json!({ "redirect_uris": vec![CALLBACK; 101] }), uri, vec!["redirect_uris"]),
        (json!({ "redirect_uris": [CALLBACK], "scope": "x".repeat(20_000) }), metadata, vec![]),
        (json!([]), metadata, vec!["object"]),
    ] {
        let answer = send(&client);
        assert_refused(&answer, 400, error);
        let description = text(&answer, "error_description");
        for word in words {
            assert!(description.contains(word), "`{word}` is not in `{description}`");
        }
        assert!(!description.contains("alert") && !description.contains("private_key_jwt"), "{description}");
    }
    let raw = |body: &str| {
        users
            .server
            .send(&Request::new("POST", "/oauth2/register").header("content-type", "application/json").bearer(&token).body(body))
    };
    for bad in ["", "{", "{\"client_name\":\"a\",\"client_name\":\"b\"}", "\u{feff}{}", "{} x"] {
        assert_refused(&raw(bad), 400, metadata);
    }
    assert_eq!(raw(&"x".repeat(100_000)).status, 413);
    let form = Request::new("POST", "/oauth2/register").header("content-type", "application/x-www-form-urlencoded");
    assert_refused(&users.server.send(&form.bearer(&token).body("client_name=x")), 400, "invalid_request");
    assert_eq!(users.home.query("SELECT count(*) FROM applications"), "0");
}

#[test]
fn a_registration_needs_an_initial_access_token() {
    let users = Users::new(Database::Sqlite);
    let token = token(&users, None, 100);
    let bare = || Request::new("POST", "/oauth2/register").header("content-type", "application/json").body("rubbish");
    let answer = users.server.send(&bare());
    assert_refused(&answer, 401, "invalid_token");
    assert_eq!(answer.header("www-authenticate"), Some(format!("Bearer realm=\"{ISSUER}\"").as_str()));
    assert_refused(&users.server.send(&bare().basic("a", &token)), 401, "invalid_token");
    let twice = bare().bearer(&token).bearer(&token);
    assert_refused(&users.server.send(&twice), 400, "invalid_request");
    let answer = users.server.send(&bare().bearer("preg_x"));
    assert_refused(&answer, 401, "invalid_token");
    assert!(answer.header("www-authenticate").unwrap().ends_with("error=\"invalid_token\""));
    // Guesses are throttled.
    let answers: Vec<_> = (0..40).map(|n| users.server.send(&bare().bearer(&format!("preg_{n}"))).status).collect();
    assert!(answers.contains(&429), "{answers:?}");
    let answer = users.server.send(&bare().bearer("preg_y"));
    assert_eq!((answer.status, answer.header("retry-after").is_some()), (429, true));
    // The right token passes: its body is refused.
    assert_eq!(users.server.send(&bare().bearer(&token)).status, 400);
}
