//! `postern admin master-key`

use std::fs;

use serde_json::json;

use crate::harness::{Home, mode};

#[test]
fn a_new_master_key_replaces_the_old_one() {
    let (home, id) = Home::with_application();
    let token = home.generate(&id, "production", &[]);
    let before = home.bundle();
    let (old, new) = (home.path("master.key"), home.path("new.key"));
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    let change = ["admin", "master-key", "change", "--previous-master-key-file", old, "--master-key-file", new];
    assert_eq!(home.succeed(&change), json!({ "signing_keys": 2 }));
    assert_eq!(mode(&home.path("new.key")), 0o600);
    // The old master key no longer decrypts the signing key, and cannot be changed again.
    assert!(home.fail(&["admin", "bundle"]).contains("the master key cannot decrypt the signing key"));
    assert!(home.fail(&change).contains("the master key cannot decrypt the signing key"));
    let output = home.command(&["admin", "bundle", "--master-key-file", new]).output().unwrap();
    let keys = |bundle: &[u8]| serde_json::from_slice::<serde_json::Value>(bundle).unwrap()["keys"].clone();
    assert_eq!(keys(&output.stdout), keys(&before));
    assert!(home.tokens(&id)[0]["jti"] == token.text("jti"));
    let entries = home.succeed(&["admin", "audit", "list", "--action", "master_key.change"])["entries"].clone();
    assert_eq!((&entries[0]["actor"], &entries[0]["details"]), (&json!("operator"), &json!({ "signing_keys": 2 })));
}

#[test]
fn a_change_needs_the_old_master_key_and_another_one() {
    let home = Home::new();
    assert!(home.fail(&["admin", "master-key", "change"]).contains("--previous-master-key-file"));
    let wrong = home.write("wrong.key", &"A".repeat(43));
    let file = home.path("master.key");
    let change = |previous: &str, new: &str| {
        home.fail(&["admin", "master-key", "change", "--previous-master-key-file", previous, "--master-key-file", new])
    };
    let new = home.path("new.key");
    assert!(change(&wrong, new.to_str().unwrap()).contains("cannot decrypt"));
    assert!(!new.exists());
    assert!(change(file.to_str().unwrap(), file.to_str().unwrap()).contains("is the same as the old one"));
    let copy = home.write("copy.key", &fs::read_to_string(&file).unwrap());
    assert!(change(file.to_str().unwrap(), &copy).contains("is the same as the old one"));
    home.succeed(&["application", "list"]);
    assert!(home.command(&["admin", "bundle"]).status().unwrap().success());
}
