//! `postern serve`

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Database, Home, Request, Server, failure, on_both};

#[test]
fn stops_with_success_on_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let home = Home::new();
        let server = Server::start(&home);
        assert_eq!(server.send(&Request::get("/livez")).status, 200);
        let (status, rest) = server.stop(signal);
        assert!(status.success(), "{signal}: {status}");
        assert_eq!(rest, "", "one line on standard output and no more");
    }
}

#[test]
fn logs_json_lines_on_request() {
    let home = Home::new();
    let server = Server::start_with(&home, &["--log-format", "json"], "log");
    server.send(&Request::get("/livez?secret=hunter2"));
    server.send(&Request::get("/hunter2"));
    server.send(&Request::new("HUNTER2", "/livez"));
    server.stop("-TERM");
    let log = fs::read_to_string(home.path("log")).unwrap();
    assert!(!log.to_lowercase().contains("hunter2"), "{log}");
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<_> = lines.iter().map(|line| &line["fields"]).filter(|fields| fields["message"] == "request").collect();
    assert_eq!(requests.len(), 3);
    assert_eq!((&requests[0]["route"], &requests[0]["status"]), (&"/livez".into(), &200.into()));
    assert_eq!((&requests[1]["route"], &requests[1]["status"]), (&"none".into(), &404.into()));
    assert_eq!(requests[2]["method"], "other");
}

#[test]
fn a_second_server_on_one_sqlite_file_is_refused_until_the_first_ends() {
    let home = Home::new();
    let first = Server::start(&home);
    // The same file by another path is the same file.
    let link = home.path("link.db");
    std::os::unix::fs::symlink(home.database(), &link).unwrap();
    for database in [home.database(), link] {
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--database", database.to_str().unwrap()];
        let error = failure(&home.command(&arguments).output().unwrap(), 1);
        assert!(error.contains(&format!("an issuer with the process id {} serves the database", first.pid())), "{error}");
        assert!(error.contains("hint: stop that issuer first"), "{error}");
    }
    assert_eq!(first.send(&Request::get("/readyz")).status, 200);
    // Commands beside the server are not refused.
    home.succeed(&["application", "list"]);
    // The system releases the lock, however the process ends.
    first.stop("-KILL");
    assert_eq!(Server::start(&home).send(&Request::get("/readyz")).status, 200);
}

fn recover_is_refused_while_an_issuer_runs(database: Database) {
    let home = Home::empty_on(database).initialised();
    let server = Server::start(&home);
    let error = home.fail(&["recover", "--end-all-tokens"]);
    let hint = match database {
        Database::Sqlite => "hint: stop that issuer first",
        Database::Postgres => "hint: stop every issuer first\n",
    };
    assert!(error.contains("serves the database") && error.contains(hint), "{error}");
    assert_eq!(home.succeed(&["admin", "signing-key", "list"])["keys"].as_array().unwrap().len(), 2, "one for each environment");
    server.stop("-TERM");
    home.succeed(&["recover", "--end-all-tokens"]);
    assert_eq!(Server::start(&home).send(&Request::get("/readyz")).status, 200);
}

on_both!(recover_is_refused_while_an_issuer_runs);

#[test]
fn recover_is_refused_beside_an_issuer_whose_connections_to_postgresql_were_cut() {
    let home = Home::empty_on(Database::Postgres).initialised();
    let server = Server::start(&home);
    let mut operator = ::postgres::Client::connect(&home.location(), ::postgres::NoTls).unwrap();
    let cut =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    operator.batch_execute(cut).unwrap();
    // At once, and without any request to the issuer.
    let error = home.fail(&["recover", "--end-all-tokens"]);
    assert!(error.contains("serves the database"), "{error}");
    server.stop("-TERM");
}

