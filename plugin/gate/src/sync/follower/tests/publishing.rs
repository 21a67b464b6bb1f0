//! A published bundle, and how each worker uses it.

use super::edge::Edge;
use super::issuer::{not_modified, signed_list, uri};
use crate::sync::{Command, Event, Failure, Outcome, Record};

#[test]
fn every_worker_has_a_published_bundle_at_its_next_tick() {
    let mut edge = Edge::new(3);
    assert_eq!(edge.follow(1), Some(Outcome::Changed));
    for worker in 0..3 {
        edge.tick(worker);
        assert_eq!(edge.decides(worker), Some("token"));
    }
    edge.issuer.set("environment", "sandbox".into());
    assert_eq!(edge.serve(1), Some(Outcome::Changed));
    for worker in 0..3 {
        edge.tick(worker);
        assert_eq!(edge.decides(worker), Some("wrong_environment"));
    }
    assert_eq!(edge.records.version().generation, 2);
}

#[test]
fn the_version_is_written_last() {
    let mut edge = Edge::following();
    edge.issuer.set_list(1, 1);
    edge.follow(0);
    edge.issuer.remove_list(1);
    edge.issuer.set("environment", "sandbox".into());
    let before = edge.records.written.len();
    edge.follow(0);
    let written = &edge.records.written[before..];
    let expected =
        [Record::Lease, Record::Lease, Record::Lease, Record::Document, Record::Index, Record::List(uri(1)), Record::Version];
    assert_eq!(written.last(), Some(&Record::Version));
    assert_eq!(written.iter().filter(|record| **record == Record::Version).count(), 1);
    assert!(expected.iter().all(|record| written.contains(record)), "{written:?}");
}

#[test]
fn a_document_that_has_not_changed_is_not_written_again() {
    let mut edge = Edge::new(2);
    edge.follow(0);
    edge.tick(1);
    let (document, reads) = (edge.records.stamp(&Record::Document), edge.reads(&Record::Document));
    edge.issuer.set_list(1, 1);
    assert_eq!(edge.follow(0), Some(Outcome::Changed));
    edge.tick(1);
    assert_eq!(edge.records.stamp(&Record::Document), document);
    assert_eq!(edge.reads(&Record::Document), reads, "and no worker reads it");
    assert_eq!(edge.decides_listed(1, 1), Some("revoked"));
}

#[test]
fn a_gate_is_replaced_with_what_it_remembered() {
    let mut edge = Edge::following();
    let uses = |edge: &Edge| {
        let gate = edge.workers[0].gate.as_ref().unwrap();
        gate.take_cache_use();
        edge.decides(0);
        gate.take_cache_use().hits
    };
    assert_eq!((uses(&edge), uses(&edge)), (0, 1));
    edge.issuer.set_list(1, 1);
    edge.follow(0);
    assert_eq!(uses(&edge), 1, "a list alone leaves the gate");
    edge.issuer.set("audience", "https://other.example".into());
    edge.follow(0);
    assert_eq!(uses(&edge), 0);
}

#[test]
fn the_verifier_and_the_settings_go_into_every_gate() {
    let mut edge = Edge::following();
    let before = edge.workers[0].gate.as_ref().unwrap().settings();
    edge.issuer.set("audience", "https://other.example".into());
    edge.follow(0);
    assert!(std::rc::Rc::ptr_eq(&before, &edge.workers[0].gate.as_ref().unwrap().settings()));
}

#[test]
fn a_version_that_changed_meanwhile_is_not_overwritten() {
    let mut edge = Edge::following();
    edge.issuer.set("environment", "sandbox".into());
    edge.tick(0);
    edge.records.failing.insert(Record::Version, 1);
    assert_eq!(edge.serve(0), None);
    assert_eq!(edge.records.version().generation, 1);
    edge.tick(0);
    assert!(edge.asked(0).is_some(), "the issuer is asked again at once");
}

#[test]
fn a_confirmation_that_cannot_be_written_has_no_effect() {
    let mut edge = Edge::following();
    edge.tick(0);
    edge.now += 1_000;
    edge.records.failing.insert(Record::Version, 1);
    assert_eq!(edge.answer(0, not_modified()), None);
    assert_eq!(edge.workers[0].follower.age(edge.now), Some(1_000));
}

