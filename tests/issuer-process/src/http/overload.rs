//! More concurrent requests than the issuer has threads for operations.

use std::thread;
use std::time::Duration;

use crate::harness::{Home, Request, Server};

#[test]
fn waiting_writers_do_not_block_readers_and_are_not_carried_out_later() {
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
        assert_eq!(server.send(&Request::get("/oauth2/jwks")).status, 200);
        assert_eq!(server.send(&Request::get("/edge/bundle").bearer(edge["edge_key"].as_str().unwrap())).status, 200);
        assert!(waiting.iter().any(|thread| !thread.is_finished()), "readers waited until writers gave up");
        for thread in waiting {
            assert_eq!(thread.join().unwrap(), 503);
        }
    });
    other.execute_batch("ROLLBACK").unwrap();
    // This request mints the only new token: none of the refused requests was carried out.
    let after = server.send(&Request::token("grant_type=client_credentials").basic(keys.key(), keys.secret()));
    assert_eq!(after.status, 200);
    assert_eq!(home.tokens(&id).len(), 2);
}