#[test]
fn secrets_that_every_user_can_read_are_named_with_their_mode() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new();
    let key = home.path("master.key");
    let warned = || {
        home.succeed(&["config", "check"]);
        drop(Server::start(&home));
        let log = fs::read_to_string(home.path("log")).unwrap();
        log.lines().filter(|line| line.contains("other users can read")).map(str::to_owned).collect::<Vec<_>>()
    };
    for quiet in [0o600, 0o640, 0o400] {
        fs::set_permissions(&key, fs::Permissions::from_mode(quiet)).unwrap();
        assert_eq!(warned(), [] as [&str; 0], "{quiet:o}");
    }
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(home.database(), fs::Permissions::from_mode(0o666)).unwrap();
    let lines = warned();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("master.key` has the mode 0644") && lines[0].contains("chmod 600"), "{lines:?}");
    assert!(lines[1].contains("postern.db` has the mode 0666"), "{lines:?}");
    let checked = home.succeed(&["config", "check"]);
    assert_eq!(checked["warnings"].as_array().unwrap().len(), 2, "{checked}");
}

#[test]
fn files_with_passwords_that_every_user_can_read_are_named() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new();
    home.write("bind", "secret");
    home.write("database-password", "secret");
    let directory = "[[user_store]]\nname = 'partners'\nkind = 'ldap'\nurl = 'ldaps://ldap.example'\nbase_dn = 'dc=a'\nbind_dn = 'cn=a'\n\
        bind_password_file = 'bind'\n";
    let warned = |file: &str, mode| {
        let path = home.write("postern.toml", file);
        for file in [path.as_ref(), home.path("bind").as_path(), &home.path("database-password")] {
            fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
        }
        let mut command = home.command(&["config", "check", "--config", &path]);
        let output = command.env_remove("POSTERN_DATABASE").output().unwrap();
        let checked: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        checked["warnings"].as_array().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let url = "database = 'postgres://postern:hunter2@127.0.0.1/postern'\n";
    let lines = warned(url, 0o644);
    assert!(lines.len() == 1 && lines[0].contains("postern.toml` has the mode 0644"), "{lines:?}");
    assert!(!lines[0].contains("hunter2"), "{lines:?}");
    assert_eq!(warned(url, 0o640), [] as [&str; 0]);
    let without = "database = 'postgres://postern@127.0.0.1/postern'\n";
    assert_eq!(warned(without, 0o644), [] as [&str; 0]);
    let lines = warned(&format!("{without}database_password_file = 'database-password'\n{directory}"), 0o644);
    assert!(lines.len() == 2 && lines[0].contains("password file `") && lines[0].contains("bind` has the mode"), "{lines:?}");
    assert!(lines[1].contains("database-password` has the mode 0644"), "{lines:?}");
}

#[test]
fn an_address_in_use_is_named() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = home.command(&["serve", "--listen", &address]).output().unwrap();
    assert!(failure(&output, 1).contains(&format!("cannot listen on `{address}`")));
    home.misuse(&["serve", "--listen", "nowhere"]);
}

#[test]
fn an_invalid_log_filter_is_refused() {
    let home = Home::new();
    for filter in ["postern=loud", "verbose", "info,verbose"] {
        let output = home.command(&["serve", "--listen", "127.0.0.1:0"]).env("POSTERN_LOG", filter).output().unwrap();
        assert!(failure(&output, 1).contains("`POSTERN_LOG` is not a log filter"), "`{filter}`");
    }
}

#[test]
fn old_audit_log_entries_are_pruned_if_configured() {
    let home = Home::new();
    // An entry can be backdated only without the trigger that forbids changes.
    home.query("DROP TRIGGER audit_update");
    let before = home.query("SELECT count(*) FROM audit");
    home.query("UPDATE audit SET at = 86399");
    let entries = || home.succeed(&["admin", "audit", "list", "--all"])["entries"].as_array().unwrap().clone();
    drop(Server::start(&home));
    assert_eq!(entries().len().to_string(), before);
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    let _server = Server::spawn(command.env("POSTERN_HOUSEKEEPING_AUDIT_RETENTION", "1d"));
    let deadline = Instant::now() + Duration::from_secs(20);
    while entries().len() != 1 {
        assert!(Instant::now() < deadline, "{:?}", entries());
    }
    let entry = &entries()[0];
    assert_eq!((&entry["action"], &entry["actor"], &entry["subject"]), (&json!("audit.prune"), &json!("issuer"), &json!(before)));
}
