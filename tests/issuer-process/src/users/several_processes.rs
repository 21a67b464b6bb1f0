//! Three servers on one database: of all who renew at once, one gets the next token.

use std::sync::Barrier;
use std::thread;

use super::scene::{Scene, Store};
use crate::harness::{On, on_both};

on_both!(
    of_twenty_at_three_servers_one_gets_the_next_token,
    of_twenty_at_three_servers_one_gets_the_next_token_of_a_store_of_its_own,
);

fn of_twenty_at_three_servers_one_gets_the_next_token(on: On) {
    refresh_at_three(on, Store::Beside);
}

fn of_twenty_at_three_servers_one_gets_the_next_token_of_a_store_of_its_own(on: On) {
    refresh_at_three(on, Store::Own);
}

fn refresh_at_three(on: On, store: Store) {
    let scene = Scene::new(on, store);
    let servers: Vec<_> = (0..3).map(|_| scene.serve()).collect();
    let mut token = scene.try_give(&mut Scene::browser(), &servers[0].address).unwrap().refresh_token;
    for round in 0..5 {
        let start = Barrier::new(20);
        let ask = |address: &str| {
            start.wait();
            scene.refresh(&token).try_send(address).unwrap()
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
    let records = scene.records();
    let live: Vec<_> = records.iter().map(|record| (record.active, record.live)).collect();
    assert_eq!(records.len(), 6);
    assert!(live[..5].iter().all(|live| *live == (false, false)) && live[5] == (true, true), "{live:?}");
}
