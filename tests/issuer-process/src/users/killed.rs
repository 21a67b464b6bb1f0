//! A server that is killed at random moments while clients renew what users gave.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::scene::{Record, Scene, Store};
use crate::harness::{On, on_both};

on_both!(
    a_thousand_refreshes_leave_each_grant_one_live_token_and_lose_none,
    a_thousand_refreshes_in_a_store_of_its_own_leave_each_grant_one_live_token_and_lose_none,
);

const REFRESHES: usize = 1000;

/// Says that it is over when it goes away, also by a panic: nobody goes on asking a server that nobody starts again.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// What a client was told.
#[derive(Default)]
struct Heard {
    /// The access tokens that it was given.
    tokens: BTreeSet<String>,
    /// The last one of each grant, where no question after it went unanswered.
    last: BTreeSet<String>,
}

fn a_while(on: On) -> Duration {
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

fn kill_and_refresh(on: On, store: Store) {
    let scene = Scene::new(on, store);
    let server = scene.serve();
    let address = Mutex::new(server.address.clone());
    let (answered, kills, over) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let renew = || {
        let mut heard = Heard::default();
        let (mut token, mut last, mut unsure) = (scene.given(), None, false);
        let mut refresh_token = token.refresh_token.take().unwrap().expose().to_owned();
        while answered.load(Ordering::SeqCst) < REFRESHES && !over.load(Ordering::SeqCst) {
            let to = address.lock().unwrap().clone();
            // While the server is down, or when it dies before it has answered, there is nothing to hold it to; but it may have done what was asked.
            let response = scene.refresh(&refresh_token).try_send(&to);
            let answer = response.and_then(|response| {
                let body = serde_json::from_slice::<serde_json::Value>(&response.body).ok()?;
                Some((response.status, body))
            });
            let Some((status, body)) = answer else {
                unsure = true;
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            if status == 200 {
                let name = jti(body["access_token"].as_str().unwrap());
                assert!(heard.tokens.insert(name.clone()));
                (last, unsure) = (Some(name), false);
                body["refresh_token"].as_str().unwrap().clone_into(&mut refresh_token);
                answered.fetch_add(1, Ordering::SeqCst);
            } else {
                // One that was answered counts, unless a question after it was carried out and not answered.
                assert!(status == 400 && body["error"] == "invalid_grant" && unsure, "{status} {body}, unsure: {unsure}");
                (last, unsure) = (None, false);
                scene.given().refresh_token.unwrap().expose().clone_into(&mut refresh_token);
            }
        }
        heard.last.extend(last.filter(|_| !unsure));
        heard
    };
    let heard: Vec<Heard> = thread::scope(|scope| {
        let asking: Vec<_> = (0..3).map(|_| scope.spawn(renew)).collect();
        let _over = Over(&over);
        let mut server = server;
        while answered.load(Ordering::SeqCst) < REFRESHES && asking.iter().any(|thread| !thread.is_finished()) {
            thread::sleep(a_while(on));
            server.stop("-KILL");
            kills.fetch_add(1, Ordering::SeqCst);
            server = scene.serve();
            address.lock().unwrap().clone_from(&server.address);
        }
        asking.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(kills.load(Ordering::SeqCst) >= 5, "{kills:?} kills");
    // A last one starts, which hears of whatever the one before did not come to.
    drop(scene.serve());
    let records = scene.records();
    check(&records);
    let named: BTreeMap<&str, &Record> = records.iter().map(|record| (record.id.as_str(), record)).collect();
    let tokens: BTreeSet<&String> = heard.iter().flat_map(|heard| &heard.tokens).collect();
    assert!(tokens.len() >= REFRESHES && tokens.iter().all(|token| named.contains_key(token.as_str())));
    for last in heard.iter().flat_map(|heard| &heard.last) {
        assert!(named[last.as_str()].live, "the last one that a client was given lives");
    }
}

/// By its record and by the list that edges look at, a grant has one token that lives, and it is its last.
fn check(records: &[Record]) {
    let last: BTreeMap<&str, &str> = records.iter().map(|record| (record.grant.as_str(), record.id.as_str())).collect();
    for record in records {
        let expected = last[record.grant.as_str()] == record.id;
        assert_eq!((record.active, record.live), (expected, expected), "{record:?}");
    }
}

/// A token's name, unverified.
fn jti(token: &str) -> String {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice::<serde_json::Value>(&payload).unwrap()["jti"].as_str().unwrap().to_owned()
}
