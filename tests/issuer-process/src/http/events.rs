//! Who was refused: `/api/v1/events`, the sources in the audit log, the JSON lines on standard output, and the access log.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::api::{Api, token};
use crate::harness::users::{ClientSettings, PASSWORD, Users};
use crate::harness::{Browser, Database, Home, Request, Server, encoded, on_both};

on_both!(refused_attempts_are_on_record, a_flood_of_one_kind_is_one_event);

const SOURCE: &str = "192.0.2.7";

/// Sends a sign-in from [`SOURCE`], which the server believes, and returns the status.
fn sign_in(server: &Server, user: &str, password: &str) -> u16 {
    let mut browser = Browser::new(server);
    let csrf = browser.get("/sign-in").hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let form = encoded(&[("user", user), ("password", password), ("csrf", &csrf)]);
    let cookie = format!("__Host-postern-form={}", browser.cookies["__Host-postern-form"]);
    let request = Request::new("POST", "/sign-in").header("content-type", "application/x-www-form-urlencoded").body(form);
    server.send(&request.header("cookie", cookie).header("x-forwarded-for", SOURCE)).status
}

/// The events, as soon as there are `count` of them: the server writes them once in a second.
fn events(server: &Server, token: &str, query: &str, count: usize) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let answer = server.send(&Request::get(&format!("/api/v1/events?limit=200&{query}")).bearer(token)).json();
        let items = answer["items"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
        if items.len() >= count {
            return items;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{items:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn member(home: &Home, name: &str, role: &str) -> String {
    home.succeed(&["admin", "member", "create", name, "--role", role]);
    token(home, name, &[])
}

fn configuration(more: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("postern.toml");
    std::fs::write(&path, format!("trusted_proxies = [\"127.0.0.0/8\"]\n{more}")).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn refused_attempts_are_on_record(database: Database) {
    let (_folder, config) = configuration("[limits]\nsign_in_failures_per_minute = 1\ntoken_failures_per_minute = 1\n");
    let users = Users::with_arguments(database, &["--config", &config]);
    let (home, server) = (&users.home, &users.server);
    let (auditor, developer) = (member(home, "audrey", "auditor"), member(home, "dora", "developer"));
    let client = users.client(ClientSettings::default());
    assert_eq!(sign_in(server, "alice", "hunter2-wrong"), 403);
    assert_eq!(sign_in(server, "Alice@local", PASSWORD), 429);
    assert_eq!(sign_in(server, "not a name, but a secret", PASSWORD), 429);
    let from = |request: Request| server.send(&request.header("x-forwarded-for", SOURCE)).status;
    let grant = |id: &str| from(Request::token("grant_type=client_credentials").basic(id, "hunter2-wrong"));
    assert_eq!([grant(&client.id), grant(&client.id), grant("hunter2")], [401, 429, 401]);
    assert_eq!(from(Request::get("/api/v1/members")), 401);
    assert_eq!(from(Request::get("/api/v1/members").bearer("ppat_hunter2")), 401);
    assert_eq!(from(Request::get("/api/v1/audit").bearer(&developer)), 403);
    assert_eq!(from(Request::get("/edge/bundle")), 401);
    assert_eq!(from(Request::get("/edge/bundle").bearer("hunter2")), 401);
    assert_eq!(from(Request::new("POST", "/oauth2/register").bearer("hunter2").body("{}")), 401);
    let expected = [
        ("sign_in.refused", "wrong_credentials", Some("alice@local")),
        ("sign_in.refused", "throttled", Some("alice@local")),
        ("sign_in.refused", "throttled", None),
        ("client.refused", "unknown_client_or_wrong_secret", Some(client.id.as_str())),
        ("client.refused", "throttled", Some(client.id.as_str())),
        ("client.refused", "unknown_client_or_wrong_secret", None),
        ("management.refused", "missing_token", None),
        ("management.refused", "unknown_token", None),
        ("management.refused", "forbidden", Some("dora")),
        ("edge.refused", "missing_edge_key", None),
        ("edge.refused", "unknown_edge_key", None),
        ("registration.refused", "unknown_token", None),
    ];
    let found = events(server, &auditor, &format!("source={SOURCE}"), expected.len());
    for (event, reason, subject) in expected {
        let is = |item: &&Value| item["event"] == event && item["reason"] == reason && item["subject"].as_str() == subject;
        let item = found.iter().find(is).unwrap_or_else(|| panic!("no {event} {reason} {subject:?} in {found:?}"));
        assert!(item["times"] == 1 && item["first_at"].as_u64() > Some(1_700_000_000), "{item}");
    }
    assert_eq!(found.len(), expected.len());
    let listed =
        home.succeed(&["admin", "events", "list", "--event", "client.refused", "--subject", &client.id, "--since", "1h"]);
    assert_eq!(listed["events"].as_array().unwrap().len(), 2);
    let stored = home.query("SELECT event, reason, source, subject FROM security_events");
    assert!(!stored.contains("hunter2") && !stored.contains("secret,"), "{stored}");
    // What succeeds is in the audit log, with its source.
    assert_eq!(from(client.request("/oauth2/token", "grant_type=client_credentials&validity_period=77")), 200);
    let minted = server.send(&Request::get(&format!("/api/v1/audit?action=token.mint&source={SOURCE}")).bearer(&auditor)).json();
    assert_eq!(minted["items"][0]["source"], SOURCE, "{minted}");
    let own = home.succeed(&["admin", "audit", "list", "--action", "application.create"]);
    assert!(own["entries"][0].get("source").is_none(), "a command on the database has no source: {own}");
}

fn a_flood_of_one_kind_is_one_event(database: Database) {
    let (_folder, config) = configuration("");
    let users = Users::with_arguments(database, &["--config", &config]);
    let auditor = member(&users.home, "audrey", "auditor");
    let request = || Request::get("/api/v1/members").header("x-forwarded-for", SOURCE);
    for _ in 0..300 {
        assert_eq!(users.server.send(&request()).status, 401);
    }
    let begun = Instant::now();
    loop {
        let found = events(&users.server, &auditor, "event=management.refused", 1);
        // Two rows if an hour began in between.
        assert!(found.len() <= 2, "{found:?}");
        if found.iter().filter_map(|item| item["times"].as_u64()).sum::<u64>() == 300 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{found:?}");
    }
}

#[test]
fn audit_entries_and_events_are_lines_on_standard_output() {
    let api = Api::configured("event_output = \"stdout\"\ntrusted_proxies = [\"127.0.0.0/8\"]\n");
    let created = api.create("/api/v1/applications", r#"{"name":"Shown"}"#);
    assert_eq!(api.send("POST", "/api/v1/applications", r#"{"name":""}"#).status, 422);
    let request = Request::get("/api/v1/members").bearer("ppat_hunter2").header("x-forwarded-for", SOURCE);
    assert_eq!(api.server.send(&request).status, 401);
    let (status, rest) = api.server.stop("-TERM");
    assert!(status.success());
    let lines: Vec<Value> = rest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let find = |kind: &str, name: &str, value: &str| {
        let found: Vec<_> = lines.iter().filter(|line| line["type"] == kind && line[name] == value).collect();
        assert_eq!(found.len(), 1, "{lines:?}");
        found[0].clone()
    };
    let audit = find("audit", "action", "application.create");
    assert_eq!((&audit["actor"], &audit["application"]), (&json!("member:rita"), &created["id"]));
    assert!(audit["number"].is_u64() && audit["at"].is_u64() && audit["source"] == "127.0.0.1", "{audit}");
    let event = find("event", "event", "management.refused");
    assert_eq!((&event["reason"], &event["source"]), (&json!("unknown_token"), &json!(SOURCE)));
    assert!(!rest.contains("hunter2"));
}

#[test]
fn events_of_the_last_second_are_written_when_the_server_stops() {
    let api = Api::new();
    assert_eq!(api.server.send(&Request::get("/api/v1/members")).status, 401);
    let Api { home, server, .. } = api;
    server.stop("-TERM");
    assert_eq!(home.query("SELECT source, times FROM security_events"), "127.0.0.1|1");
}

#[test]
fn the_access_log_names_address_and_user_agent_unless_it_must_not() {
    for (shown, setting) in [(true, ""), (false, "access_log_clients = false\n")] {
        let home = Home::new();
        let configuration = home.write("postern.toml", &format!("trusted_proxies = [\"127.0.0.0/8\"]\n{setting}"));
        let server = Server::start_with(&home, &["--config", &configuration, "--log-format", "json"], "log");
        let agent = format!("curl/8.1 {}", "x".repeat(400));
        let request = Request::get("/livez").header("x-forwarded-for", SOURCE).header("user-agent", &agent);
        assert_eq!(server.send(&request).status, 200);
        server.stop("-TERM");
        let log = std::fs::read_to_string(home.path("log")).unwrap();
        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let line = lines.iter().find(|line| line["fields"]["message"] == "request").unwrap();
        let fields = &line["fields"];
        assert_eq!(fields["route"], "/livez");
        assert_eq!(fields["address"].as_str(), shown.then_some(SOURCE), "{line}");
        assert_eq!(fields["user_agent"].as_str().map(str::len), shown.then_some(256), "{line}");
        assert!(shown || !log.contains("192.0.2.7") && !log.contains("curl/8.1"), "{log}");
    }
}
