//! Errors say what to do: the value to give instead, or the next command.

use std::process::Output;

use crate::harness::{AUDIENCE, Database, Home, ISSUER, Server, bare_command, failure, on_both};

on_both!(whoami_names_the_database; postgres: a_missing_password_of_the_database_is_named);

fn whoami_names_the_database(database: Database) {
    let home = Home::empty_on(database).initialised();
    let shown = home.succeed(&["whoami"])["database"].as_str().unwrap().to_owned();
    match database {
        Database::Sqlite => assert_eq!(shown, home.location()),
        Database::Postgres => {
            assert!(shown.starts_with("postgres"), "{shown}");
            let password = home.location().split_once('@').and_then(|(start, _)| start.rsplit_once(':')).unwrap().1.to_owned();
            assert!(!shown.contains(&format!(":{password}@")), "{shown}");
        }
    }
}

fn a_missing_password_of_the_database_is_named(database: Database) {
    let home = Home::empty_on(database);
    let with = home.location();
    let (start, end) = with.split_once('@').unwrap();
    let without = format!("{}@{end}", start.rsplit_once(':').unwrap().0);
    let error = home.fail(&["init", "--issuer", ISSUER, "--audience", AUDIENCE, "--database", &without]);
    assert!(error.contains("password missing") && error.contains("hint: `database_password_file`"), "{error}");
}

#[test]
fn an_address_to_listen_at_is_explained_like_the_configuration_key() {
    let home = Home::new();
    for wrong in ["localhost:8079", "127.0.0.1", "8079", "127.0.0.1:80800"] {
        let error = home.misuse(&["serve", "--listen", wrong]);
        assert!(error.contains("must be an address and a port, such as `127.0.0.1:8080` or `[::1]:8080`"), "{wrong}: {error}");
    }
}

#[test]
fn an_encrypted_connection_to_the_plain_issuer_is_explained() {
    let home = Home::new();
    let server = Server::start(&home);
    let (encrypted, plain) = (format!("https://{}", server.address), format!("http://{}", server.address));
    let whoami = |address: &str| -> Output {
        let mut command = bare_command(&home.path(""), &["whoami"]);
        command.env("POSTERN_SERVER", address).env("POSTERN_TOKEN", "ppat_hunter2").output().unwrap()
    };
    let error = failure(&whoami(&encrypted), 1);
    assert!(error.contains("answers in plain HTTP, without TLS") && error.contains(&format!("use `{plain}`")), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    let error = failure(&whoami(&plain), 1);
    assert!(error.contains("postern login"), "{error}");
}

#[test]
fn without_a_database_and_a_login_both_are_named() {
    let home = Home::empty();
    let error = failure(&bare_command(&home.path(""), &["application", "list"]).output().unwrap(), 1);
    assert!(error.contains("run `postern init` first") && error.contains("`postern login`"), "{error}");
}

#[test]
fn an_existing_file_is_not_overwritten_by_a_backup() {
    let home = Home::new();
    let file = home.write("copy.db", "mine");
    let error = home.fail(&["backup", "--out", &file]);
    assert!(error.contains("copy.db` exists: choose a new file"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_name_that_no_application_has_is_explained() {
    let home = Home::with_application().0;
    for arguments in [
        &["token", "create", "--application", "storefront", "--key-type", "production"][..],
        &["token", "list", "--application", "storefront"],
        &["token", "revoke", "--all", "--application", "storefront"],
        &["subscription", "list", "--application", "storefront"],
        &["subscription", "create", "--application", "storefront", "--api", "pizza/1.0.0", "--tier", "gold"],
        &["admin", "audit", "list", "--application", "storefront"],
    ] {
        let error = home.fail(arguments);
        assert!(error.contains("there is no application with the id or name `storefront`"), "{arguments:?}: {error}");
        assert!(error.contains("hint: `postern application list`"), "{arguments:?}: {error}");
    }
}

#[test]
fn a_validity_takes_a_unit_or_seconds() {
    let (home, application) = Home::with_application();
    let keys = |validity: &str| {
        let change = ["token", "keys", "change", "--application", &application, "--key-type", "production"];
        home.succeed(&[&change[..], &["--validity", validity, "--user-validity", validity]].concat())
    };
    home.generate(&application, "production", &["--validity", "90s"]);
    for (text, seconds) in [("1h", 3600), ("1d", 86_400), ("15m", 900), ("86400", 86_400)] {
        assert_eq!(keys(text)["validity"], seconds, "{text}");
    }
    home.succeed(&["admin", "settings", "change", "--application-validity", "2h"]);
    home.succeed(&["application", "change", &application, "--application-validity", "3h"]);
    for wrong in ["1 hour", "1h30m", "0", "0s", "1y", "", "999999999w"] {
        let error =
            home.misuse(&["token", "create", "--application", &application, "--key-type", "sandbox", "--validity", wrong]);
        assert!(error.contains("seconds"), "{wrong}: {error}");
    }
}

#[test]
fn an_hs256_key_for_both_environments_names_the_way_to_the_second_one() {
    let home = Home::empty().initialised_with_hs256();
    let key = &home.succeed(&["admin", "signing-key", "list"])["keys"][0]["kid"];
    let error = home.fail(&["admin", "signing-key", "sign", key.as_str().unwrap(), "--key-type", "sandbox"]);
    assert!(error.contains("hint: ") && error.contains("--planned-for sandbox"), "{error}");
}

#[test]
fn an_api_key_in_an_openapi_document_names_the_flag() {
    let home = Home::new();
    let document = r#"{"openapi":"3.0.0","info":{"title":"x","version":"1"},"paths":{"/a":{"get":{"security":[{"k":[]}],"responses":{}}}},
        "components":{"securitySchemes":{"k":{"type":"apiKey","in":"header","name":"x"}}}}"#;
    let file = home.write("openapi.json", document);
    let error = home.fail(&["api", "import", &file]);
    assert!(error.contains("--replace-other-schemes"), "{error}");
    home.succeed(&["api", "import", &file, "--replace-other-schemes"]);
}

#[test]
fn a_line_that_is_not_json_is_explained_without_a_field() {
    let home = Home::new();
    let bundle = home.write("bundle.json", &String::from_utf8(home.bundle()).unwrap());
    let output = home.pipe(&["explain", "--bundle", &bundle], ".\n");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with(r#"{"error":"is not JSON: "#), "{printed}");
}

#[test]
fn the_error_of_a_wrong_master_key_names_the_right_one() {
    let home = Home::new();
    let other = Home::new();
    let key = other.path("master.key");
    let error = home.fail(&["admin", "bundle", "--master-key-file", key.to_str().unwrap()]);
    assert!(error.contains("of `postern init`, or of the last `postern admin master-key change`"), "{error}");
}

#[test]
fn everything_wrong_with_an_api_is_reported_at_once() {
    let home = Home::new();
    let file = home.write("api.json", r#"{"name":"x","version":"1","context":"no-slash","resorces":[]}"#);
    let error = home.fail(&["api", "create", &file]);
    assert!(error.contains("`resorces`: is unknown") && error.contains("`context`: "), "{error}");
}
