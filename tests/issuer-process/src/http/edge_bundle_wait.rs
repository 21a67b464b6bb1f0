//! `/edge/bundle` with `Prefer: wait`

use std::thread;
use std::time::{Duration, Instant};

use super::assert_problem;
use crate::harness::{Home, Request, Response, Server};

struct Fixture {
    home: Home,
    server: Server,
    key: String,
    tag: String,
}

const API: &str = r#"{"name":"new","version":"1","context":"/new"}"#;

impl Fixture {
    fn new() -> Self {
        let (home, _) = Home::with_application();
        let key = home.succeed(&["admin", "edge-key", "create", "edge-1", "--environment", "both"])["edge_key"]
            .as_str()
            .unwrap()
            .to_owned();
        let server = Server::start(&home);
        let tag = server.send(&Request::get("/edge/bundle").bearer(&key)).header("etag").unwrap().to_owned();
        Self { home, server, key, tag }
    }

    fn request(&self, wait: &str) -> Request {
        Request::get("/edge/bundle").bearer(&self.key).header("if-none-match", &self.tag).header("prefer", wait)
    }

    /// Sends a request, calls `act` while the server holds the response, and returns the response and how long after `act` it came.
    fn hold(&self, wait: &str, act: impl FnOnce()) -> (Response, Duration) {
        thread::scope(|scope| {
            let held = scope.spawn(|| (self.server.send(&self.request(wait)), Instant::now()));
            thread::sleep(Duration::from_millis(300));
            assert!(!held.is_finished(), "the response is held");
            act();
            let acted = Instant::now();
            let (response, came) = held.join().unwrap();
            (response, came.saturating_duration_since(acted))
        })
    }
}

/// Far less than the waiting time that the requests ask for, and far more than any machine takes to respond.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn a_change_by_another_process_ends_the_wait_at_once() {
    let fixture = Fixture::new();
    let (response, took) = fixture.hold("wait=30", || fixture.home.add_api(API));
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.header("preference-applied"), Some("wait=30"));
    assert_ne!(response.header("etag"), Some(fixture.tag.as_str()));
    assert_eq!(response.json()["apis"].as_array().unwrap().len(), 2);
    assert!(took < SOON, "{took:?}");
}

#[test]
fn without_a_change_the_response_comes_after_the_waiting_time() {
    let fixture = Fixture::new();
    let started = Instant::now();
    // A new edge key does not change the bundle.
    let (response, _) = fixture.hold("respond-async, wait=2", || {
        fixture.home.succeed(&["admin", "edge-key", "create", "edge-2"]);
    });
    assert!(started.elapsed() >= Duration::from_secs(2));
    assert_eq!((response.status, response.body.len()), (304, 0));
    assert_eq!(response.header("preference-applied"), Some("wait=2"));
    assert_eq!(response.header("etag"), Some(fixture.tag.as_str()));
    // A new edge key fetches the same bundle, with the same entity tag.
    let later = fixture.home.succeed(&["admin", "edge-key", "create", "edge-3", "--environment", "both"])["edge_key"]
        .as_str()
        .unwrap()
        .to_owned();
    let fixture = Fixture { key: later, ..fixture };
    assert_eq!(fixture.hold("wait=1", || {}).0.status, 304);
}

#[test]
fn a_request_without_the_current_entity_tag_does_not_wait() {
    let fixture = Fixture::new();
    let get = || Request::get("/edge/bundle").bearer(&fixture.key);
    let started = Instant::now();
    for (request, applied) in [
        (get().header("prefer", "wait=30"), Some("wait=30")),
        (get().header("prefer", "wait=999").header("if-none-match", "\"other\""), Some("wait=60")),
        (get().header("prefer", "wait=soon"), None),
        (get(), None),
    ] {
        let response = fixture.server.send(&request);
        assert_eq!((response.status, response.header("preference-applied")), (200, applied));
    }
    assert_eq!(fixture.server.send(&fixture.request("wait=0")).status, 304);
    assert_problem(&fixture.server.send(&fixture.request("wait=30").header("authorization", "Bearer x")), 400, "invalid_request");
    let stranger = Request::get("/edge/bundle").bearer("wrong").header("if-none-match", "*").header("prefer", "wait=30");
    assert_problem(&fixture.server.send(&stranger), 401, "unknown_edge_key");
    assert!(started.elapsed() < SOON);
}

