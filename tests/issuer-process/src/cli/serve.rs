//! `postern serve`

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Home, Request, Server, failure};

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
