//! `postern init`

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::harness::{AUDIENCE, Home, ISSUER, bare_command, failure, mode};

const INIT: [&str; 5] = ["init", "--issuer", ISSUER, "--audience", AUDIENCE];

#[test]
fn makes_a_database_and_a_master_key_that_nobody_else_can_read() {
    let home = Home::empty();
    assert_eq!(home.succeed(&INIT), json!({ "issuer": ISSUER, "audience": AUDIENCE }));
    assert_eq!(mode(&home.database()), 0o600);
    assert_eq!(mode(&home.path("master.key")), 0o600);
    assert_eq!(fs::read_to_string(home.path("master.key")).unwrap().trim().len(), 43);
    home.bundle();
}

#[test]
fn refuses_a_database_that_is_initialised() {
    let home = Home::new();
    let before = home.bundle();
    assert!(home.fail(&INIT).contains("already initialised"));
    assert_eq!(home.bundle(), before);
    // Not even with another master key, which must not be made either.
    let other = home.path("other.key");
    let said = failure(&home.command(&INIT).env("POSTERN_MASTER_KEY_FILE", &other).output().unwrap(), 1);
    assert!(said.contains("already initialised"));
    assert!(!other.exists());
}

#[test]
fn takes_a_master_key_that_is_there() {
    let home = Home::empty();
    let key = "k".repeat(42) + "A";
    home.write("master.key", &key);
    home.succeed(&INIT);
    assert_eq!(fs::read_to_string(home.path("master.key")).unwrap(), key);

    let home = Home::empty();
    let mut command = bare_command(&home.path(""), &INIT);
    assert!(command.env("POSTERN_MASTER_KEY", &key).output().unwrap().status.success());
    let mut command = bare_command(&home.path(""), &["admin", "bundle"]);
    assert!(command.env("POSTERN_MASTER_KEY", &key).output().unwrap().status.success());
}

#[test]
fn a_master_key_that_is_missing_malformed_or_given_twice_is_refused() {
    let home = Home::empty();
    let said = failure(&bare_command(&home.path(""), &INIT).output().unwrap(), 1);
    assert!(said.contains("no master key is given: set `POSTERN_MASTER_KEY`"), "{said}");
    let said = failure(&bare_command(&home.path(""), &INIT).env("POSTERN_MASTER_KEY", "hunter2").output().unwrap(), 1);
    assert!(said.contains("32 bytes in base64url") && !said.contains("hunter2"), "{said}");
    let said = failure(&home.command(&INIT).env("POSTERN_MASTER_KEY", "A".repeat(43)).output().unwrap(), 1);
    assert!(said.contains("two master keys"), "{said}");
    home.write("master.key", "hunter2");
    let said = home.fail(&INIT);
    assert!(said.contains("32 bytes in base64url") && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_wrong_master_key_is_said_to_be_wrong() {
    let (home, id) = Home::with_application();
    home.write("master.key", &"A".repeat(43));
    let generate = ["token", "generate", "--application", &id, "--key-type", "sandbox"];
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["admin", "bundle"], &generate] {
        let output = home.command(arguments).output().unwrap();
        let said = failure(&output, 1);
        assert!(said.contains("the master key does not open the signing key"), "{said}");
    }
    fs::remove_file(home.path("master.key")).unwrap();
    assert!(home.fail(&["admin", "bundle"]).contains("there is no master key file"));
    assert!(home.tokens(&id).is_empty());
}

#[test]
fn urls_that_cannot_stand_in_a_token_are_usage_errors() {
    let home = Home::empty();
    for issuer in [
        "issuer.example",
        "https://issuer.example/",
        "https://issuer.example?x",
        "https://issuer.example#x",
        "ftp://issuer.example",
    ] {
        let said = home.misuse(&["init", "--issuer", issuer, "--audience", AUDIENCE]);
        assert!(said.contains("`https` or `http` URL"), "{said}");
    }
    assert!(home.misuse(&["init", "--issuer", ISSUER, "--audience", "api"]).contains("absolute URI"));
    assert!(!home.database().exists());
}

#[test]
fn a_file_that_cannot_be_made_is_named() {
    let home = Home::empty();
    let said = failure(&home.command(&INIT).env("POSTERN_DATABASE", home.path("no/such/place.db")).output().unwrap(), 1);
    assert!(said.contains("no/such/place.db") && said.contains("No such file"), "{said}");
}

#[test]
fn other_commands_ask_for_init_first() {
    let home = Home::empty();
    for arguments in [&["admin", "application", "list"][..], &["serve"], &["admin", "defaults", "show"]] {
        assert!(home.fail(arguments).contains("run `postern init` first"));
    }
    assert!(!home.database().exists());
    home.write("postern.db", "this is not a database, whatever its name says, and it is long enough to look at");
    let said = home.fail(&["admin", "application", "list"]);
    assert!(said.contains("not a database"), "{said}");
}

#[test]
fn a_database_of_another_version_is_not_touched() {
    let home = Home::new();
    let connection = rusqlite::Connection::open(home.database()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    for arguments in [&["admin", "application", "list"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let said = home.fail(arguments);
        assert!(said.contains("newer version"), "{said}");
    }
    connection.pragma_update(None, "user_version", 0).unwrap();
    assert!(home.fail(&["admin", "application", "list"]).contains("older version"));
}

#[test]
fn the_files_beside_the_database_are_as_private() {
    let home = Home::new();
    let server = crate::harness::Server::start(&home);
    home.create_application("x");
    for beside in ["postern.db-wal", "postern.db-shm"] {
        assert_eq!(fs::metadata(home.path(beside)).unwrap().permissions().mode() & 0o777, 0o600, "{beside}");
    }
    drop(server);
}

#[test]
fn a_database_is_a_file_whatever_its_name() {
    let home = Home::empty();
    home.succeed(&[&INIT[..], &["--database", ":memory:"]].concat());
    home.succeed(&["admin", "application", "list", "--database", ":memory:"]);
    assert!(fs::metadata(home.path(":memory:")).unwrap().len() > 0);
}

#[test]
fn a_database_of_another_program_is_not_touched() {
    let home = Home::empty();
    let connection = rusqlite::Connection::open(home.database()).unwrap();
    connection.execute_batch("CREATE TABLE theirs (x)").unwrap();
    for arguments in [&INIT[..], &["serve", "--listen", "127.0.0.1:0"]] {
        assert!(home.fail(arguments).contains("belongs to another program"));
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);
    assert!(!home.path("master.key").exists());
}

#[test]
fn without_a_master_key_nothing_is_made() {
    let home = Home::empty();
    let mut command = home.command(&["init", "--issuer", ISSUER, "--audience", AUDIENCE]);
    let output = command.env_remove("POSTERN_MASTER_KEY_FILE").env_remove("POSTERN_MASTER_KEY").output().unwrap();
    assert!(failure(&output, 1).contains("no master key is given"));
    assert!(!home.database().exists());
}
