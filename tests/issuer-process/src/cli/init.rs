//! `postern init`

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::harness::users::PASSWORD;
use crate::harness::{AUDIENCE, Browser, Home, ISSUER, Server, bare_command, failure, mode};

const INIT: [&str; 5] = ["init", "--issuer", ISSUER, "--audience", AUDIENCE];

#[test]
fn creates_a_private_database_and_a_private_master_key() {
    let home = Home::empty();
    assert_eq!(home.succeed(&INIT), json!({ "issuer": ISSUER, "audience": AUDIENCE, "algorithm": "ES256" }));
    assert_eq!(mode(&home.database()), 0o600);
    assert_eq!(mode(&home.path("master.key")), 0o600);
    assert_eq!(fs::read_to_string(home.path("master.key")).unwrap().trim().len(), 43);
    home.bundle();
}

#[test]
fn signs_with_es256_and_warns_of_hs256_which_is_chosen_by_name() {
    let home = Home::empty();
    assert_eq!(home.warnings(&INIT), [""; 0]);
    let bundle: serde_json::Value = serde_json::from_slice(&home.bundle()).unwrap();
    for key in bundle["keys"]["keys"].as_array().unwrap() {
        assert_eq!((&key["alg"], &key["kty"], key.get("k"), key.get("d")), (&json!("ES256"), &json!("EC"), None, None));
    }
    let home = Home::empty();
    let warnings = home.warnings(&[&INIT[..], &["--algorithm", "HS256"]].concat());
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].contains("every edge that can verify a token") && warnings[0].contains("can also mint one"),
        "{warnings:?}"
    );
    assert_eq!(home.warnings(&["admin", "signing-key", "create", "--algorithm", "HS256"]), warnings);
    assert_eq!(home.warnings(&["admin", "signing-key", "create", "--algorithm", "ES256"]), [""; 0]);
}

#[test]
fn refuses_a_database_that_is_initialised() {
    let home = Home::new();
    let before = home.bundle();
    assert!(home.fail(&INIT).contains("already initialised"));
    assert_eq!(home.bundle(), before);
    // The same with another master key file, which must not be created.
    let other = home.path("other.key");
    let error = failure(&home.command(&INIT).env("POSTERN_MASTER_KEY_FILE", &other).output().unwrap(), 1);
    assert!(error.contains("already initialised"));
    assert!(!other.exists());
}

#[test]
fn makes_a_first_administrator_who_can_sign_in_to_the_portal() {
    let home = Home::empty();
    let arguments = [&INIT[..], &["--administrator", "root"]].concat();
    // There is no default password, and a weak one leaves a database that can still be initialised.
    for (input, expected) in
        [("", "the password is missing"), ("12345678\n", "a common password"), ("one line\nand more", "more than one line")]
    {
        let error = failure(&home.pipe(&arguments, input), 1);
        assert!(error.contains(expected), "{error}");
    }
    let printed = home.pipe(&arguments, PASSWORD);
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let printed: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!((&printed["administrator"], &printed["account"]), (&json!("root"), &json!("root@local")));
    let member = home.succeed(&["admin", "member", "show", "root"]);
    assert_eq!((&member["role"], &member["account"]), (&json!("administrator"), &json!("root@local")));
    let server = Server::start(&home);
    let mut root = Browser::new(&server);
    assert_eq!(root.sign_in("/sign-in?next=%2Fportal", "root", PASSWORD).leads_to(), "/portal");
    assert_eq!(root.get("/portal").status(), 200);
    assert_eq!(Browser::new(&server).sign_in("/sign-in", "root", "wrong password").status(), 403);
    assert!(!home.query("SELECT * FROM audit").contains(PASSWORD));
    // Without a local store there is nowhere to keep the account.
    let home = Home::empty();
    home.write("secret", "s");
    let home = home.configured(
        "[[user_store]]\nname = \"corp\"\nkind = \"openid_connect\"\nissuer = \"https://login.example\"\nclient_id = \"a\"\n\
         client_secret_file = \"secret\"\n",
    );
    assert!(failure(&home.pipe(&arguments, PASSWORD), 1).contains("a user store of the kind `local`"));
    assert!(!home.database().exists());
}

