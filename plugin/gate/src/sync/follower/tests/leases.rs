//! Which worker asks the issuer.

use super::edge::{Edge, START};
use super::issuer::{not_modified, status};
use crate::sync::record::{Lease, Version};
use crate::sync::{Event, Failure, Outcome, Record};

#[test]
fn only_the_first_worker_that_ticks_asks() {
    let mut edge = Edge::new(3);
    for worker in [1, 0, 2] {
        edge.tick(worker);
    }
    let asked: Vec<bool> = (0..3).map(|worker| edge.asked(worker).is_some()).collect();
    assert_eq!(asked, [false, true, false]);
    assert_eq!(edge.records.lease(), Lease { holder: 2, until: START + 2_000 });
}

#[test]
fn of_two_workers_that_find_the_lease_free_one_gets_it() {
    let mut edge = Edge::new(2);
    for worker in [0, 1] {
        edge.begin(worker, Event::Tick { now: START });
        // The version, then the lease: both have read before either writes.
        assert!(edge.advance(worker).is_continue());
        assert!(edge.advance(worker).is_continue());
    }
    for worker in [1, 0] {
        while edge.advance(worker).is_continue() {}
    }
    assert!(edge.asked(0).is_none() && edge.asked(1).is_some());
    assert_eq!(edge.records.lease().holder, 2);
}

#[test]
fn a_worker_without_the_lease_reads_the_lease_every_quarter_of_a_second() {
    let mut edge = Edge::new(2);
    edge.tick(0);
    edge.tick(1);
    let before = edge.reads(&Record::Lease);
    for _ in 0..20 {
        edge.tick_after(1, 50);
    }
    assert_eq!(edge.reads(&Record::Lease) - before, 4);
}

#[test]
fn without_a_change_a_worker_without_the_lease_reads_only_the_version() {
    let mut edge = Edge::new(2);
    edge.follow(0);
    edge.tick(1);
    let before = edge.records.reads.clone();
    edge.tick_after(1, 50);
    let mut expected = before;
    *expected.get_mut(&Record::Version).unwrap() += 1;
    assert_eq!(edge.records.reads, expected);
}

#[test]
fn a_worker_takes_over_once_the_lease_has_expired() {
    let mut edge = Edge::new(2);
    edge.tick(0);
    edge.tick_after(1, 1_999);
    assert!(edge.asked(1).is_none(), "the lease lasts 2 s");
    edge.tick_after(1, 250);
    assert!(edge.asked(1).is_some());
    assert_eq!(edge.records.lease().holder, 2);
}

#[test]
fn a_lease_ends_at_its_last_millisecond() {
    let mut edge = Edge::new(2);
    edge.tick(0);
    edge.tick_after(1, 2_000);
    assert_eq!(edge.records.lease().holder, 2);
}

#[test]
fn the_holder_renews_the_lease_while_it_waits_for_an_answer() {
    let mut edge = Edge::new(2);
    edge.tick(0);
    edge.tick_after(0, 999);
    assert_eq!(edge.records.lease().until, START + 2_000, "not before its last second");
    edge.tick_after(0, 1);
    assert_eq!(edge.records.lease().until, START + 3_000);
    for _ in 0..100 {
        edge.tick_after(0, 50);
        edge.tick(1);
    }
    assert!(edge.asked(0).is_some() && edge.asked(1).is_none());
}

#[test]
fn the_holder_renews_the_lease_while_it_pauses() {
    let mut edge = Edge::new(2);
    for pause in [0, 250, 500, 1_000] {
        edge.tick_after(0, pause);
        edge.answer(0, status(500));
    }
    // The pause is 2 s now, the lease is from its beginning.
    let until = edge.records.lease().until;
    edge.tick_after(0, 999);
    assert_eq!(edge.records.lease().until, until);
    edge.tick_after(0, 1);
    assert_eq!(edge.records.lease().until, until + 1_000);
    edge.tick_after(1, 750);
    assert!(edge.asked(1).is_none());
}

#[test]
fn a_lease_that_has_ended_in_a_pause_is_not_renewed() {
    let mut edge = Edge::new(1);
    for pause in [0, 250, 500, 1_000] {
        edge.tick_after(0, pause);
        edge.now += 100;
        edge.answer(0, status(500));
    }
    let until = edge.records.lease().until;
    let left = until - edge.now;
    edge.tick_after(0, left);
    assert!(edge.asked(0).is_none());
    assert_eq!(edge.records.lease().until, until);
}

