//! Mistakes of hosts, and how a worker gets its number.

use postern_token::UnixSeconds;

use super::edge::{Edge, settings};
use crate::sync::{Answer, Command, Event, Failure, Outcome, Record};

#[test]
fn each_worker_gets_a_different_number() {
    let edge = Edge::new(3);
    let numbers: Vec<_> = edge.workers.iter().map(|worker| worker.follower.worker).collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(3)]);
}

#[test]
fn a_number_that_another_worker_took_meanwhile_is_not_used() {
    let mut edge = Edge::new(0);
    edge.records.failing.insert(Record::Workers, 99);
    let worker = edge.add_worker(&settings());
    assert_eq!(edge.workers[worker].follower.worker, Some(1));
}

#[test]
fn without_shared_records_a_worker_does_not_start() {
    let mut edge = Edge::new(1);
    edge.records.failing.insert(Record::Workers, 100);
    assert_eq!(edge.run(0, Event::Started), Some(Outcome::Failed(Failure::NoSharedRecords)));
    edge.records.put(Record::Workers, vec![0; 7]);
    assert_eq!(edge.run(0, Event::Started), Some(Outcome::Failed(Failure::NoSharedRecords)));
}

#[test]
fn a_worker_that_has_not_started_does_nothing() {
    let mut edge = Edge::new(1);
    edge.workers[0].follower.worker = None;
    edge.begin(0, Event::Tick { now: edge.now });
    assert_eq!(edge.command(0), Some(&Command::Wait(None)));
}

#[test]
fn an_event_that_begins_a_round_is_ignored_during_a_round() {
    let mut edge = Edge::new(1);
    let now = edge.now;
    edge.begin(0, Event::Tick { now });
    let wall = UnixSeconds(0);
    for event in [Event::Started, Event::Tick { now: now + 1 }, Event::Answered { call: 1, answer: Answer::default(), now, wall }]
    {
        let worker = &mut edge.workers[0];
        assert_eq!(worker.follower.handle(event, &mut worker.gate), Command::Wait(None));
    }
    while edge.advance(0).is_continue() {}
    assert!(edge.asked(0).is_some(), "the round went on");
}

#[test]
fn a_result_that_no_command_has_is_ignored() {
    let mut edge = Edge::following();
    for event in [Event::Read { value: None, stamp: None }, Event::Written(true), Event::Sent(Some(7))] {
        edge.begin(0, event);
        assert_eq!(edge.command(0), Some(&Command::Wait(None)));
    }
    assert_eq!(edge.decides(0), Some("token"));
}

#[test]
fn an_unexpected_answer_is_ignored() {
    let mut edge = Edge::new(1);
    edge.tick(0);
    let (call, _) = edge.workers[0].asked.clone().unwrap();
    assert_eq!(edge.workers[0].follower.answer_limit(call + 1), None);
    let answer = edge.issuer.bundle();
    assert_eq!(edge.run(0, Event::Answered { call: call + 1, answer, now: edge.now, wall: edge.wall }), None);
    assert_eq!(edge.decides(0), None);
    assert_eq!(edge.serve(0), Some(Outcome::Changed));
}

/// Replaces each result of the rounds that fetch a bundle with a list, one at a time, by a result of another kind. The follower must
/// recover: after a while it has the bundle and its list.
#[test]
fn a_result_of_another_kind_is_a_failed_command() {
    for wrong in [Event::Read { value: None, stamp: None }, Event::Written(false), Event::Sent(None)] {
        for position in 0..40 {
            let mut edge = Edge::new(1);
            edge.issuer.set_list(1, 1);
            let mut left = position;
            for _ in 0..20 {
                let event = if edge.asked(0).is_some() {
                    let answer = edge.honest_answer(0);
                    edge.answer_event(0, answer)
                } else {
                    Event::Tick { now: edge.now }
                };
                edge.begin(0, event);
                loop {
                    if left == 0 && !matches!(edge.command(0), Some(Command::Wait(_))) {
                        edge.begin(0, wrong.clone());
                    } else if edge.advance(0).is_break() {
                        break;
                    }
                    left -= 1;
                }
                edge.now += 500;
            }
            assert_eq!(edge.decides_listed(0, 1), Some("revoked"), "{wrong:?} at {position}");
        }
    }
}

#[test]
fn age_and_revision_are_those_of_the_bundle_in_use() {
    let mut edge = Edge::new(1);
    assert_eq!((edge.workers[0].follower.age(edge.now), edge.workers[0].follower.revision()), (None, 0));
    edge.issuer.revision = 7;
    edge.follow(0);
    assert_eq!((edge.workers[0].follower.age(edge.now + 1_234), edge.workers[0].follower.revision()), (Some(1_234), 7));
    assert_eq!(edge.workers[0].follower.age(0), Some(0));
}
