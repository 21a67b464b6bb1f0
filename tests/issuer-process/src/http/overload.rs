//! More than the issuer can do at once.

use std::thread;
use std::time::Duration;

use crate::harness::{Home, Request, Server};

#[test]
fn who_waits_to_write_keeps_nobody_from_reading_and_leaves_nothing_behind() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    home.never_find_current_token();
    let edge = home.succeed(&["admin", "edge-key", "create", "edge-1"]);
    let server = Server::start(&home);
    let other = rusqlite::Connection::open(home.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    thread::scope(|scope| {
        // More than there are threads for operations.
        let ask = || server.send(&Request::token("grant_type=client_credentials").basic(keys.key(), keys.secret())).status;
        let waiting: Vec<_> = (0..100).map(|_| scope.spawn(ask)).collect();
        thread::sleep(Duration::from_secs(1));
        assert!(waiting.iter().all(|thread| !thread.is_finished()));
        assert_eq!(server.send(&Request::get("/readyz")).status, 200);
        assert_eq!(server.send(&Request::get("/edge/bundle").bearer(edge["edge_key"].as_str().unwrap())).status, 200);
        assert!(waiting.iter().any(|thread| !thread.is_finished()), "readers waited until writers gave up");
        for thread in waiting {
            assert_eq!(thread.join().unwrap(), 503);
        }
    });
    other.execute_batch("ROLLBACK").unwrap();
    // One more is minted, after all that may still be under way.
    let after = server.send(&Request::token("grant_type=client_credentials").basic(keys.key(), keys.secret()));
    assert_eq!(after.status, 200);
    assert_eq!(home.tokens(&id).len(), 2);
}
