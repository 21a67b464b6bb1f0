//! `postern config`, and the configuration file for other commands.

use serde_json::json;

use crate::harness::{AUDIENCE, Home, ISSUER, bare_command, failure};

#[test]
fn a_file_is_enough_for_every_command() {
    let home = Home::empty();
    let config = home.write("postern.toml", "database = 'data.db'\nmaster_key_file = 'the.key'\n");
    let run = |arguments: &[&str]| {
        // From another folder: relative paths start at the folder of the file.
        let output =
            bare_command(std::env::temp_dir().as_path(), &[arguments, &["--config", &config]].concat()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let warned = run(&["config", "check"]);
    assert!(warned["warnings"][0].as_str().unwrap().contains("`postern init` creates it"), "{warned}");
    run(&["init", "--issuer", ISSUER, "--audience", AUDIENCE]);
    assert!(home.path("data.db").exists() && home.path("the.key").exists());
    let stores = json!([{"name": "local", "kind": "local"}]);
    assert_eq!(run(&["config", "check"]), json!({"configuration": "ok", "user_stores": stores, "warnings": []}));
    assert_eq!(run(&["application", "list"]), json!({"applications": []}));
}

#[test]
fn every_problem_is_one_line_and_the_command_does_nothing() {
    let home = Home::empty();
    let config = home.write("postern.toml", "listn = 1\nlog = 'a=hunter2'\n");
    for arguments in
        [&["config", "check"][..], &["config", "print"], &["init", "--issuer", ISSUER, "--audience", AUDIENCE], &["serve"]]
    {
        let mut command = home.command(arguments);
        let error = failure(&command.env("POSTERN_CONFIG", &config).env("POSTERN_LISTEN", "hunter2").output().unwrap(), 1);
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 4, "{error}");
        assert!(
            lines[1].contains("did you mean `listen`?")
                && lines[2].starts_with("`POSTERN_LISTEN`")
                && lines[3].starts_with("`log`"),
            "{error}"
        );
        assert!(!error.contains("hunter2"));
    }
    assert!(!home.database().exists());
}

#[test]
fn effective_values_are_printed_without_secrets() {
    let home = Home::empty();
    let config = home.write("postern.toml", "database = 'postgres://postern:hunter2@db.example/postern'\nlog = 'warn'\n");
    let arguments = ["config", "print", "--config", &config, "--database", "mine.db"];
    let mut command = home.command(&arguments);
    let output = command.env("POSTERN_LOG", "debug").env("POSTERN_LOGG", "x").output().unwrap();
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |key: &str| printed["settings"].as_array().unwrap().iter().find(|each| each["key"] == key).cloned().unwrap();
    assert_eq!(of("database"), json!({"key": "database", "value": "mine.db", "from": "--database"}));
    assert_eq!(of("log"), json!({"key": "log", "value": "debug", "from": "`POSTERN_LOG`"}));
    assert_eq!(of("edge_listen"), json!({"key": "edge_listen", "value": null, "from": "default"}));
    assert_eq!(printed["warnings"], json!(["`POSTERN_LOGG` is unknown and has no effect; did you mean `POSTERN_LOG`?"]));

    let mut command = bare_command(&home.path(""), &["config", "print", "--config", &config]);
    let output = command.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("postgres://postern@db.example/postern") && !printed.contains("hunter2"), "{printed}");
}

#[test]
fn user_stores_are_checked_and_shown_without_secrets() {
    let home = Home::empty();
    home.write("password", "hunter2");
    let directory = "[[user_store]]\nname = 'partners'\nkind = 'ldap'\nurl = 'ldaps://ldap.example.org'\nbase_dn = 'dc=example'\n\
        bind_dn = 'cn=postern,dc=example'\nbind_password_file = 'password'\ndatabase = 'postgres://u:hunter2@db.example/users'\n";
    let config = home.write("postern.toml", directory);
    for subcommand in ["check", "print"] {
        let output = bare_command(&home.path(""), &["config", subcommand, "--config", &config]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(!printed.contains("hunter2"), "{printed}");
        let printed: serde_json::Value = serde_json::from_str(&printed).unwrap();
        let store = &printed["user_stores"][0];
        assert_eq!((&store["name"], &store["url"]), (&json!("partners"), &json!("ldaps://ldap.example.org:636")));
        assert_eq!(store["database"], "postgres://u@db.example/users");
    }
    let wrong = home.write("wrong.toml", &directory.replace("ldaps://", "ldap://"));
    let error = failure(&bare_command(&home.path(""), &["config", "check", "--config", &wrong]).output().unwrap(), 1);
    assert!(error.contains("`user_store.url` (line 4 of ") && error.contains("would send passwords unencrypted"), "{error}");
}
