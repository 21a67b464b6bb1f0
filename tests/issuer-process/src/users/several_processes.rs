//! Three servers on one database: of several concurrent refreshes one succeeds.

use std::sync::Barrier;
use std::thread;

use super::fixture::{Fixture, Store};
use crate::harness::{Database, on_both};

on_both!(;
    postgres:
    of_twenty_refreshes_at_three_servers_one_succeeds,
    with_a_database_for_the_store_of_twenty_refreshes_at_three_servers_one_succeeds,
);

fn of_twenty_refreshes_at_three_servers_one_succeeds(database: Database) {
    refresh_at_three(database, Store::Main);
}

fn with_a_database_for_the_store_of_twenty_refreshes_at_three_servers_one_succeeds(database: Database) {
    refresh_at_three(database, Store::Separate);
}

fn refresh_at_three(database: Database, store: Store) {
    let fixture = Fixture::new(database, store);
    let servers: Vec<_> = (0..3).map(|_| fixture.serve()).collect();
    let mut token = fixture.try_obtain(&mut Fixture::browser(), &servers[0].address).unwrap().refresh_token;
    for round in 0..5 {
        let start = Barrier::new(20);
        let ask = |address: &str| {
            start.wait();
            fixture.refresh(&token).try_send(address).unwrap()
        };
        let answers: Vec<_> = thread::scope(|scope| {
            let addresses = servers.iter().cycle().map(|server| server.address.as_str()).take(20);
            let ask = &ask;
            let threads: Vec<_> = addresses.map(|address| scope.spawn(move || ask(address))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert!(lost.iter().all(|answer| answer.json()["error"] == "invalid_grant"), "{lost:?}");
        assert_eq!(won.len(), 1, "round {round}");
        won[0].json()["refresh_token"].as_str().unwrap().clone_into(&mut token);
    }
    let records = fixture.records();
    let live: Vec<_> = records.iter().map(|record| (record.active, record.live)).collect();
    assert_eq!(records.len(), 6);
    assert!(live[..5].iter().all(|live| *live == (false, false)) && live[5] == (true, true), "{live:?}");
}