#[test]
fn an_edge_key_that_is_removed_during_the_wait_is_refused() {
    let fixture = Fixture::new();
    let (response, took) = fixture.hold("wait=30", || {
        fixture.home.succeed(&["admin", "edge-key", "delete", "edge-1"]);
        fixture.home.add_api(API);
    });
    assert_problem(&response, 401, "unknown_edge_key");
    assert!(took < SOON, "{took:?}");
    // Without a change of the bundle the response is a refusal too, not a 304.
    let fixture = Fixture::new();
    let (response, _) = fixture.hold("wait=1", || {
        fixture.home.succeed(&["admin", "edge-key", "delete", "edge-1"]);
    });
    assert_problem(&response, 401, "unknown_edge_key");
}

#[test]
fn a_restored_older_database_is_a_change() {
    let fixture = Fixture::new();
    fixture.home.add_api(API);
    let tag = fixture.server.send(&Request::get("/edge/bundle").bearer(&fixture.key)).header("etag").unwrap().to_owned();
    let fixture = Fixture { tag, ..fixture };
    let database = rusqlite::Connection::open(fixture.home.database()).unwrap();
    let (response, took) = fixture.hold("wait=30", || {
        database.execute_batch("BEGIN; DELETE FROM apis WHERE name = 'new'; UPDATE revision SET number = 1; COMMIT").unwrap();
    });
    assert_eq!((response.status, &response.json()["revision"]), (200, &1.into()));
    assert_eq!(response.json()["apis"].as_array().unwrap().len(), 1);
    assert!(took < SOON, "{took:?}");
    // The same without a waiting request.
    database.execute_batch("BEGIN; DELETE FROM subscriptions; DELETE FROM apis; UPDATE revision SET number = 0; COMMIT").unwrap();
    let response = fixture.server.send(&Request::get("/edge/bundle").bearer(&fixture.key));
    assert_eq!(response.json()["apis"].as_array().unwrap().len(), 0);
}

#[test]
fn a_bundle_that_cannot_be_composed_does_not_end_the_wait() {
    let fixture = Fixture::new();
    let database = rusqlite::Connection::open(fixture.home.database()).unwrap();
    let good: String = database.query_row("SELECT document FROM apis", [], |row| row.get(0)).unwrap();
    let started = Instant::now();
    let (response, _) = fixture.hold("wait=2", || {
        database.execute("UPDATE apis SET document = 'x'", []).unwrap();
    });
    assert!(started.elapsed() >= Duration::from_secs(2));
    // No 304: the issuer does not know whether the bundle has changed.
    assert_problem(&response, 500, "internal");
    database.execute("UPDATE apis SET document = ?1", [&good]).unwrap();
    assert_eq!(fixture.server.send(&fixture.request("wait=1")).status, 200);
}

#[test]
fn a_waiting_request_gets_a_response_when_the_server_stops() {
    let fixture = Fixture::new();
    let Fixture { server, key, tag, home: _home } = fixture;
    let address = server.address.clone();
    let request = Request::get("/edge/bundle").bearer(&key).header("if-none-match", &tag).header("prefer", "wait=60");
    thread::scope(|scope| {
        let held = scope.spawn(move || request.try_send(&address));
        thread::sleep(Duration::from_millis(300));
        let started = Instant::now();
        assert!(server.stop("-TERM").0.success());
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
        assert_eq!(held.join().unwrap().unwrap().status, 304);
    });
}

#[test]
fn many_waiting_requests_do_not_block_others() {
    let fixture = Fixture::new();
    // More than there are threads for operations.
    let (fixture, count) = (&fixture, 150);
    let took: Vec<Duration> = thread::scope(|scope| {
        let wait = || (fixture.server.send(&fixture.request("wait=30")).status, Instant::now());
        let held: Vec<_> = (0..count).map(|_| scope.spawn(wait)).collect();
        thread::sleep(Duration::from_secs(1));
        assert!(held.iter().all(|thread| !thread.is_finished()));
        let started = Instant::now();
        assert_eq!(fixture.server.send(&Request::get("/readyz")).status, 200);
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
        fixture.home.add_api(API);
        let acted = Instant::now();
        held.into_iter()
            .map(|thread| {
                let (status, came) = thread.join().unwrap();
                assert_eq!(status, 200);
                came.saturating_duration_since(acted)
            })
            .collect()
    });
    assert!(took.iter().all(|took| *took < SOON), "{took:?}");
}
