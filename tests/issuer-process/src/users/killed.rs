//! A server that is killed at random moments while clients refresh user tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use postern_test_harness::users::UserTokens;

use super::fixture::{Fixture, Record, Store};
use crate::harness::{Database, on_both};

on_both!(
    a_thousand_refreshes_leave_each_grant_one_live_token_and_lose_none,
    with_a_database_for_the_store_a_thousand_refreshes_leave_each_grant_one_live_token_and_lose_none,
);

const REFRESHES: usize = 1000;

const KILLS: usize = 5;

/// Stops the clients when it is dropped, also by a panic. Otherwise they would wait for a server that is not started again.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// The state that the test and its clients share.
#[derive(Default)]
struct Shared {
    address: Mutex<String>,
    /// Counts kills and starts: odd while the server is down.
    changes: AtomicUsize,
    answered: AtomicUsize,
    stopped: AtomicBool,
}

/// What a client received.
#[derive(Default)]
struct Received {
    /// The ids of all access tokens.
    tokens: BTreeSet<String>,
    /// The last access token of each grant after which every request got a response.
    last: BTreeSet<String>,
}

/// A random time after which a server is killed. With PostgreSQL a server needs more time to start.
fn lifetime(database: Database) -> Duration {
    let random = RandomState::new().hash_one(());
    Duration::from_millis(match database {
        Database::Sqlite => random % 250,
        Database::Postgres => 200 + random % 1000,
    })
}

fn a_thousand_refreshes_leave_each_grant_one_live_token_and_lose_none(database: Database) {
    kill_and_refresh(database, Store::Main);
}

fn with_a_database_for_the_store_a_thousand_refreshes_leave_each_grant_one_live_token_and_lose_none(database: Database) {
    kill_and_refresh(database, Store::Separate);
}

impl Shared {
    /// Whether the clients are to continue.
    fn unfinished(&self) -> bool {
        let enough = self.answered.load(Ordering::SeqCst) >= REFRESHES && self.changes.load(Ordering::SeqCst) >= 2 * KILLS;
        !enough && !self.stopped.load(Ordering::SeqCst)
    }

    /// Refreshes a grant until the test ends, and repeats each request until it gets a response. The grant never ends.
    fn refresh(&self, fixture: &Fixture, obtained: UserTokens) -> Received {
        let mut received = Received::default();
        let mut last = jti(&obtained.access_token);
        let mut refresh_token = obtained.refresh_token;
        let mut unanswered = false;
        while self.unfinished() {
            let address = self.address.lock().unwrap().clone();
            let response = fixture.refresh(&refresh_token).try_send_patiently(&address);
            let answer = response.and_then(|response| {
                let body = serde_json::from_slice::<serde_json::Value>(&response.body).ok()?;
                Some((response.status, body))
            });
            let Some((status, body)) = answer else {
                // The server is down, or was killed before it responded. It may have carried out the request.
                unanswered = true;
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            assert_eq!(status, 200, "{body}");
            last = jti(body["access_token"].as_str().unwrap());
            assert!(received.tokens.insert(last.clone()));
            body["refresh_token"].as_str().unwrap().clone_into(&mut refresh_token);
            unanswered = false;
            self.answered.fetch_add(1, Ordering::SeqCst);
        }
        if !unanswered {
            received.last.insert(last);
        }
        received
    }
}

fn kill_and_refresh(database: Database, store: Store) {
    let fixture = Fixture::new(database, store);
    let server = fixture.serve();
    let grants: Vec<UserTokens> = (0..3).map(|_| fixture.try_obtain(&mut Fixture::browser(), &server.address).unwrap()).collect();
    let shared = Shared { address: Mutex::new(server.address.clone()), ..Shared::default() };
    let received: Vec<Received> = thread::scope(|scope| {
        let client = |grant| {
            let (shared, fixture) = (&shared, &fixture);
            scope.spawn(move || shared.refresh(fixture, grant))
        };
        let clients: Vec<_> = grants.into_iter().map(client).collect();
        let _stop = StopOnDrop(&shared.stopped);
        let mut server = server;
        while shared.unfinished() && clients.iter().any(|client| !client.is_finished()) {
            thread::sleep(lifetime(database));
            shared.changes.fetch_add(1, Ordering::SeqCst);
            server.stop("-KILL");
            server = fixture.serve();
            shared.address.lock().unwrap().clone_from(&server.address);
            shared.changes.fetch_add(1, Ordering::SeqCst);
        }
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    // A last server starts, and completes what the killed one left incomplete.
    drop(fixture.serve());
    let records = fixture.records();
    check(&records);
    let named: BTreeMap<&str, &Record> = records.iter().map(|record| (record.id.as_str(), record)).collect();
    let tokens: BTreeSet<&String> = received.iter().flat_map(|received| &received.tokens).collect();
    assert!(tokens.len() >= REFRESHES && tokens.iter().all(|token| named.contains_key(token.as_str())));
    for last in received.iter().flat_map(|received| &received.last) {
        assert!(named[last.as_str()].live, "the last token that a client received is live");
    }
}

/// Asserts that each grant has one live token, its last, by its record and by the status list.
fn check(records: &[Record]) {
    let last: BTreeMap<&str, &str> = records.iter().map(|record| (record.grant.as_str(), record.id.as_str())).collect();
    for record in records {
        assert_eq!(record.active, record.live, "the record and the status list differ: {record:?}");
        assert_eq!(record.live, last[record.grant.as_str()] == record.id, "{record:?}");
    }
}

/// The id of a token, without verification.
fn jti(token: &str) -> String {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice::<serde_json::Value>(&payload).unwrap()["jti"].as_str().unwrap().to_owned()
}
