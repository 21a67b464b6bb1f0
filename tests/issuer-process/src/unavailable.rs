//! While the database is locked, full, unreachable or overloaded, the issuer responds with 503 and issues nothing. It recovers by itself.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;

use crate::harness::{Home, Minted, Request, Response, Server, signed_part};

fn ask(server: &Server, keys: &Minted) -> Response {
    server.send(&Request::token("grant_type=client_credentials").basic(keys.key(), keys.secret()))
}

fn assert_unavailable(response: &Response) {
    assert_eq!(response.status, 503, "{}", response.text());
    assert_eq!(response.json()["error"], "temporarily_unavailable");
    assert_eq!(response.header("retry-after"), Some("1"));
}

/// Asks for the readiness until it is `status`, and returns it.
fn becomes(server: &Server, status: u16) -> u16 {
    server.eventually("/readyz", status).status
}

fn recorded(home: &Home) -> usize {
    home.query("SELECT count(*) FROM tokens").parse().unwrap()
}

#[test]
fn while_the_database_is_locked_live_tokens_are_returned_and_none_is_minted() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    let server = Server::start(&home);
    let other = rusqlite::Connection::open(home.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(signed_part(ask(&server, &keys).json()["access_token"].as_str().unwrap()), signed_part(keys.token()));
    other.execute_batch("UPDATE settings SET renew_below = 100; COMMIT; BEGIN IMMEDIATE").unwrap();
    assert_unavailable(&ask(&server, &keys));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(recorded(&home), 1);
    assert_eq!(ask(&server, &keys).status, 200);
    assert_eq!(recorded(&home), 2);
}

#[test]
fn a_file_that_replaces_the_database_is_not_changed() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    home.never_find_current_token();
    let server = Server::start(&home);
    assert_eq!(ask(&server, &keys).status, 200);
    let moved = home.path("moved.db");
    fs::rename(home.database(), &moved).unwrap();
    fs::write(home.database(), b"").unwrap();
    assert_unavailable(&ask(&server, &keys));
    assert_eq!(becomes(&server, 503), 503);
    assert_eq!(fs::metadata(home.database()).unwrap().len(), 0);
    fs::rename(&moved, home.database()).unwrap();
    assert_eq!((becomes(&server, 200), recorded(&home)), (200, 2));
    assert_eq!(ask(&server, &keys).status, 200);
}

#[test]
fn nothing_is_issued_while_the_disk_is_full() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    home.never_find_current_token();
    // A limit of the file size imitates a full disk. `ulimit` counts blocks of 512 bytes.
    let largest = fs::metadata(home.database()).unwrap().len() + 200_000;
    let limited = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\" serve --listen 127.0.0.1:0", largest / 512);
    let server = Server::spawn(home.shell(&limited).stderr(Stdio::null()));
    let mut granted = 0;
    let refused = loop {
        let response = ask(&server, &keys);
        if response.status != 200 {
            break response;
        }
        granted += 1;
        assert!(granted < 10_000, "the disk does not become full");
    };
    assert_unavailable(&refused);
    for _ in 0..3 {
        assert_unavailable(&ask(&server, &keys));
    }
    assert_eq!(becomes(&server, 503), 503);
    assert_eq!(recorded(&home), 1 + granted);
    assert!(granted > 0);
    let lift = Command::new("prlimit").args(["--pid", &server.pid().to_string(), "--fsize=unlimited:unlimited"]).status();
    assert!(lift.unwrap().success());
    assert_eq!(becomes(&server, 200), 200);
    assert_eq!(ask(&server, &keys).status, 200);
    assert_eq!(recorded(&home), 2 + granted);
}

#[test]
fn the_issuer_recovers_after_postgresql_stops_or_crashes() {
    let postgres = postern_test_postgres::Server::start();
    let (home, id) = Home::at(postgres.create_database()).initialised().subscribed();
    let keys = home.generate(&id, "production", &[]);
    home.never_find_current_token();
    let server = Server::start(&home);
    assert_eq!(ask(&server, &keys).status, 200);
    let ends: [fn(&postern_test_postgres::Server); 2] =
        [postern_test_postgres::Server::stop, postern_test_postgres::Server::crash];
    for (round, end) in ends.into_iter().enumerate() {
        end(&postgres);
        for _ in 0..3 {
            assert_unavailable(&ask(&server, &keys));
            assert_eq!(becomes(&server, 503), 503);
        }
        assert_eq!(server.send(&Request::get("/livez")).status, 200);
        postgres.start_again();
        assert_eq!((becomes(&server, 200), recorded(&home)), (200, 2 + round));
        assert_eq!(ask(&server, &keys).status, 200);
    }
}

#[test]
fn requests_are_refused_while_every_postgresql_connection_is_in_use() {
    let url = postern_test_postgres::shared().create_database();
    let (home, id) = Home::at(url.clone()).initialised().subscribed();
    let keys = home.generate(&id, "production", &[]);
    home.never_find_current_token();
    let server = Server::start(&home);
    assert_eq!(ask(&server, &keys).status, 200);
    // An open transaction locks a table that every request reads.
    let mut other = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    other.batch_execute("BEGIN; LOCK TABLE revision IN ACCESS EXCLUSIVE MODE").unwrap();
    thread::scope(|scope| {
        // More than there are connections.
        let threads: Vec<_> = (0..40).map(|_| scope.spawn(|| ask(&server, &keys))).collect();
        for thread in threads {
            assert_unavailable(&thread.join().unwrap());
        }
    });
    assert_eq!(server.send(&Request::get("/livez")).status, 200);
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!((becomes(&server, 200), recorded(&home)), (200, 2));
    assert_eq!(ask(&server, &keys).status, 200);
}

#[test]
fn a_stopping_server_closes_its_postgresql_connections() {
    let url = postern_test_postgres::shared().create_database();
    let (home, id) = Home::at(url).initialised().subscribed();
    let keys = home.generate(&id, "production", &[]);
    let server = Server::start(&home);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(ask(&server, &keys).status, 200));
        }
    });
    let (status, _) = server.stop("-TERM");
    assert!(status.success(), "{status}");
}
