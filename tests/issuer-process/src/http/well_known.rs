//! `/.well-known/oauth-authorization-server`

use serde_json::json;

use super::assert_problem;
use crate::harness::{AUDIENCE, Database, Home, ISSUER, Request, Server, on_both};

#[test]
fn the_metadata_does_not_depend_on_the_host_header() {
    let home = Home::new();
    let server = Server::start(&home);
    let request = Request::get("/.well-known/oauth-authorization-server")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "host=evil.example");
    let response = server.send(&request);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("application/json"));
    let expected = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/oauth2/authorize"),
        "token_endpoint": format!("{ISSUER}/oauth2/token"),
        "device_authorization_endpoint": format!("{ISSUER}/oauth2/device_authorization"),
        "registration_endpoint": format!("{ISSUER}/oauth2/register"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "client_credentials", "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"
        ],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "jwks_uri": format!("{ISSUER}/oauth2/jwks"),
        "introspection_endpoint": format!("{ISSUER}/oauth2/introspect"),
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint": format!("{ISSUER}/oauth2/revoke"),
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
    });
    assert_eq!(response.json(), expected);
    assert_problem(&server.send(&Request::get("/.well-known/oauth-authorization-server/other")), 404, "not_found");
}

fn the_password_grant_is_listed_only_where_a_client_has_it(database: Database) {
    let (home, id) = Home::with_application_on(database);
    let server = Server::start(&home);
    let listed = || {
        let metadata = server.send(&Request::get("/.well-known/oauth-authorization-server")).json();
        metadata["grant_types_supported"].as_array().unwrap().contains(&json!("password"))
    };
    assert!(!listed());
    // Both are needed: the grant type of the keys, and the permission of an administrator.
    home.generate(&id, "production", &["--grant-type", "client_credentials", "--grant-type", "password"]);
    assert!(!listed());
    home.succeed(&["application", "change", &id, "--passwords=true"]);
    assert!(listed());
    home.succeed(&[
        "token",
        "keys",
        "change",
        "--application",
        &id,
        "--key-type",
        "production",
        "--grant-type",
        "client_credentials",
    ]);
    assert!(!listed());
}

on_both!(the_password_grant_is_listed_only_where_a_client_has_it);

#[test]
fn the_path_of_an_issuer_follows_the_well_known_path() {
    let home = Home::empty();
    home.succeed(&["init", "--issuer", "https://example.com/auth/v1", "--audience", AUDIENCE]);
    let server = Server::start(&home);
    let response = server.send(&Request::get("/.well-known/oauth-authorization-server/auth/v1"));
    assert_eq!(response.json()["issuer"], "https://example.com/auth/v1");
    assert_eq!(response.json()["token_endpoint"], "https://example.com/auth/v1/oauth2/token");
    assert_problem(&server.send(&Request::get("/.well-known/oauth-authorization-server/auth")), 404, "not_found");
}
