//! `/api/v1/applications/{id}/keys`

use serde_json::Value;

use super::{Api, assert_problem};
use crate::harness::{Request, verified};

struct Fixture {
    api: Api,
    application: String,
}

impl Fixture {
    fn new() -> Self {
        let api = Api::new();
        let application = api.create("/api/v1/applications", r#"{"name":"a"}"#)["id"].as_str().unwrap().to_owned();
        Self { application: format!("/api/v1/applications/{application}"), api }
    }

    fn keys(&self, below: &str) -> String {
        format!("{}/keys/production{below}", self.application)
    }

    fn grant(&self, keys: &Value, secret: &Value) -> u16 {
        let request = Request::token("grant_type=client_credentials");
        self.api.server.send(&request.basic(keys["consumer_key"].as_str().unwrap(), secret.as_str().unwrap())).status
    }
}

#[test]
fn a_key_set_is_generated_once_and_shown_without_secrets() {
    let fixture = Fixture::new();
    let (api, target) = (&fixture.api, fixture.keys(""));
    assert_problem(&api.get(&target), 404, "no_keys");
    let body = r#"{"domains":["*.Bücher.example","https://app.example.com:8443"],"ips":["192.0.2.0/24"],"scope":"orders:read orders:write",
        "validity":60,"grant_types":["client_credentials"],"redirect_uris":["https://app.example.com/callback"]}"#;
    let response = api.send("POST", &target, body);
    assert_eq!(response.status, 201, "{}", response.text());
    assert_eq!((response.header("location"), response.header("cache-control")), (Some(target.as_str()), Some("no-store")));
    let made = response.json();
    assert_eq!((made["expires_in"].as_u64(), made["token_type"].as_str()), (Some(60), Some("Bearer")));
    let token = made["access_token"].as_str().unwrap();
    verified(&api.home, token, |claims| {
        assert_eq!(claims.jti.as_str(), made["jti"].as_str().unwrap());
        assert_eq!(claims.scope.as_ref().unwrap().as_str(), "orders:read orders:write");
        let domains: Vec<_> = claims.domains.as_ref().unwrap().iter().map(|domain| domain.as_str().to_owned()).collect();
        assert_eq!(domains, ["*.xn--bcher-kva.example", "https://app.example.com:8443"]);
    });
    assert_eq!(fixture.grant(&made, &made["consumer_secret"]), 200);
    let seen = api.get(&target);
    let keys = seen.json();
    assert_eq!(keys["consumer_key"], made["consumer_key"]);
    assert_eq!(keys["ips"], serde_json::json!(["192.0.2.0/24"]));
    assert_eq!(keys["redirect_uris"], serde_json::json!(["https://app.example.com/callback"]));
    assert_eq!(keys["secrets"].as_array().unwrap().len(), 1);
    assert!(!seen.text().contains(made["consumer_secret"].as_str().unwrap()) && !seen.text().contains("eyJ"));
    assert_problem(&api.send("POST", &target, "{}"), 409, "keys_exist");
    assert_problem(&api.get(&format!("{}/keys/test", fixture.application)), 404, "not_found");
}

