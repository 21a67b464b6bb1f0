//! `GET /oauth2/jwks` (RFC 7517)

use serde_json::Value;

use crate::harness::{AUDIENCE, Home, ISSUER, Request, Server};

#[test]
fn public_keys_are_shown_and_no_secrets() {
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        let home = Home::empty();
        home.succeed(&["init", "--issuer", ISSUER, "--audience", AUDIENCE, "--algorithm", algorithm]);
        // An HS256 signing key has no public half, so it must not be listed.
        home.succeed(&["admin", "signing-key", "create", "--algorithm", "HS256"]);
        let server = Server::start(&home);
        let answer = server.send(&Request::get("/oauth2/jwks"));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/jwk-set+json")));
        let body = answer.json();
        let keys = body["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 2, "one for each environment: {body}");
        assert_eq!((&keys[0]["alg"], &keys[0]["use"]), (&Value::from(algorithm), &Value::from("sig")));
        for secret in ["d", "k", "p", "q", "dp", "dq", "qi", "oth"] {
            assert!(keys[0].get(secret).is_none(), "`{secret}` of {algorithm}");
        }
        let metadata = server.send(&Request::get("/.well-known/oauth-authorization-server")).json();
        assert_eq!(metadata["jwks_uri"], format!("{ISSUER}/oauth2/jwks"));
    }
}

#[test]
fn an_issuer_with_only_hs256_shows_no_key() {
    let home = Home::empty().initialised_with_hs256();
    let server = Server::start(&home);
    assert_eq!(server.send(&Request::get("/oauth2/jwks")).text(), r#"{"keys":[]}"#);
}
