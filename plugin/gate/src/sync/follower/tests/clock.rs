//! Staleness, and clocks that jump.

use super::edge::{Edge, MAX_STALENESS};
use super::issuer::not_modified;
use crate::sync::{Answer, Outcome};

#[test]
fn a_bundle_may_be_used_until_its_last_millisecond() {
    let mut edge = Edge::following();
    edge.tick_after(0, MAX_STALENESS);
    assert_eq!(edge.decides(0), Some("token"));
    edge.tick_after(0, 1);
    assert_eq!(edge.decides(0), Some("stale"));
}

#[test]
fn a_bundle_that_is_too_old_refuses_public_resources_too() {
    let mut edge = Edge::following();
    assert_eq!(edge.decides_request(0, "/pizza/1.0.0/menu", ""), Some("public"));
    edge.tick_after(0, MAX_STALENESS + 1);
    assert_eq!(edge.decides_request(0, "/pizza/1.0.0/menu", ""), Some("stale"));
}

#[test]
fn a_bundle_is_too_old_in_every_worker() {
    let mut edge = Edge::new(3);
    edge.follow(0);
    for worker in 0..3 {
        edge.tick(worker);
    }
    edge.now += MAX_STALENESS + 1;
    for worker in 1..3 {
        edge.tick(worker);
        assert_eq!(edge.decides(worker), Some("stale"));
    }
}

#[test]
fn a_confirmation_makes_a_bundle_that_was_too_old_usable_again() {
    let mut edge = Edge::new(2);
    edge.follow(0);
    edge.tick(1);
    edge.tick_after(0, MAX_STALENESS + 1);
    edge.tick(1);
    assert_eq!((edge.decides(0), edge.decides(1)), (Some("stale"), Some("stale")));
    assert_eq!(edge.answer(0, not_modified()), Some(Outcome::Unchanged));
    edge.tick(1);
    assert_eq!((edge.decides(0), edge.decides(1)), (Some("token"), Some("token")));
}

#[test]
fn a_failure_does_not_keep_a_bundle_usable() {
    let mut edge = Edge::following();
    edge.now += MAX_STALENESS + 1;
    edge.tick(0);
    edge.answer(0, super::issuer::status(503));
    assert_eq!(edge.decides(0), Some("stale"));
}

#[test]
fn an_answer_that_comes_too_late_is_judged_when_it_comes() {
    let mut edge = Edge::following();
    edge.tick(0);
    edge.now += MAX_STALENESS + 1;
    edge.answer(0, super::issuer::status(503));
    assert_eq!(edge.decides(0), Some("stale"));
}

#[test]
fn a_clock_that_jumps_forward_makes_the_bundle_too_old_and_frees_the_lease() {
    let mut edge = Edge::new(2);
    edge.follow(0);
    edge.now += 86_400_000;
    edge.tick(1);
    assert_eq!(edge.decides(1), Some("stale"));
    assert_eq!(edge.serve(1), Some(Outcome::Unchanged));
    assert_eq!(edge.decides(1), Some("token"));
}

#[test]
fn a_clock_that_jumps_back_leaves_the_lease_with_its_holder() {
    let mut edge = Edge::new(2);
    edge.follow(0);
    edge.now -= 500_000;
    for _ in 0..40 {
        edge.tick_after(1, 50);
    }
    assert!(edge.asked(1).is_none());
    assert_eq!(edge.decides(1), Some("token"));
}

#[test]
fn a_clock_that_jumps_back_ends_a_pause_late_and_the_holder_goes_on() {
    let mut edge = Edge::following();
    edge.tick(0);
    edge.answer(0, super::issuer::status(500));
    edge.now -= 1_000;
    edge.tick(0);
    assert!(edge.asked(0).is_none());
    edge.tick_after(0, 1_250);
    assert!(edge.asked(0).is_some());
}

#[test]
fn an_age_below_zero_is_zero() {
    let mut edge = Edge::following();
    edge.now -= 1_000;
    edge.tick(0);
    assert_eq!(edge.workers[0].follower.age(edge.now), Some(0));
    assert_eq!(edge.decides(0), Some("token"));
}

/// A host whose clock cannot be read passes the largest number: everything is too old, and nothing panics.
#[test]
fn a_clock_that_cannot_be_read_makes_the_bundle_too_old() {
    let mut edge = Edge::following();
    edge.now = u64::MAX;
    edge.tick(0);
    assert_eq!(edge.decides(0), Some("stale"));
    edge.serve(0);
    edge.tick(0);
    // With a clock that can be read again, the lease at the end of time still keeps other workers from asking.
    assert_eq!(edge.records.lease().until, u64::MAX);
}

#[test]
fn without_a_bundle_no_age_matters() {
    let mut edge = Edge::new(1);
    edge.tick_after(0, MAX_STALENESS * 2);
    assert_eq!(edge.decides(0), None);
}

#[test]
fn an_answer_from_a_cache_is_as_old_as_the_issuers_answer() {
    let mut edge = Edge::new(1);
    edge.tick(0);
    let answer = Answer { age: 700, ..edge.honest_answer(0) };
    edge.answer(0, answer);
    edge.serve(0);
    assert_eq!(edge.workers[0].follower.age(edge.now), Some(700));
    edge.tick_after(0, MAX_STALENESS - 700);
    assert_eq!(edge.decides(0), Some("token"));
    edge.tick_after(0, 1);
    assert_eq!(edge.decides(0), Some("stale"));
}

#[test]
fn a_confirmation_from_a_cache_makes_a_bundle_younger_and_never_older() {
    let mut edge = Edge::following();
    for age in [100, 1_000, 20_000, 0] {
        edge.now += 1_000;
        edge.tick(0);
        let before = edge.workers[0].follower.age(edge.now).unwrap();
        edge.answer(0, Answer { age, ..not_modified() });
        assert_eq!(edge.workers[0].follower.age(edge.now), Some(age.min(before)));
    }
}
