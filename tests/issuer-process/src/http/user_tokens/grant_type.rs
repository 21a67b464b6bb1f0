//! A client that may not use a grant type is told so, whatever else its request lacks (RFC 6749 section 5.2).

use super::assert_refused;
use crate::harness::Database;
use crate::harness::users::{Client, ClientSettings, DEVICE_CODE, Users, exchange, refresh};

#[test]
fn the_grant_type_is_checked_before_the_grant() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings { grant_types: &["client_credentials"], public: false });
    let stranger = Client { secret: Some("wrong".into()), ..client.clone() };
    let device = format!("grant_type={DEVICE_CODE}");
    for form in [
        "grant_type=authorization_code".into(),
        "grant_type=refresh_token".into(),
        "grant_type=password".into(),
        "grant_type=password&username=alice".into(),
        "grant_type=password&username=alice&password=x".into(),
        exchange("poc_local.unknown"),
        exchange("no code at all"),
        refresh("por_local.unknown"),
        device.clone(),
        format!("{device}&device_code=pod_unknown"),
    ] {
        assert_refused(&users.ask(&client, &form), 400, "unauthorized_client");
        assert_refused(&users.ask(&stranger, &form), 401, "invalid_client");
    }
    // With the grant type, the request itself is judged.
    let allowed = users.client(ClientSettings::default());
    assert_refused(&users.ask(&allowed, "grant_type=authorization_code"), 400, "invalid_request");
    assert_refused(&users.ask(&allowed, &exchange("poc_local.unknown")), 400, "invalid_grant");
}

#[test]
fn a_public_client_gets_no_secret_and_is_not_told_its_scopes() {
    let users = Users::new(Database::Sqlite);
    let application = users.home.create_application("Page");
    users.home.subscribe(&application);
    let arguments = [
        "token",
        "generate",
        "--application",
        &application,
        "--key-type",
        "production",
        "--public",
        "--scope",
        "orders",
        "--grant-type",
        DEVICE_CODE,
        "--redirect-uri",
        "https://app.example/callback",
    ];
    let minted = users.home.succeed(&arguments);
    assert!(minted.get("consumer_secret").is_none(), "{minted}");
    let keys = users.home.succeed(&["token", "keys", "show", "--application", &application, "--key-type", "production"]);
    assert_eq!(keys["secrets"].as_array().unwrap().len(), 0);
    let public = Client { application, id: minted["consumer_key"].as_str().unwrap().to_owned(), secret: None };
    let refused = users.server.send(&public.request("/oauth2/device_authorization", "scope=ordres"));
    assert_refused(&refused, 400, "invalid_scope");
    assert!(!refused.text().contains("orders"), "{}", refused.text());
    // A secret can be created when the client becomes confidential.
    let of = ["--application", &public.application, "--key-type", "production"];
    users.home.succeed(&[&["token", "keys", "change"][..], &of, &["--public=false"]].concat());
    assert!(users.home.succeed(&[&["token", "secret", "create"][..], &of].concat())["consumer_secret"].is_string());
}
