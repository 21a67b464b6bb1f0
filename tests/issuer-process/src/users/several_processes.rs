//! Three servers on one database: concurrent refreshes leave one live pair of tokens.

use std::sync::Barrier;
use std::thread;

use super::fixture::{Fixture, Store};
use crate::harness::{Database, on_both};

on_both!(;
    postgres:
    twenty_refreshes_at_three_servers_leave_one_live_pair,
    with_a_database_for_the_store_twenty_refreshes_at_three_servers_leave_one_live_pair,
);

fn twenty_refreshes_at_three_servers_leave_one_live_pair(database: Database) {
    refresh_at_three(database, Store::Main);
}

fn with_a_database_for_the_store_twenty_refreshes_at_three_servers_leave_one_live_pair(database: Database) {
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
            fixture.refresh(&token).try_send_patiently(address).unwrap()
        };
        let answers: Vec<_> = thread::scope(|scope| {
            let addresses = servers.iter().cycle().map(|server| server.address.as_str()).take(20);
            let ask = &ask;
            let threads: Vec<_> = addresses.map(|address| scope.spawn(move || ask(address))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(answers.iter().all(|answer| answer.status == 200), "round {round}: {answers:?}");
        let live: Vec<_> = fixture.records().into_iter().filter(|record| record.active || record.live).collect();
        assert!(live.len() == 1 && live[0].active && live[0].live, "round {round}: {live:?}");
        // The client continues with any of the answers.
        answers[3 * round].json()["refresh_token"].as_str().unwrap().clone_into(&mut token);
    }
    assert_eq!(fixture.records().len(), 101);
}
