//! Invalid configurations: all problems are reported at once, and no message contains a value.

use super::{Configuration, load};

fn wrong(content: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Vec<String> {
    let (folder, loaded) = load(content, environment, flags);
    let errors = loaded.expect_err("the configuration must be refused").to_string();
    assert!(!errors.contains("hunter2"), "{errors}");
    let folder = format!("{}/", folder.path().display());
    errors.replace(&folder, "").lines().map(str::to_owned).collect()
}

#[test]
fn all_problems_are_reported_at_once_with_their_line() {
    let content = "listn = 1\nlisten = 'hunter2'\nlog_format = 'loud'\ndatabase_connections = 0\n\
        trusted_proxies = ['hunter2', '10.0.0.0/8', 'hunter2/8']\nmaster_key = 'hunter2'\n\n[limits]\nbody_bytes = '64k'\nbody = 1\n\n\
        [housekeeping]\ninterval = '1 hour'\n\n[limit]\nconnections = 1\n";
    let environment = [("POSTERN_SHUTDOWN_GRACE", "hunter2"), ("POSTERN_EDGE_LISTEN", "localhost:1")];
    let problems = wrong(content, &environment, &[("log_format", "hunter2")]);
    for (line, expected) in [
        "`limit` (line 15 of `postern.toml`) is not a configuration key; did you mean `limits`?",
        "`limits.body` (line 10 of `postern.toml`) is not a configuration key; did you mean `limits.body_bytes`?",
        "`listn` (line 1 of `postern.toml`) is not a configuration key; did you mean `listen`?",
        "`master_key` (line 6 of `postern.toml`) must not be set in the file",
        "`database_connections` (line 4 of `postern.toml`) must be a whole number from 1 to 1000",
        "`listen` (line 2 of `postern.toml`) must be an address and a port",
        "`POSTERN_EDGE_LISTEN` must be an address and a port",
        "--log-format must be `text` or `json`",
        "`trusted_proxies` (line 5 of `postern.toml`) [0] must be a CIDR block",
        "`trusted_proxies` (line 5 of `postern.toml`) [2] must be a CIDR block",
        "`POSTERN_SHUTDOWN_GRACE` must be a whole number with a unit",
        "`limits.body_bytes` (line 9 of `postern.toml`) must be a whole number from 1024 to 67108864",
        "`housekeeping.interval` (line 13 of `postern.toml`) must be a whole number with a unit",
    ]
    .iter()
    .enumerate()
    {
        assert!(problems.get(line).is_some_and(|problem| problem.starts_with(expected)), "{expected}\n{}", problems.join("\n"));
    }
    assert_eq!(problems.len(), 13, "{}", problems.join("\n"));
}

#[test]
fn values_of_the_wrong_type_are_refused() {
    for (content, expected) in [
        ("listen = 8080", "must be an address and a port"),
        ("listen = '127.0.0.1'", "must be an address and a port"),
        ("log = ''", "must not be empty"),
        ("log = 'postern=loud'", "is not a log filter"),
        ("log = ['info']", "must be a string in quotes"),
        ("log_format = true", "must be a string in quotes"),
        ("database = ''", "must not be empty"),
        ("database = 7", "must be a string in quotes"),
        ("trusted_proxies = '10.0.0.0/8'", "must be a list"),
        ("trusted_proxies = [1]", "must be a list"),
        ("shutdown_grace = 30", "must be a whole number with a unit"),
        ("shutdown_grace = '2h'", "must be from 0s to 1h"),
        ("housekeeping.interval = '0s'", "must be from 1s to 1d"),
        ("housekeeping.audit_retention = '23h'", "must be from 1d to 36500d"),
        ("housekeeping.audit_retention = 0", "must be a whole number with a unit"),
        ("limits = 7", "must be a table"),
        ("limits.connections = -1", "must be a whole number"),
        ("limits.connections = 1.5", "must be a whole number"),
        ("limits.connections = '5'", "must be a whole number"),
        ("[[limits]]\nconnections = 5", "must be a table"),
        ("listen = '127.0.0.1:1'\nedge_listen = '127.0.0.1:1'", "is already the address of another listener"),
        ("edge_listen = '127.0.0.1:1'\nmetrics_listen = '127.0.0.1:1'", "is already the address of another listener"),
    ] {
        let problems = wrong(content, &[], &[]);
        assert!(problems.len() == 1 && problems[0].contains(expected), "{content}: {problems:?}");
    }
}

#[test]
fn files_that_are_not_toml_are_refused() {
    for content in [
        "listen",
        "listen = hunter2",
        "[limits",
        "log = 'hunter2",
        "log = 'a'\nlog = 'hunter2'",
        "log = 'hunter2' hunter2",
        "a = \"\\q\"",
    ] {
        let problems = wrong(content, &[], &[]);
        assert!(problems.iter().any(|line| line.starts_with("line ") && line.contains("is not TOML")), "{content}: {problems:?}");
    }
    let problems = wrong("log = 'a\n\n= = =\nlistn = 1", &[], &[]);
    assert!(problems.len() >= 3, "the readable lines are checked too: {problems:?}");
}

#[test]
fn invalid_databases_are_refused() {
    for (url, expected) in [
        ("mysql://user:hunter2@db/x", "must be a file path or a `postgres://` URL"),
        ("host=db password=hunter2", "must be a file path or a `postgres://` URL"),
        ("postgres://user:hunter2@db:port/x", "is not a URL"),
        ("postgres://db/x?password=hunter2", "has a password in its query parameters"),
        ("postgres://db/x?sslpassword=hunter2", "has a password in its query parameters"),
        ("postgres://user@db/x?no_such_parameter=hunter2", "check its parameters"),
        ("postgres://user@db/x?hunter2", "check its parameters"),
        ("postgres://user@db/x?connect_timeout=5&sslmode=verify-full", "`require` already verifies"),
        ("postgres://user@db/x?sslmod=require", "did you mean `sslmode`?"),
        ("postgres://user@db/x?port=hunter2", "has a parameter `port` with a value that is not valid"),
        ("postgres:///x", "names no host"),
        ("postgres://", "names no host"),
        ("postgres://user:%ff@db/x", "not percent-encoded UTF-8"),
    ] {
        let problems = wrong("", &[("POSTERN_DATABASE", url)], &[]);
        assert!(
            problems.len() == 1 && problems[0].starts_with("`POSTERN_DATABASE` ") && problems[0].contains(expected),
            "{url}: {problems:?}"
        );
    }
    let content = "database = 'postgres://u:hunter2@db/x'\ndatabase_password_file = 'none'\ndatabase_ca_file = 'none'";
    let problems = wrong(content, &[], &[]);
    assert!(problems[0].contains("has a password too") && problems[1].contains("cannot be read"), "{problems:?}");
    assert!(problems[2].contains("names a file that does not exist"), "{problems:?}");
}

#[test]
fn a_mistyped_database_does_not_show_its_password() {
    let unclear = "may hold a password";
    for (text, expected) in [
        ("host=127.0.0.1 user=u password = hunter2 dbname=d", unclear),
        ("USER=u PASSWORD=hunter2", unclear),
        ("user=u;pwd=hunter2", unclear),
        ("host=db user=u hunter2", unclear),
        ("postgres:/u:hunter2@127.0.0.1/d", unclear),
        ("postgres:u hunter2@127.0.0.1/d", unclear),
        ("Postgresql//u hunter2", unclear),
        ("u:hunter2@127.0.0.1/d", unclear),
        ("//u:hunter2@127.0.0.1/d", unclear),
        ("u%3Ahunter2%40127.0.0.1/d", unclear),
        ("postgres://u@127.0.0.1:1/d#hunter2", "has a `#`"),
        ("postgres://u:1#hunter2@127.0.0.1/d", "has a `#`"),
        ("postgres://u:1/hunter2@127.0.0.1/d", "has an `@` behind the host"),
        ("postgres://u:1?hunter2@127.0.0.1/d", "has an `@` behind the host"),
        ("postgres://u@127.0.0.1:1/d?host=u:hunter2@127.0.0.1", "has an `@` behind the host"),
        ("postgres://u%3Ahunter2@127.0.0.1:1/d", "has a `:` in the name of its user"),
    ] {
        let problems = wrong("", &[("POSTERN_DATABASE", text)], &[]);
        assert!(problems.len() == 1 && problems[0].contains(expected), "{text}: {problems:?}");
    }
}

#[test]
fn invalid_master_keys_are_refused() {
    let key = "A".repeat(43);
    let problems = wrong("", &[("POSTERN_MASTER_KEY", &key), ("POSTERN_MASTER_KEY_FILE", "file")], &[]);
    assert!(problems.len() == 1 && problems[0].contains("both set the master key"), "{problems:?}");
    let problems = wrong("", &[("POSTERN_MASTER_KEY", &key)], &[("master_key_file", "file")]);
    assert!(problems.len() == 1 && problems[0].starts_with("--master-key-file "), "{problems:?}");
    let problems = wrong("", &[("POSTERN_MASTER_KEY", "hunter2")], &[]);
    assert!(problems.len() == 1 && problems[0].contains("32 bytes in base64url"), "{problems:?}");
}

#[test]
fn unreadable_and_too_large_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large");
    std::fs::write(&file, vec![b'#'; 1024 * 1024 + 1]).unwrap();
    for (path, expected) in [(folder.path(), "cannot be read"), (&file, "larger than 1 MiB")] {
        let errors = Configuration::load(Some(path), std::iter::empty()).unwrap_err();
        assert!(errors.0.len() == 1 && errors.to_string().contains(expected), "{errors}");
    }
}