#[test]
fn a_change_of_a_key_set_leaves_existing_tokens_unchanged() {
    let fixture = Fixture::new();
    let (api, target) = (&fixture.api, fixture.keys(""));
    let forever = r#"{"forever_allowed":true,"max_application_validity":null}"#;
    assert_eq!(api.send("PATCH", "/api/v1/settings", forever).status, 200);
    api.create(&target, r#"{"scope":"a b","domains":["a.example"]}"#);
    let changed = api.send("PATCH", &target, r#"{"scope":null,"domains":[],"validity":-1,"grant_types":[]}"#).json();
    assert!(changed.get("scope").is_none() && changed.get("domains").is_none(), "{changed}");
    assert_eq!((changed["validity"].as_i64(), changed["grant_types"].as_array().map(Vec::len)), (Some(-1), Some(0)));
    let tokens = api.read(&format!("{}/tokens", fixture.application));
    assert_eq!((tokens["items"][0]["scope"].as_str(), tokens["items"][0]["state"].as_str()), (Some("a b"), Some("active")));
    assert_eq!(api.send("PATCH", "/api/v1/settings", r#"{"forever_allowed":false}"#).status, 200);
    assert_problem(&api.send("PATCH", &target, r#"{"validity":-5}"#), 422, "forever_forbidden");
    assert_problem(&api.send("PATCH", &format!("{}/keys/sandbox", fixture.application), "{}"), 404, "no_keys");
}

#[test]
fn a_regenerated_token_replaces_the_previous_one() {
    let fixture = Fixture::new();
    let api = &fixture.api;
    assert_problem(&api.send("POST", &fixture.keys("/regenerate"), "{}"), 404, "no_keys");
    let made = api.create(&fixture.keys(""), r#"{"scope":"a"}"#);
    let again = api.send("POST", &fixture.keys("/regenerate"), r#"{"scope":"a b","ips":["2001:db8::/32"],"validity":30}"#);
    assert_eq!((again.status, again.header("cache-control")), (200, Some("no-store")), "{}", again.text());
    let again = again.json();
    assert!(again.get("consumer_secret").is_none());
    assert_eq!((again["scope"].as_str(), again["expires_in"].as_u64()), (Some("a b"), Some(30)));
    let tokens = api.read(&format!("{}/tokens", fixture.application))["items"].clone();
    assert_eq!((tokens[0]["state"].as_str(), tokens[0]["current"].as_bool()), (Some("replaced"), Some(false)));
    assert_eq!((tokens[1]["state"].as_str(), tokens[1]["jti"].as_str()), (Some("active"), again["jti"].as_str()));
    let new = api.send("POST", &fixture.keys("/regenerate"), r#"{"new_secret":true}"#).json();
    assert_eq!(fixture.grant(&made, &made["consumer_secret"]), 401);
    assert_eq!(fixture.grant(&made, &new["consumer_secret"]), 200);
}

#[test]
fn a_second_secret_replaces_the_first() {
    let fixture = Fixture::new();
    let api = &fixture.api;
    let target = fixture.keys("/secrets");
    assert_problem(&api.send("POST", &target, "{}"), 404, "no_keys");
    let made = api.create(&fixture.keys(""), "{}");
    let first = api.read(&fixture.keys(""))["secrets"][0]["id"].as_str().unwrap().to_owned();
    assert_problem(&api.send("DELETE", &format!("{target}/{first}"), ""), 409, "last_secret");
    assert_problem(&api.send("POST", &target, r#"{"expires_at":1}"#), 422, "expires_in_the_past");
    assert_problem(&api.send("POST", &target, r#"{"description":"\n"}"#), 422, "invalid_body");
    let second = api.send("POST", &target, r#"{"description":"the new cluster","expires_at":4102444800}"#);
    assert_eq!((second.status, second.header("cache-control")), (201, Some("no-store")));
    let (location, second) = (second.header("location").unwrap().to_owned(), second.json());
    assert_eq!(
        (location, second["expires_at"].as_u64()),
        (format!("{target}/{}", second["id"].as_str().unwrap()), Some(4_102_444_800))
    );
    assert_problem(&api.send("POST", &target, "{}"), 409, "too_many_secrets");
    assert_eq!((fixture.grant(&made, &made["consumer_secret"]), fixture.grant(&made, &second["consumer_secret"])), (200, 200));
    let seen = api.get(&fixture.keys(""));
    assert!(!seen.text().contains(second["consumer_secret"].as_str().unwrap()));
    assert_eq!(
        (&second["description"], &seen.json()["secrets"][1]["description"]),
        (&"the new cluster".into(), &"the new cluster".into())
    );
    assert!(seen.json()["secrets"][0].get("description").is_none());
    assert_problem(&api.send("DELETE", &format!("{target}/cs_other"), ""), 404, "no_such_secret");
    assert_eq!(api.send("DELETE", &format!("{target}/{first}"), "").status, 204);
    assert_eq!((fixture.grant(&made, &made["consumer_secret"]), fixture.grant(&made, &second["consumer_secret"])), (401, 200));
}

#[test]
fn a_retried_request_gets_the_same_secret_and_creates_nothing() {
    let fixture = Fixture::new();
    let api = &fixture.api;
    let send = |target: &str, key: &str, body: &str| {
        api.server.send(&Api::request("POST", target, body).bearer(&api.administrator).header("idempotency-key", key))
    };
    let twice = |target: &str, key: &str, body: &str| {
        let (first, again) = (send(target, key, body), send(target, key, body));
        assert!(first.status < 300, "{}", first.text());
        assert_eq!((first.status, &first.body), (again.status, &again.body));
        assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
        assert_problem(&send(target, key, r#"{"x":1}"#), 422, "invalid_body");
        first.json()
    };
    let made = twice(&fixture.keys(""), "one", "{}");
    assert_eq!(fixture.grant(&made, &made["consumer_secret"]), 200);
    twice(&fixture.keys("/regenerate"), "two", "{}");
    twice(&fixture.keys("/secrets"), "three", "{}");
    assert_problem(&send(&fixture.keys("/secrets"), "three", r#"{"expires_at":4102444800}"#), 422, "idempotency_key_reused");
    let tokens = api.read(&format!("{}/tokens", fixture.application))["items"].as_array().unwrap().len();
    assert_eq!(tokens, 2);
    assert_eq!(api.read(&fixture.keys(""))["secrets"].as_array().unwrap().len(), 2);
}
