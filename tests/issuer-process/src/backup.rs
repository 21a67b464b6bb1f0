//! Backup, restore and recovery: a restored database does not know what happened after the backup.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Home, Request, Server, mode};

fn kids(home: &Home) -> Vec<Value> {
    let bundle: Value = serde_json::from_slice(&home.bundle()).unwrap();
    bundle["keys"]["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

#[test]
fn a_backup_of_a_running_server_is_restored_and_recovered() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &["--scope", "orders"]);
    let copy = home.path("copy.db");
    let later = {
        let server = Server::start(&home);
        let copied = home.succeed(&["backup", "--out", copy.to_str().unwrap()]);
        assert_eq!(copied, json!({ "copied": copy.to_str().unwrap() }));
        assert_eq!(mode(&copy), 0o600);
        // An existing file is not overwritten.
        assert!(home.fail(&["backup", "--out", copy.to_str().unwrap()]).contains("copy.db"));
        // After the backup one token is minted and another revoked. The backup knows neither change.
        let form = "grant_type=client_credentials&validity_period=7200";
        let later = server.send(&Request::token(form).basic(keys.key(), keys.secret())).json();
        home.succeed(&["token", "revoke", keys.text("jti")]);
        later["access_token"].as_str().unwrap().to_owned()
    };
    for name in ["postern.db", "postern.db-wal", "postern.db-shm"] {
        // SQLite may have deleted the last two already.
        let _ = fs::remove_file(home.path(name));
    }
    fs::rename(&copy, home.database()).unwrap();
    assert_eq!(home.tokens(&id).len(), 1);
    assert_eq!(home.tokens(&id)[0]["state"], "active");

    let before = kids(&home);
    assert!(home.misuse(&["recover"]).contains("--end-all-tokens"));
    let recovered = home.succeed(&["recover", "--end-all-tokens"]);
    assert_eq!((&recovered["retired"], &recovered["revoked"]), (&json!(2), &json!(1)));
    assert_eq!(kids(&home), [recovered["kid"].clone(), recovered["sandbox_kid"].clone()]);
    assert!(!before.contains(&recovered["kid"]));
    let server = Server::start(&home);
    for token in [keys.token(), &later] {
        let asked = Request::new("POST", "/oauth2/introspect").header("content-type", "application/x-www-form-urlencoded");
        let answer = server.send(&asked.body(format!("token={token}")).basic(keys.key(), keys.secret()));
        assert_eq!(answer.json(), json!({ "active": false }));
    }
    // The client still obtains tokens. The status index of a new token is in a new status list.
    let form = Request::token("grant_type=client_credentials").basic(keys.key(), keys.secret());
    let token = server.send(&form).json()["access_token"].as_str().unwrap().to_owned();
    crate::harness::verified(&home, &token, |claims| {
        let status = claims.status.as_ref().unwrap();
        assert!(status.uri.ends_with("/status/2"), "{}", status.uri);
    });
    let entries = home.succeed(&["admin", "signing-key", "list"]);
    assert_eq!(entries["keys"].as_array().unwrap().len(), 4);
}
