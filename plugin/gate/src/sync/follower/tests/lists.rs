//! Status lists, by version.

use super::edge::Edge;
use super::issuer::{dated, list, signed_list, uri, version};
use crate::sync::record::list_record;
use crate::sync::{Command, Event, Outcome, Record};

/// An edge whose issuer has lists 1 to 3, all in version 0, which every worker has.
fn edge_with_three_lists(workers: usize) -> Edge {
    let mut edge = Edge::new(workers);
    for number in 1..=3 {
        edge.issuer.set_list(number, 0);
    }
    edge.follow(0);
    for worker in 1..workers {
        edge.tick(worker);
    }
    edge
}

#[test]
fn a_bundle_is_used_once_all_its_lists_are_present() {
    let mut edge = Edge::new(2);
    for number in 1..=3 {
        edge.issuer.set_list(number, 1);
    }
    edge.tick(0);
    let bundle = edge.issuer.bundle();
    edge.answer(0, bundle);
    for number in [3, 2] {
        assert_eq!(edge.decides(0), None);
        assert_eq!(edge.answer(0, signed_list(&uri(number), 1)), None, "one after the other");
        edge.tick(1);
        assert_eq!(edge.decides(1), None);
    }
    assert_eq!(edge.serve(0), Some(Outcome::Changed));
    edge.tick(1);
    assert_eq!((edge.decides_listed(0, 2), edge.decides_listed(1, 2)), (Some("revoked"), Some("revoked")));
}

#[test]
fn a_list_that_has_not_changed_is_not_fetched_again() {
    let mut edge = edge_with_three_lists(1);
    edge.issuer.set_list(2, 1);
    edge.tick(0);
    let bundle = edge.issuer.bundle();
    edge.answer(0, bundle);
    assert_eq!(edge.asked(0).unwrap().path, format!("/status/2?version={}", version(1)));
    assert_eq!(edge.answer(0, signed_list(&uri(2), 1)), Some(Outcome::Changed));
    assert_eq!([1, 2, 3].map(|number| edge.decides_listed(0, number).unwrap()), ["token", "revoked", "token"]);
}

#[test]
fn a_list_whose_record_is_missing_is_fetched_again() {
    let mut edge = edge_with_three_lists(1);
    edge.records.lose(&Record::List(uri(3)));
    edge.issuer.revision += 1;
    edge.tick(0);
    let bundle = edge.issuer.bundle();
    edge.answer(0, bundle);
    assert_eq!(edge.asked(0).unwrap().path, format!("/status/3?version={}", version(0)));
    assert_eq!(edge.serve(0), Some(Outcome::Changed));
}

#[test]
fn a_list_whose_record_is_of_another_version_is_fetched_again() {
    let mut edge = edge_with_three_lists(1);
    edge.records.put(Record::List(uri(1)), list_record(version(9), &dated(9)));
    edge.issuer.revision += 1;
    edge.tick(0);
    let bundle = edge.issuer.bundle();
    edge.answer(0, bundle);
    assert_eq!(edge.asked(0).unwrap().path, format!("/status/1?version={}", version(0)));
}

#[test]
fn a_worker_reads_only_the_lists_that_have_changed() {
    let mut edge = edge_with_three_lists(2);
    edge.issuer.set_list(2, 1);
    edge.follow(0);
    let before = edge.records.reads.clone();
    edge.tick(1);
    let reads = |number| edge.reads(&Record::List(uri(number))) - before[&Record::List(uri(number))];
    assert_eq!([1, 2, 3].map(reads), [0, 1, 0]);
    assert_eq!(edge.decides_listed(1, 2), Some("revoked"));
}

#[test]
fn lists_move_over_to_a_new_gate() {
    let mut edge = edge_with_three_lists(2);
    edge.issuer.set("environment", "sandbox".into());
    edge.follow(0);
    let before = edge.records.reads.clone();
    edge.tick(1);
    assert!((1..=3).all(|number| edge.reads(&Record::List(uri(number))) == before[&Record::List(uri(number))]));
    let gate = edge.workers[1].gate.as_mut().unwrap();
    assert!(gate.status_lists().iter().all(|listed| listed.list == Some(list(0))));
}

