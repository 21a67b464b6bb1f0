//! A server that is killed at random moments while clients renew what users gave.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use postern_test_harness::user_agent::UserAgent;
use postern_test_harness::users::UserTokens;

use super::scene::{Record, Scene, Store};
use crate::harness::{On, on_both};

on_both!(
    a_thousand_refreshes_leave_each_grant_one_live_token_and_lose_none,
    a_thousand_refreshes_in_a_store_of_its_own_leave_each_grant_one_live_token_and_lose_none,
);

const REFRESHES: usize = 1000;

const KILLS: usize = 5;

/// A client's refresh token that comes again within this time after it was spent is refused, and its grant goes on. (After 5 seconds the grant ends; the
/// issuer's clock counts whole seconds.)
const REUSED_AT_ONCE: Duration = Duration::from_secs(4);

/// Tells the clients that no server will be started again, also when this test panics.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// The server of the moment.
#[derive(Default)]
struct Current {
    address: Mutex<String>,
    /// Counts kills and starts: odd while the server is down.
    changes: AtomicUsize,
    answered: AtomicUsize,
    over: AtomicBool,
}

/// What a client was told.
#[derive(Default)]
struct Heard {
    /// The access tokens that it was given.
    tokens: BTreeSet<String>,
    /// The last one of each grant, where no question after it went unanswered.
    last: BTreeSet<String>,
    /// The last one of each grant that may have ended: the client lost an answer, and asked again so late that its refresh token counts as stolen.
    ended: BTreeSet<String>,
}

/// How long a server lives. One that has to connect to its database first lives longer.
fn lifetime(on: On) -> Duration {
    let random = RandomState::new().hash_one(());
    Duration::from_millis(match on {
        On::Sqlite => random % 250,
        On::Postgres => 200 + random % 1000,
    })
}

fn a_thousand_refreshes_leave_each_grant_one_live_token_and_lose_none(on: On) {
    kill_and_refresh(on, Store::Beside);
}

fn a_thousand_refreshes_in_a_store_of_its_own_leave_each_grant_one_live_token_and_lose_none(on: On) {
    kill_and_refresh(on, Store::Own);
}

impl Current {
    /// Whether the clients go on.
    fn goes_on(&self) -> bool {
        let enough = self.answered.load(Ordering::SeqCst) >= REFRESHES && self.changes.load(Ordering::SeqCst) >= 2 * KILLS;
        !enough && !self.over.load(Ordering::SeqCst)
    }

    /// Has the user give something in a browser, as often as it takes until no server dies meanwhile. `None` when the test is over.
    fn give(&self, scene: &Scene, browser: &mut UserAgent) -> Option<UserTokens> {
        while self.goes_on() {
            let before = self.changes.load(Ordering::SeqCst);
            let address = self.address.lock().unwrap().clone();
            match scene.try_give(browser, &address) {
                Ok(tokens) => return Some(tokens),
                Err(error) => {
                    let died = before % 2 == 1 || self.changes.load(Ordering::SeqCst) != before;
                    assert!(died, "{error:#}");
                }
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }

    /// Refreshes one grant after the other until there were enough.
    fn refresh(&self, scene: &Scene) -> Heard {
        let mut heard = Heard::default();
        let mut browser = Scene::browser();
        while let Some(given) = self.give(scene, &mut browser) {
            let mut last = jti(&given.access_token);
            let mut refresh_token = given.refresh_token;
            // When the first question was sent after which no answer came.
            let mut unsure = None;
            while self.goes_on() {
                let address = self.address.lock().unwrap().clone();
                let asked = Instant::now();
                let response = scene.refresh(&refresh_token).try_send(&address);
                let answer = response.and_then(|response| {
                    let body = serde_json::from_slice::<serde_json::Value>(&response.body).ok()?;
                    Some((response.status, body))
                });
                let Some((status, body)) = answer else {
                    // The server is down, or died before it had answered. It may have done what was asked.
                    unsure.get_or_insert(asked);
                    thread::sleep(Duration::from_millis(5));
                    continue;
                };
                if status == 200 {
                    last = jti(body["access_token"].as_str().unwrap());
                    assert!(heard.tokens.insert(last.clone()));
                    body["refresh_token"].as_str().unwrap().clone_into(&mut refresh_token);
                    unsure = None;
                    self.answered.fetch_add(1, Ordering::SeqCst);
                    continue;
                }
                // A refresh token that was answered counts, unless a question after it was carried out and not answered.
                assert!(status == 400 && body["error"] == "invalid_grant", "{status} {body}");
                let since = unsure.unwrap_or_else(|| panic!("{status} {body}, and every answer came"));
                if since.elapsed() >= REUSED_AT_ONCE {
                    heard.ended.insert(last.clone());
                }
                break;
            }
            if unsure.is_none() {
                heard.last.insert(last);
            }
        }
        heard
    }
}

fn kill_and_refresh(on: On, store: Store) {
    let scene = Scene::new(on, store);
    let server = scene.serve();
    let current = Current { address: Mutex::new(server.address.clone()), ..Current::default() };
    let heard: Vec<Heard> = thread::scope(|scope| {
        let clients: Vec<_> = (0..3).map(|_| scope.spawn(|| current.refresh(&scene))).collect();
        let _over = Over(&current.over);
        let mut server = server;
        while current.goes_on() && clients.iter().any(|client| !client.is_finished()) {
            thread::sleep(lifetime(on));
            current.changes.fetch_add(1, Ordering::SeqCst);
            server.stop("-KILL");
            server = scene.serve();
            current.address.lock().unwrap().clone_from(&server.address);
            current.changes.fetch_add(1, Ordering::SeqCst);
        }
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    // A last server starts, and finishes what the one before it left undone.
    drop(scene.serve());
    let records = scene.records();
    let grant_of: BTreeMap<&str, &str> = records.iter().map(|record| (record.id.as_str(), record.grant.as_str())).collect();
    let ended: BTreeSet<&str> = heard.iter().flat_map(|heard| &heard.ended).map(|token| grant_of[token.as_str()]).collect();
    check(&records, &ended);
    let named: BTreeMap<&str, &Record> = records.iter().map(|record| (record.id.as_str(), record)).collect();
    let tokens: BTreeSet<&String> = heard.iter().flat_map(|heard| &heard.tokens).collect();
    assert!(tokens.len() >= REFRESHES && tokens.iter().all(|token| named.contains_key(token.as_str())));
    for last in heard.iter().flat_map(|heard| &heard.last) {
        assert!(named[last.as_str()].live, "the last one that a client was given lives");
    }
}

/// By its record and by the list that edges look at, a grant has one token that lives, and it is its last. One that may have ended has that one or none.
fn check(records: &[Record], ended: &BTreeSet<&str>) {
    let last: BTreeMap<&str, &str> = records.iter().map(|record| (record.grant.as_str(), record.id.as_str())).collect();
    for record in records {
        assert_eq!(record.active, record.live, "the record and the status list differ: {record:?}");
        let is_last = last[record.grant.as_str()] == record.id;
        assert!(record.live == is_last || (is_last && ended.contains(record.grant.as_str())), "{record:?}");
    }
}

/// A token's name, unverified.
fn jti(token: &str) -> String {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice::<serde_json::Value>(&payload).unwrap()["jti"].as_str().unwrap().to_owned()
}
