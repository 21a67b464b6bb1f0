//! `postern admin signing-key`

use serde_json::{Value, json};

use crate::harness::{AUDIENCE, Home, ISSUER, Request, Server, verified};

fn list(home: &Home) -> Vec<Value> {
    home.succeed(&["admin", "signing-key", "list"])["keys"].as_array().unwrap().clone()
}

#[test]
fn an_issuer_signs_with_its_configured_algorithm() {
    for (asked, kty) in [("HS256", "oct"), ("es256", "EC"), ("EdDSA", "OKP"), ("rs256", "RSA")] {
        let home = Home::empty();
        home.succeed(&["init", "--issuer", ISSUER, "--audience", AUDIENCE, "--algorithm", asked]);
        let key = &list(&home)[0];
        assert!(key["algorithm"].as_str().unwrap().eq_ignore_ascii_case(asked));
        assert_eq!((&key["state"], &key["live_tokens"]), (&json!("signing"), &json!(0)));
        let bundle: Value = serde_json::from_slice(&home.bundle()).unwrap();
        assert_eq!(bundle["keys"]["keys"][0]["kty"], kty);
        // An edge cannot mint tokens with a public key.
        let secret = bundle["keys"]["keys"][0].get("k").is_some() || bundle["keys"]["keys"][0].get("d").is_some();
        assert_eq!(secret, kty == "oct");
        let id = home.create_application("App");
        verified(&home, home.generate(&id, "production", &[]).token(), |claims| assert_eq!(claims.app.as_str(), id));
    }
    let home = Home::empty();
    let init = |algorithm| home.misuse(&["init", "--issuer", ISSUER, "--audience", AUDIENCE, "--algorithm", algorithm]);
    assert!(init("none").contains("must be ES256, EdDSA, RS256 or HS256"));
    assert!(!home.database().exists());
}

#[test]
fn a_running_server_signs_with_a_new_signing_key_at_once() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &["--validity", "86400"]);
    let server = Server::start(&home);
    let grant = || {
        let request = Request::token("grant_type=client_credentials").basic(keys.key(), keys.secret());
        server.send(&request).json()["access_token"].as_str().unwrap().to_owned()
    };
    let kid = |token: &str| postern_token::UnverifiedToken::parse(token.as_bytes()).unwrap().kid().unwrap().to_owned();
    let first = kid(keys.token());
    let created = home.succeed(&["admin", "signing-key", "create", "--algorithm", "ES256"]);
    assert_eq!((&created["algorithm"], &created["state"]), (&json!("ES256"), &json!("published")));
    let second = created["kid"].as_str().unwrap().to_owned();
    assert_eq!(kid(&grant()), first);
    assert_eq!(home.succeed(&["admin", "signing-key", "sign", &second])["state"], "signing");
    let token = grant();
    assert_eq!(kid(&token), second);
    verified(&home, &token, |claims| assert_eq!(claims.app.as_str(), id));
    verified(&home, keys.token(), |claims| assert_eq!(claims.app.as_str(), id));
    // The new signing key also signs the status list.
    let bundle: Value = serde_json::from_slice(&home.bundle()).unwrap();
    let version = bundle["status_lists"][0]["version"].as_str().unwrap();
    let listed = server.send(&Request::get(&format!("/status/1?version={version}"))).text();
    assert_eq!(bundle["status_lists"][0]["list"], listed);

    assert!(home.fail(&["admin", "signing-key", "retire", &second]).contains("signs new tokens"));
    let error = home.fail(&["admin", "signing-key", "retire", &first]);
    assert!(error.contains("1 in all; the last expires in 86") && error.contains("--force"), "{error}");
    assert_eq!(list(&home)[0]["live_tokens"], 1);
    verified(&home, keys.token(), |claims| assert_eq!(list(&home)[0]["live_until"].as_u64(), claims.exp.map(|exp| exp.0)));
    let retired = home.succeed(&["admin", "signing-key", "retire", &first, "--force"]);
    assert_eq!(retired, json!({ "retired": first, "revoked": 1 }));
    let bundle: Value = serde_json::from_slice(&home.bundle()).unwrap();
    assert_eq!(bundle["keys"]["keys"].as_array().unwrap().len(), 2, "the new one, and the one that the sandbox had");
    let states: Vec<_> = list(&home).iter().map(|key| key["state"].clone()).collect();
    assert_eq!(states, ["retired", "published", "signing"]);
    assert!(home.fail(&["admin", "signing-key", "sign", &first]).contains("is retired"));
    assert!(home.fail(&["admin", "signing-key", "sign", "nothing"]).contains("`postern admin signing-key list`"));
}
