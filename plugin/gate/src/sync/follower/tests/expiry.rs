//! Status lists that end: by `exp`, at each decision, and by `ttl`, counted from the issuer's last confirmation.

use postern_token::StatusListTimes;

use super::edge::{Edge, MAX_STALENESS};
use super::issuer::{WALL, not_modified, sign, uri};
use crate::sync::{Outcome, Record};

/// An edge of two workers whose list 1 has these times.
fn edge_with(exp: Option<u64>, ttl: Option<u64>) -> Edge {
    let mut edge = Edge::new(2);
    edge.issuer.set_list(1, 0);
    edge.tick(0);
    let bundle = edge.issuer.bundle();
    edge.answer(0, bundle);
    let times = StatusListTimes { iat: WALL, exp: exp.map(|seconds| WALL.plus(seconds)), ttl };
    assert_eq!(edge.answer(0, sign(&uri(1), 0, times, "k1")), Some(Outcome::Changed));
    edge.tick(1);
    edge
}

#[test]
fn a_list_is_used_until_it_expires_whatever_the_issuer_confirms() {
    let mut edge = edge_with(Some(3), None);
    for (after, expected) in [(2, "token"), (3, "stale"), (1_000, "stale")] {
        edge.wall = WALL.plus(after);
        for worker in 0..2 {
            edge.tick(worker);
            assert_eq!(edge.decides_listed(worker, 1), Some(expected), "{after}");
        }
        assert_eq!(edge.answer(0, not_modified()), Some(Outcome::Unchanged));
        edge.now += 1_000;
    }
    assert_eq!(edge.decides(0), Some("token"), "a token without a status is not concerned");
}

#[test]
fn a_list_is_used_for_its_ttl_after_a_confirmation() {
    let mut edge = edge_with(None, Some(10));
    for worker in 0..2 {
        edge.tick(worker);
    }
    edge.now += 10_000;
    for worker in 0..2 {
        edge.tick(worker);
        assert_eq!(edge.decides_listed(worker, 1), Some("token"));
    }
    edge.now += 1;
    for worker in 0..2 {
        edge.tick(worker);
        assert_eq!(edge.decides_listed(worker, 1), Some("stale"));
        assert_eq!(edge.decides(worker), Some("token"));
    }
    assert_eq!(edge.answer(0, not_modified()), Some(Outcome::Unchanged));
    for worker in 0..2 {
        edge.tick(worker);
        assert_eq!(edge.decides_listed(worker, 1), Some("token"), "the issuer has confirmed it");
    }
}

#[test]
fn a_list_without_an_end_is_used_as_long_as_the_bundle() {
    let mut edge = edge_with(None, None);
    edge.tick_after(0, MAX_STALENESS);
    assert_eq!(edge.decides_listed(0, 1), Some("token"));
}

#[test]
fn a_ttl_does_not_prolong_a_list_that_has_expired() {
    let mut edge = edge_with(Some(5), Some(60));
    edge.wall = WALL.plus(5);
    edge.tick_after(0, 30_000);
    assert_eq!(edge.decides_listed(0, 1), Some("stale"));
    edge.answer(0, not_modified());
    assert_eq!(edge.decides_listed(0, 1), Some("stale"));
}

#[test]
fn a_list_keeps_its_end_in_a_new_gate() {
    let mut edge = edge_with(Some(5), None);
    edge.issuer.set("environment", "production".into());
    edge.tick(0);
    let mut bundle = edge.issuer.bundle();
    bundle.body = bundle.body.map(|body| String::from_utf8(body).unwrap().replace("\"pizza-admin\"", "\"pizza-other\"").into());
    assert_eq!(edge.answer(0, bundle), Some(Outcome::Changed));
    assert_eq!(edge.decides_listed(0, 1), Some("token"));
    edge.wall = WALL.plus(5);
    assert_eq!(edge.decides_listed(0, 1), Some("stale"));
}

fn takes_list_end(edge: &mut Edge, worker: usize) -> bool {
    edge.workers[worker].gate.as_mut().unwrap().take_list_end(edge.wall)
}

#[test]
fn the_end_of_a_list_is_reported_once_for_open_streams() {
    let mut edge = edge_with(Some(30), Some(10));
    for worker in 0..2 {
        edge.tick(worker);
    }
    assert!(!takes_list_end(&mut edge, 1));
    edge.now += 10_001;
    for worker in 0..2 {
        edge.tick(worker);
    }
    assert_eq!(edge.decides_listed(1, 1), Some("stale"));
    assert!(takes_list_end(&mut edge, 1) && !takes_list_end(&mut edge, 1), "its `ttl` has passed");
    edge.answer(0, not_modified());
    edge.tick(1);
    assert!(!takes_list_end(&mut edge, 1), "the issuer has confirmed it");
    edge.wall = WALL.plus(30);
    edge.tick(1);
    assert!(takes_list_end(&mut edge, 1) && !takes_list_end(&mut edge, 1), "it has expired");
}

#[test]
fn open_streams_are_not_judged_while_a_list_is_missing() {
    let mut edge = edge_with(None, None);
    edge.issuer.set_list(1, 1);
    edge.follow(0);
    let record = Record::List(uri(1));
    let kept = edge.records.value(&record).unwrap().to_vec();
    edge.records.lose(&record);
    edge.tick(1);
    let gate = |edge: &Edge| edge.workers[1].gate.as_ref().unwrap().lacks_list();
    assert!(gate(&edge) && !takes_list_end(&mut edge, 1), "its tokens would be refused");
    // With a bundle that has become stale, everything is refused.
    edge.tick_after(1, MAX_STALENESS + 1);
    assert!(!gate(&edge));
    edge.now -= MAX_STALENESS + 1;
    edge.records.put(record, kept);
    edge.tick(1);
    assert!(!gate(&edge) && !takes_list_end(&mut edge, 1));
}
