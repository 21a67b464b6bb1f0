//! Invalid requests of any grant type, and the metrics of user tokens.

use super::assert_refused;
use crate::harness::users::{ClientSettings, PASSWORD, Users, exchange, refresh, text};
use crate::harness::{Database, Request};

#[test]
fn a_request_must_be_a_valid_form() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    let form = exchange(&users.consent(&client, None));
    let secret = client.secret.clone().unwrap();
    let post = |target: &str| Request::new("POST", target).basic(&client.id, &secret);
    let json = post("/oauth2/token").header("content-type", "application/json").body("{\"grant_type\":\"authorization_code\"}");
    assert_refused(&users.server.send(&json), 400, "invalid_request");
    assert_refused(&users.server.send(&post("/oauth2/token").body(&form)), 400, "invalid_request");
    let in_url = post(&format!("/oauth2/token?{form}")).header("content-type", "application/x-www-form-urlencoded");
    assert_refused(&users.server.send(&in_url), 400, "invalid_request");
    for repeated in ["&code=x", "&client_id=x&client_id=x", "&grant_type=password", "&scope=a&scope=a"] {
        assert_refused(&users.ask(&client, &format!("{form}{repeated}")), 400, "invalid_request");
    }
    for unknown in ["implicit", "Password", "urn:ietf:params:oauth:grant-type:jwt-bearer", "%00"] {
        assert_refused(&users.ask(&client, &format!("grant_type={unknown}")), 400, "unsupported_grant_type");
    }
    assert_refused(&users.ask(&client, "code=x"), 400, "invalid_request");
    let endpoints = [("/oauth2/token", "POST,OPTIONS"), ("/oauth2/device_authorization", "POST"), ("/oauth2/register", "POST")];
    for (target, methods) in endpoints {
        let answer = users.server.send(&Request::get(target));
        assert_eq!((answer.status, answer.header("allow")), (405, Some(methods)), "{target}");
    }
    assert_eq!(users.ask(&client, &form).status, 200);
}

#[test]
fn metrics_count_user_tokens_and_wrong_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("postern.toml");
    std::fs::write(&config, "metrics_listen = \"127.0.0.1:0\"\n[limits]\nsign_in_failures_per_minute = 1\n").unwrap();
    let users = Users::with_arguments(Database::Sqlite, &["--config", config.to_str().unwrap()]);
    let client = users.client(ClientSettings::default());
    users.home.query(&format!("UPDATE applications SET passwords = 1 WHERE id = '{}'", client.application));
    let given = users.sign_in(&client);
    assert_eq!(users.ask(&client, &refresh(&text(&given, "refresh_token"))).status, 200);
    for (password, status) in [("wrong", 400), (PASSWORD, 429)] {
        let form = format!("grant_type=password&username=alice&password={password}");
        assert_eq!(users.ask(&client, &form).status, status);
    }
    let metrics = users.server.ready["metrics"].as_str().unwrap();
    let counted = Request::get("/metrics").try_send(metrics).unwrap().text();
    for line in [
        "postern_issuer_user_tokens_total{grant=\"authorization_code\"} 1",
        "postern_issuer_user_tokens_total{grant=\"refresh_token\"} 1",
        "postern_issuer_tokens_total{outcome=\"minted\"} 2",
        "postern_issuer_refused_sign_ins_total 1",
        "postern_issuer_throttled_sign_ins_total 1",
    ] {
        assert!(counted.lines().any(|found| found == line), "`{line}` is not in\n{counted}");
    }
}