#[test]
fn a_worker_that_has_lost_the_lease_in_a_pause_does_not_renew_it() {
    let mut edge = Edge::new(2);
    edge.tick(0);
    edge.answer(0, status(500));
    edge.tick_after(1, 2_000);
    assert_eq!(edge.records.lease().holder, 2);
    edge.tick(0);
    assert_eq!(edge.records.lease().holder, 2);
    assert!(edge.asked(0).is_none());
}

#[test]
fn a_pause_continues_after_the_lease_is_lost() {
    let mut edge = Edge::new(2);
    for pause in [0, 250, 500, 1_000] {
        edge.tick_after(0, pause);
        edge.answer(0, status(500));
    }
    edge.records.put(Record::Lease, Lease { holder: 2, until: edge.now + 10_000 }.to_bytes().to_vec());
    assert_eq!(edge.tick_after(0, 1_500), None);
    assert_eq!(edge.workers[0].follower.lease_until, 0);
}

#[test]
fn a_delayed_worker_drops_its_request() {
    let mut edge = Edge::new(2);
    edge.tick(0);
    edge.tick_after(1, 2_500);
    edge.tick(0);
    let (call, _) = edge.workers[0].asked.clone().unwrap();
    assert_eq!(edge.workers[0].follower.answer_limit(call), None);
    assert_eq!(edge.serve(0), None);
    assert_eq!(edge.records.version(), Version::default(), "its answer is not published");
    let before = edge.reads(&Record::Lease);
    edge.tick_after(0, 200);
    assert_eq!(edge.reads(&Record::Lease), before, "the worker reads the lease a quarter of a second later");
}

#[test]
fn a_worker_whose_lease_was_taken_confirms_nothing() {
    let mut edge = Edge::following();
    let confirmed_at = edge.records.version().confirmed_at;
    edge.tick_after(0, 100);
    edge.records.put(Record::Lease, Lease { holder: 9, until: edge.now + 10_000 }.to_bytes().to_vec());
    assert_eq!(edge.answer(0, not_modified()), None);
    assert_eq!(edge.records.version().confirmed_at, confirmed_at);
}

#[test]
fn a_worker_whose_lease_was_taken_publishes_nothing() {
    let mut edge = Edge::following();
    let version = edge.records.version();
    edge.issuer.set("audience", "https://other.example".into());
    edge.tick_after(0, 100);
    edge.records.put(Record::Lease, Lease { holder: 9, until: edge.now + 10_000 }.to_bytes().to_vec());
    assert_eq!(edge.serve(0), None);
    assert_eq!(edge.records.version(), version);
    assert_eq!(edge.decides(0), Some("token"));
}

#[test]
fn a_worker_whose_lease_was_taken_writes_no_list() {
    let mut edge = Edge::new(1);
    edge.issuer.set_list(1, 1);
    edge.tick(0);
    let bundle = edge.issuer.bundle();
    edge.answer(0, bundle);
    edge.records.put(Record::Lease, Lease { holder: 9, until: edge.now + 10_000 }.to_bytes().to_vec());
    assert_eq!(edge.serve(0), None);
    assert!(!edge.records.written.iter().any(|record| matches!(record, Record::List(_))));
}

#[test]
fn a_lease_that_cannot_be_read_is_free() {
    let mut edge = Edge::new(1);
    edge.records.put(Record::Lease, vec![1; 15]);
    edge.tick(0);
    assert!(edge.asked(0).is_some());
}

#[test]
fn no_worker_asks_if_the_lease_cannot_be_written() {
    let mut edge = Edge::new(2);
    edge.records.failing.insert(Record::Lease, u32::MAX);
    for _ in 0..100 {
        edge.tick_after(0, 50);
        edge.tick(1);
    }
    assert!(edge.asked(0).is_none() && edge.asked(1).is_none());
}

#[test]
fn a_request_that_the_host_does_not_send_is_retried_after_a_pause() {
    let mut edge = Edge::new(1);
    edge.workers[0].sends_nothing = true;
    assert_eq!(edge.tick(0), Some(Outcome::Failed(Failure::NotSent)));
    assert_eq!(edge.tick_after(0, 249), None);
    assert_eq!(edge.tick_after(0, 1), Some(Outcome::Failed(Failure::NotSent)));
    edge.workers[0].sends_nothing = false;
    edge.now += 500;
    assert_eq!(edge.follow(0), Some(Outcome::Changed));
}
