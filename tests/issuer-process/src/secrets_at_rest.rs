//! No secret is stored or logged in a form that could be used.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::harness::{Home, Request, Server};

/// The encodings in which the bytes of a secret could be stored.
fn forms(name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    [
        ("raw", bytes.to_vec()),
        ("base64url", URL_SAFE_NO_PAD.encode(bytes).into_bytes()),
        ("base64", STANDARD.encode(bytes).into_bytes()),
        ("base64 without padding", STANDARD_NO_PAD.encode(bytes).into_bytes()),
        ("hex", hex.clone().into_bytes()),
        ("upper-case hex", hex.to_uppercase().into_bytes()),
    ]
    .map(|(form, bytes)| (format!("{name}, {form}"), bytes))
    .into()
}

/// The forms in which a token or a secret in base64url could be stored: whole, without its prefix, and decoded.
fn text_forms(name: &str, text: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = vec![(name.to_owned(), text.as_bytes().to_vec())];
    let core = text.rsplit('.').next().unwrap().trim_start_matches("edge_");
    found.push((format!("{name}, its core"), core.as_bytes().to_vec()));
    found.extend(forms(name, &URL_SAFE_NO_PAD.decode(core).unwrap()));
    found
}

#[test]
fn no_secret_and_no_token_is_in_the_database_or_in_the_log() {
    // With HS256 the bundle tells what the signing key is that must not be found.
    let (home, id) = Home::empty().initialised_with_hs256().subscribed();
    let mut secrets = Vec::new();
    let first = home.generate(&id, "production", &["--scope", "orders"]);
    secrets.extend(text_forms("consumer secret", first.secret()));
    secrets.extend(text_forms("generated token", first.token()));
    let edge = home.succeed(&["admin", "edge-key", "create", "edge-1"]);
    let edge_key = edge["edge_key"].as_str().unwrap();
    secrets.extend(text_forms("edge key", edge_key));

    let mut running: Option<Server> = None;
    for (arguments, log) in [(&[][..], "log-text"), (&["--log-format", "json"], "log-json")] {
        if let Some(before) = running.take() {
            assert!(before.stop("-TERM").0.success());
        }
        let server = Server::start_with(&home, arguments, log);
        let granted = server.send(&Request::token("grant_type=client_credentials").basic(first.key(), first.secret()));
        secrets.extend(text_forms("granted token", granted.json()["access_token"].as_str().unwrap()));
        let bundle = server.send(&Request::get("/edge/bundle").bearer(edge_key)).json();
        let key = URL_SAFE_NO_PAD.decode(bundle["keys"]["keys"][0]["k"].as_str().unwrap()).unwrap();
        secrets.extend(forms("signing key", &key));
        let token = granted.json()["access_token"].as_str().unwrap().to_owned();
        let revoke = |target: &str, form: &str| {
            let request = Request::new("POST", target).header("content-type", "application/x-www-form-urlencoded").body(form);
            server.send(&request.basic(first.key(), first.secret())).status
        };
        assert_eq!(revoke("/oauth2/revoke", &format!("token={token}")), 200);
        // Error messages could contain a secret of the request.
        assert_eq!(revoke(&format!("/oauth2/revoke?token={token}"), &format!("token={token}")), 400);
        assert_eq!(revoke("/oauth2/revoke", &format!("token={token}&token={token}")), 400);
        server.send(&Request::get(&format!("/status/{token}")));
        server.send(&Request::new("POST", &format!("/oauth2/token?client_secret={}", first.secret())));
        server.send(&Request::token("grant_type=client_credentials").basic(first.secret(), first.key()));
        server.send(&Request::token("grant_type=client_credentials").bearer(edge_key));
        server.send(&Request::token(format!("grant_type={}", first.secret())));
        server.send(&Request::get(&format!("/edge/bundle?access_token={edge_key}")));
        server.send(&Request::get("/edge/bundle").bearer(first.token()));
        server.send(&Request::get(&format!("/{}", first.secret())));
        running = Some(server);
    }
    let second = home.regenerate(&id, "production", &[]);
    secrets.extend(text_forms("regenerated token", second.token()));
    let master = fs::read_to_string(home.path("master.key")).unwrap();
    secrets.extend(text_forms("master key", master.trim()));

    // Searches while the write-ahead log exists, and again after the server has stopped.
    assert!(fs::metadata(home.path("postern.db-wal")).unwrap().len() > 0);
    let searched = search(&home, &secrets);
    assert!(searched >= 5, "{searched} files");
    // The search finds the consumer key, which is public, so it does look into the right files.
    let public = [("consumer key".to_owned(), first.key().as_bytes().to_vec())];
    assert!(std::panic::catch_unwind(|| search(&home, &public)).is_err());
    assert!(running.unwrap().stop("-TERM").0.success());
    search(&home, &secrets);

    let log = fs::read_to_string(home.path("log-json")).unwrap();
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert!(log.contains("issued a token"));
}

/// Searches every file except that of the master key, and returns how many it searched.
fn search(home: &Home, secrets: &[(String, Vec<u8>)]) -> usize {
    let files = fs::read_dir(home.path("")).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|file| file != &home.path("master.key")).collect();
    for file in &files {
        let content = fs::read(file).unwrap();
        for (name, bytes) in secrets {
            let found = content.windows(bytes.len()).any(|window| window == bytes);
            assert!(!found, "{name} is in {}", file.display());
        }
    }
    files.len()
}