#[test]
fn a_list_with_another_version_than_the_index_is_not_used() {
    let mut edge = edge_with_three_lists(2);
    edge.issuer.set_list(2, 1);
    edge.follow(0);
    // As a worker would that was held up while it wrote.
    edge.records.put(Record::List(uri(2)), list_record(version(0), &dated(0)));
    edge.tick(1);
    assert_eq!(edge.decides_listed(1, 2), Some("stale"), "a token on a list that is missing is refused");
    assert_eq!(edge.decides_listed(1, 1), Some("token"));
}

#[test]
fn a_list_that_was_missing_is_read_again_at_the_next_tick() {
    let mut edge = edge_with_three_lists(2);
    edge.issuer.set_list(2, 1);
    edge.follow(0);
    let record = Record::List(uri(2));
    let value = edge.records.value(&record).unwrap().to_vec();
    edge.records.lose(&record);
    edge.tick(1);
    assert_eq!(edge.decides_listed(1, 2), Some("stale"));
    edge.records.put(record, value);
    edge.tick_after(1, 50);
    assert_eq!(edge.decides_listed(1, 2), Some("revoked"));
}

#[test]
fn a_list_that_cannot_be_read_is_missing() {
    for after in [&b""[..], b"\n", b"\n\x03\x00", b"x\n\x01\x00"] {
        let bad = [version(1).as_bytes(), after].concat();
        let mut edge = edge_with_three_lists(2);
        edge.issuer.set_list(2, 1);
        edge.follow(0);
        edge.records.put(Record::List(uri(2)), bad.clone());
        edge.tick(1);
        assert_eq!(edge.decides_listed(1, 2), Some("stale"), "{bad:?}");
    }
}

#[test]
fn the_record_of_a_removed_list_is_removed() {
    let mut edge = edge_with_three_lists(2);
    edge.issuer.remove_list(2);
    edge.follow(0);
    edge.tick(1);
    for worker in [0, 1] {
        assert_eq!(edge.decides_listed(worker, 2), Some("stale"));
        assert_eq!(edge.decides_listed(worker, 3), Some("token"));
        assert_eq!(edge.workers[worker].gate.as_mut().unwrap().status_lists().len(), 2);
    }
    assert!(edge.records.value(&Record::List(uri(2))).is_none());
    assert!(edge.records.value(&Record::List(uri(1))).is_some());
}

#[test]
fn lists_stay_in_order_whatever_the_order_of_arrival() {
    let mut edge = edge_with_three_lists(1);
    for number in [10, 2, 7, 1] {
        edge.issuer.set_list(number, 1);
    }
    edge.follow(0);
    let decided = [1, 2, 3, 7, 10].map(|number| edge.decides_listed(0, number).unwrap());
    assert_eq!(decided, ["revoked", "revoked", "token", "revoked", "revoked"]);
}

#[test]
fn after_a_failure_the_fetch_starts_again_with_the_bundle() {
    let mut edge = Edge::new(1);
    for number in 1..=2 {
        edge.issuer.set_list(number, 1);
    }
    edge.tick(0);
    let bundle = edge.issuer.bundle();
    edge.answer(0, bundle);
    edge.answer(0, signed_list(&uri(2), 1));
    edge.answer(0, super::issuer::status(500));
    edge.tick_after(0, 250);
    assert_eq!(edge.asked(0).unwrap().path, "/edge/bundle");
    // A list that is not published yet is not known to exist.
    assert_eq!(edge.serve(0), Some(Outcome::Changed));
}

#[test]
fn a_list_is_in_memory_once_while_it_is_replaced() {
    let mut edge = edge_with_three_lists(2);
    edge.issuer.set_list(2, 1);
    edge.follow(0);
    edge.begin(1, Event::Tick { now: edge.now });
    while edge.command(1) != Some(&Command::Read(Record::List(uri(2)))) {
        assert!(edge.advance(1).is_continue());
    }
    assert_eq!(edge.workers[1].gate.as_mut().unwrap().status_lists().len(), 2);
}
