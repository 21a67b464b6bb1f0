//! A server that is killed at random moments while it replaces tokens.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use postern_token::Status;
use postern_token::bundle::Bundle;

use crate::harness::{Database, Home, Request, Server, on_both};

on_both!(a_thousand_regenerations_leave_one_live_token_and_lose_none);

const REGENERATIONS: usize = 1000;

const KILLS: usize = 5;

/// Stops the clients when it is dropped, also by a panic. Otherwise they would wait for a server that is not started again.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A random time, so short that most servers are killed in the middle of a request. With PostgreSQL a server needs more time to start.
fn server_lifetime(database: Database) -> Duration {
    let random = RandomState::new().hash_one(());
    Duration::from_millis(match database {
        Database::Sqlite => random % 200,
        Database::Postgres => 200 + random % 1000,
    })
}

fn a_thousand_regenerations_leave_one_live_token_and_lose_none(database: Database) {
    let (home, id) = Home::with_application_on(database);
    home.generate(&id, "production", &[]);
    home.succeed(&["admin", "member", "create", "--role", "administrator", "adam"]);
    let credential = home.succeed(&["personal-token", "create", "adam"])["personal_token"].as_str().unwrap().to_owned();
    let regenerate = Request::new("POST", &format!("/api/v1/applications/{id}/keys/production/regenerate"))
        .bearer(&credential)
        .header("content-type", "application/json")
        .body("{}");
    let start = || Server::spawn(home.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::null()));
    let server = start();
    let address = Mutex::new(server.address.clone());
    let (answered, kills, stopped) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let unfinished = || answered.load(Ordering::SeqCst) < REGENERATIONS || kills.load(Ordering::SeqCst) < KILLS;
    let ask = || {
        let mut ids = Vec::new();
        while unfinished() && !stopped.load(Ordering::SeqCst) {
            let to = address.lock().unwrap().clone();
            // The server is down, or was killed before it responded. Then nothing is known of the request.
            let Some(response) = regenerate.try_send_patiently(&to) else {
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            assert_eq!(response.status, 200, "{}", response.text());
            let Ok(body) = serde_json::from_slice::<serde_json::Value>(&response.body) else { continue };
            ids.push(body["jti"].as_str().unwrap().to_owned());
            answered.fetch_add(1, Ordering::SeqCst);
        }
        ids
    };
    let ids: BTreeSet<String> = thread::scope(|scope| {
        let asking: Vec<_> = (0..3).map(|_| scope.spawn(ask)).collect();
        let _stop = StopOnDrop(&stopped);
        let mut server = server;
        while unfinished() && asking.iter().any(|thread| !thread.is_finished()) {
            thread::sleep(server_lifetime(database));
            server.stop("-KILL");
            kills.fetch_add(1, Ordering::SeqCst);
            assert_eq!(home.query("SELECT count(*) FROM tokens WHERE state = 'active'"), "1");
            server = start();
            address.lock().unwrap().clone_from(&server.address);
        }
        asking.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.len() >= REGENERATIONS && kills.load(Ordering::SeqCst) >= KILLS, "{} answers, {kills:?} kills", ids.len());
    let records = home.query("SELECT id, state, status_list, status_index FROM tokens ORDER BY number");
    let records: Vec<Vec<&str>> = records.lines().map(|line| line.split('|').collect()).collect();
    let recorded: BTreeSet<String> = records.iter().map(|record| record[0].to_owned()).collect();
    assert!(recorded.is_superset(&ids));
    // The last token is live, by its record and by the status list. Every other token is revoked by both.
    let bundle = Bundle::from_json(&home.bundle()).unwrap();
    let last = records.len() - 1;
    for (number, record) in records.iter().enumerate() {
        let uri = format!("https://issuer.example/status/{}", record[2]);
        let signed = bundle.issuers[0].status_lists.iter().find(|list| list.uri == uri).unwrap();
        let status = signed.list.as_ref().unwrap().list.status(record[3].parse().unwrap());
        let (state, bit) = if number == last { ("active", Status::Valid) } else { ("replaced", Status::Revoked) };
        assert_eq!((record[1], status), (state, Some(bit)), "{number} of {last}");
    }
}
