//! `/livez` and `/readyz`

use std::fs;

use super::assert_problem;
use crate::harness::{Home, Request, Server};

#[test]
fn a_healthy_issuer_is_live_and_ready() {
    let home = Home::new();
    let server = Server::start(&home);
    for (target, status) in [("/livez", "live"), ("/readyz", "ready")] {
        let response = server.send(&Request::get(target));
        assert_eq!(response.status, 200);
        assert_eq!(response.json()["status"], status);
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
}

#[test]
fn an_issuer_without_its_database_is_live_and_not_ready() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    let server = Server::start(&home);
    let moved = home.path("moved.db");
    fs::rename(home.database(), &moved).unwrap();
    assert_eq!(server.send(&Request::get("/livez")).status, 200);
    let unready = server.eventually("/readyz", 503);
    assert_problem(&unready, 503, "unavailable");
    let refused = server.send(&Request::token("grant_type=client_credentials").basic(keys.key(), keys.secret()));
    assert_eq!(refused.status, 503);
    assert_eq!(refused.json()["error"], "temporarily_unavailable");
    assert_eq!(refused.header("retry-after"), Some("1"));
    fs::rename(&moved, home.database()).unwrap();
    server.eventually("/readyz", 200);
    assert_eq!(home.tokens(&id).len(), 1);
}
