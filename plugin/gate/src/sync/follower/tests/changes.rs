//! When the follower reports that the gate's basis for decisions has changed.

use super::edge::{Edge, MAX_STALENESS};
use super::issuer::{not_modified, uri};
use crate::sync::{Event, Record};

fn takes_change(edge: &mut Edge, worker: usize) -> bool {
    edge.workers[worker].follower.take_change()
}

#[test]
fn there_is_no_change_before_the_first_bundle() {
    let mut edge = Edge::new(1);
    assert!(!takes_change(&mut edge, 0));
    edge.tick(0);
    assert!(!takes_change(&mut edge, 0));
}

#[test]
fn each_bundle_and_each_list_is_one_change_at_every_worker() {
    let mut edge = Edge::new(2);
    edge.issuer.set_list(1, 0);
    for change in 0..3 {
        edge.follow(0);
        edge.tick(1);
        for worker in 0..2 {
            assert!(takes_change(&mut edge, worker), "{change}");
            assert!(!takes_change(&mut edge, worker), "{change}");
        }
        edge.tick(1);
        assert!(!takes_change(&mut edge, 1), "{change}");
        if change == 0 {
            edge.issuer.set_list(1, 1);
        } else {
            edge.issuer.set("environment", "production".into());
        }
    }
}

#[test]
fn a_confirmation_is_no_change() {
    let mut edge = Edge::following();
    assert!(takes_change(&mut edge, 0));
    edge.tick(0);
    edge.answer(0, not_modified());
    assert!(!takes_change(&mut edge, 0));
}

#[test]
fn to_become_stale_is_a_change_and_so_is_the_confirmation_after_it() {
    let mut edge = Edge::following();
    assert!(takes_change(&mut edge, 0));
    edge.tick_after(0, MAX_STALENESS + 1);
    assert!(takes_change(&mut edge, 0));
    assert!(!takes_change(&mut edge, 0));
    edge.answer(0, not_modified());
    assert!(takes_change(&mut edge, 0));
}

#[test]
fn while_a_list_is_missing_the_change_waits() {
    let mut edge = Edge::new(2);
    edge.issuer.set_list(1, 0);
    edge.follow(0);
    edge.tick(1);
    assert!(takes_change(&mut edge, 1));
    edge.issuer.set_list(1, 1);
    edge.follow(0);
    let record = Record::List(uri(1));
    let kept = edge.records.value(&record).unwrap().to_vec();
    edge.records.lose(&record);
    edge.run(1, Event::Tick { now: edge.now });
    assert!(!takes_change(&mut edge, 1));
    edge.records.put(record, kept);
    edge.tick(1);
    assert!(takes_change(&mut edge, 1));
    // A bundle that has become stale does not wait.
    edge.records.lose(&Record::List(uri(1)));
    edge.issuer.set_list(1, 2);
    edge.tick_after(1, MAX_STALENESS + 1);
    assert!(takes_change(&mut edge, 1));
}