#[test]
fn uses_an_existing_master_key() {
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
    let error = failure(&bare_command(&home.path(""), &INIT).output().unwrap(), 1);
    assert!(error.contains("no master key is configured: name its file with --master-key-file"), "{error}");
    let error = failure(&bare_command(&home.path(""), &INIT).env("POSTERN_MASTER_KEY", "hunter2").output().unwrap(), 1);
    assert!(error.contains("32 bytes in base64url") && !error.contains("hunter2"), "{error}");
    let error = failure(&home.command(&INIT).env("POSTERN_MASTER_KEY", "A".repeat(43)).output().unwrap(), 1);
    assert!(error.contains("both set the master key"), "{error}");
    home.write("master.key", "hunter2");
    let error = home.fail(&INIT);
    assert!(error.contains("32 bytes in base64url") && !error.contains("hunter2"), "{error}");
}

#[test]
fn a_wrong_master_key_is_reported() {
    let (home, id) = Home::with_application();
    home.write("master.key", &"A".repeat(43));
    let generate = ["token", "create", "--application", &id, "--key-type", "sandbox"];
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["admin", "bundle"], &generate] {
        let output = home.command(arguments).output().unwrap();
        let error = failure(&output, 1);
        assert!(error.contains("the master key cannot decrypt the signing key"), "{error}");
    }
    fs::remove_file(home.path("master.key")).unwrap();
    let error = home.fail(&["admin", "bundle"]);
    assert!(error.contains("the master key file `") && error.contains("` does not exist"), "{error}");
    assert!(home.tokens(&id).is_empty());
}

#[test]
fn urls_that_a_token_cannot_contain_are_usage_errors() {
    let home = Home::empty();
    for issuer in [
        "issuer.example",
        "https://issuer.example/",
        "https://issuer.example?x",
        "https://issuer.example#x",
        "ftp://issuer.example",
    ] {
        let error = home.misuse(&["init", "--issuer", issuer, "--audience", AUDIENCE]);
        assert!(error.contains("`https` or `http` URL"), "{error}");
    }
    assert!(home.misuse(&["init", "--issuer", ISSUER, "--audience", "api"]).contains("absolute URI"));
    assert!(!home.database().exists());
}

#[test]
fn a_file_that_cannot_be_created_is_named() {
    let home = Home::empty();
    let error = failure(&home.command(&INIT).env("POSTERN_DATABASE", home.path("no/such/place.db")).output().unwrap(), 1);
    assert!(error.contains("no/such/place.db") && error.contains("No such file"), "{error}");
}

#[test]
fn other_commands_ask_for_init_first() {
    let home = Home::empty();
    for arguments in [&["application", "list"][..], &["serve"], &["admin", "defaults", "show"]] {
        assert!(home.fail(arguments).contains("run `postern init` first"));
    }
    assert!(!home.database().exists());
    home.write("postern.db", "this is not a database, whatever its name says, and it is long enough to look at");
    let error = home.fail(&["application", "list"]);
    assert!(error.contains("not a database"), "{error}");
}

#[test]
fn a_database_of_another_version_is_not_touched() {
    let home = Home::new();
    let connection = rusqlite::Connection::open(home.database()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    for arguments in [&["application", "list"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let error = home.fail(arguments);
        assert!(error.contains("newer version"), "{error}");
    }
    connection.pragma_update(None, "user_version", 0).unwrap();
    assert!(home.fail(&["application", "list"]).contains("older version"));
}

#[test]
fn the_files_that_sqlite_adds_are_private_too() {
    let home = Home::new();
    let server = crate::harness::Server::start(&home);
    home.create_application("x");
    for beside in ["postern.db-wal", "postern.db-shm"] {
        assert_eq!(fs::metadata(home.path(beside)).unwrap().permissions().mode() & 0o777, 0o600, "{beside}");
    }
    drop(server);
}

#[test]
fn a_database_file_may_have_any_name() {
    let home = Home::empty();
    home.succeed(&[&INIT[..], &["--database", ":memory:"]].concat());
    home.succeed(&["application", "list", "--database", ":memory:"]);
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
fn without_a_master_key_nothing_is_created() {
    let home = Home::empty();
    let mut command = home.command(&["init", "--issuer", ISSUER, "--audience", AUDIENCE]);
    let output = command.env_remove("POSTERN_MASTER_KEY_FILE").env_remove("POSTERN_MASTER_KEY").output().unwrap();
    assert!(failure(&output, 1).contains("no master key is configured"));
    assert!(!home.database().exists());
}