#[test]
fn a_confirmation_keeps_the_generation() {
    let mut edge = Edge::following();
    let version = edge.records.version();
    edge.tick(0);
    edge.now += 700;
    edge.answer(0, not_modified());
    let after = edge.records.version();
    assert_eq!((after.generation, after.confirmed_at), (version.generation, version.confirmed_at + 700));
}

#[test]
fn a_bundle_is_as_old_as_its_answer_however_long_its_lists_take() {
    let mut edge = Edge::new(1);
    edge.issuer.set_list(1, 1);
    edge.tick(0);
    edge.now += 10;
    let answered_at = edge.now;
    let bundle = edge.issuer.bundle();
    edge.answer(0, bundle);
    edge.tick_after(0, 1_000);
    edge.now += 900;
    assert_eq!(edge.answer(0, signed_list(&uri(1), 1)), Some(Outcome::Changed));
    assert_eq!(edge.records.version().confirmed_at, answered_at);
    assert_eq!(edge.workers[0].follower.age(edge.now), Some(1_900));
}

#[test]
fn records_that_are_lost_leave_the_gate_as_it_is() {
    for lost in [Record::Version, Record::Index, Record::Document] {
        let mut edge = Edge::new(2);
        edge.follow(0);
        edge.tick(1);
        edge.issuer.set("environment", "sandbox".into());
        edge.follow(0);
        edge.records.lose(&lost);
        edge.tick(1);
        // Without the version the age of the bundle is unknown.
        let expected = if lost == Record::Version { "stale" } else { "token" };
        assert_eq!(edge.decides(1), Some(expected), "{lost:?}");
    }
}

#[test]
fn records_that_are_lost_are_published_again() {
    for lost in [Record::Version, Record::Index, Record::Document, Record::Lease] {
        let mut edge = Edge::new(2);
        edge.follow(0);
        edge.records.lose(&lost);
        for _ in 0..40 {
            edge.tick_after(0, 50);
            edge.serve(0);
        }
        edge.issuer.set("environment", "sandbox".into());
        for _ in 0..40 {
            edge.tick_after(0, 50);
            edge.serve(0);
        }
        edge.tick(1);
        assert_eq!(edge.decides(1), Some("wrong_environment"), "{lost:?}");
    }
}

#[test]
fn a_document_that_was_lost_comes_back_from_a_worker_without_it() {
    let mut edge = Edge::new(2);
    edge.follow(0);
    edge.records.lose(&Record::Document);
    edge.tick_after(1, 2_500);
    assert_eq!(edge.serve(1), Some(Outcome::Changed));
    assert_eq!(edge.decides(1), Some("token"));
}

#[test]
fn a_record_that_cannot_be_written_is_a_failure() {
    for record in [Record::Index, Record::Document, Record::List(uri(1))] {
        let mut edge = Edge::new(1);
        edge.issuer.set_list(1, 1);
        edge.records.failing.insert(record.clone(), 1);
        assert_eq!(edge.follow(0), Some(Outcome::Failed(Failure::NoSharedRecords)), "{record:?}");
        assert_eq!(edge.records.version().generation, 0, "{record:?}");
        edge.now += 250;
        assert_eq!(edge.follow(0), Some(Outcome::Changed), "{record:?}");
        assert_eq!(edge.decides_listed(0, 1), Some("revoked"), "{record:?}");
    }
}

#[test]
fn a_worker_that_starts_later_has_the_bundle_at_its_first_tick() {
    let mut edge = Edge::following();
    let late = edge.add_worker(&super::edge::settings());
    edge.tick(late);
    assert_eq!(edge.decides(late), Some("token"));
    assert!(edge.asked(late).is_none());
}

#[test]
fn a_round_reads_only_the_records_that_it_needs() {
    let mut edge = Edge::following();
    edge.tick(0);
    edge.begin(0, Event::Tick { now: edge.now + 50 });
    assert_eq!(edge.command(0), Some(&Command::Read(Record::Version)));
    assert!(edge.advance(0).is_continue());
    assert_eq!(edge.command(0), Some(&Command::Wait(None)));
}
