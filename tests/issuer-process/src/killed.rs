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

use crate::harness::{Home, On, Request, Server, on_both};

on_both!(a_thousand_regenerations_leave_one_live_token_and_lose_none);

const REGENERATIONS: usize = 1000;

const KILLS: usize = 5;

/// Says that it is over when it goes away, also by a panic: nobody goes on asking a server that nobody starts again.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Short enough that most servers die in the middle of something; a server that has to connect to its database first gets more time.
fn a_while(on: On) -> Duration {
    let random = RandomState::new().hash_one(());
    Duration::from_millis(match on {
        On::Sqlite => random % 200,
        On::Postgres => 200 + random % 1000,
    })
}

fn a_thousand_regenerations_leave_one_live_token_and_lose_none(on: On) {
    let (home, id) = Home::with_application_on(on);
    home.generate(&id, "production", &[]);
    home.succeed(&["admin", "member", "add", "--role", "administrator", "adam"]);
    let credential = home.succeed(&["admin", "personal-token", "create", "adam"])["personal_token"].as_str().unwrap().to_owned();
    let regenerate = Request::new("POST", &format!("/api/v1/applications/{id}/keys/production/regenerate"))
        .bearer(&credential)
        .header("content-type", "application/json")
        .body("{}");
    let start = || Server::spawn(home.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::null()));
    let server = start();
    let address = Mutex::new(server.address.clone());
    let (answered, kills, over) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let goes_on = || answered.load(Ordering::SeqCst) < REGENERATIONS || kills.load(Ordering::SeqCst) < KILLS;
    let ask = || {
        let mut names = Vec::new();
        while goes_on() && !over.load(Ordering::SeqCst) {
            let to = address.lock().unwrap().clone();
            // While the server is down, or when it dies before it has answered, there is nothing to hold it to.
            let Some(response) = regenerate.try_send(&to) else {
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            assert_eq!(response.status, 200, "{}", response.text());
            let Ok(body) = serde_json::from_slice::<serde_json::Value>(&response.body) else { continue };
            names.push(body["jti"].as_str().unwrap().to_owned());
            answered.fetch_add(1, Ordering::SeqCst);
        }
        names
    };
    let names: BTreeSet<String> = thread::scope(|scope| {
        let asking: Vec<_> = (0..3).map(|_| scope.spawn(ask)).collect();
        let _over = Over(&over);
        let mut server = server;
        while goes_on() && asking.iter().any(|thread| !thread.is_finished()) {
            thread::sleep(a_while(on));
            server.stop("-KILL");
            kills.fetch_add(1, Ordering::SeqCst);
            assert_eq!(home.query("SELECT count(*) FROM tokens WHERE state = 'active'"), "1");
            server = start();
            address.lock().unwrap().clone_from(&server.address);
        }
        asking.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(names.len() >= REGENERATIONS && kills.load(Ordering::SeqCst) >= KILLS, "{} answers, {kills:?} kills", names.len());
    let records = home.query("SELECT id, state, status_list, status_index FROM tokens ORDER BY number");
    let records: Vec<Vec<&str>> = records.lines().map(|line| line.split('|').collect()).collect();
    let recorded: BTreeSet<String> = records.iter().map(|record| record[0].to_owned()).collect();
    assert!(recorded.is_superset(&names));
    // The last one lives, by its record and by the list that edges look at, and no other one does by either.
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
