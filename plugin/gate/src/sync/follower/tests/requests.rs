//! The requests to the issuer.

use postern_token::KeyType;

use super::edge::{Edge, settings};
use super::issuer::{etag, not_modified, status, version};
use crate::sync::{Answer, IssuerRequest, Outcome, Record};
use crate::{FollowedEnvironment, SyncSettings};

#[test]
fn the_first_request_asks_for_an_answer_at_once() {
    let mut edge = Edge::new(1);
    edge.tick(0);
    let headers = vec![("authorization", "Bearer edge_abc".to_owned()), ("cache-control", "no-cache".to_owned())];
    assert_eq!(edge.asked(0), Some(&IssuerRequest { path: "/edge/bundle".into(), headers, timeout: 33_000, server: None }));
}

#[test]
fn a_worker_with_a_bundle_asks_for_a_change() {
    let mut edge = Edge::following();
    edge.tick(0);
    let tag = edge.issuer.etag();
    let headers =
        [("authorization", "Bearer edge_abc"), ("cache-control", "no-cache"), ("prefer", "wait=30"), ("if-none-match", &tag)];
    assert_eq!(edge.asked(0).unwrap().headers, headers.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn the_path_and_the_timeout_are_those_of_the_settings() {
    let environment = Some(FollowedEnvironment::One(KeyType::Sandbox));
    let settings = SyncSettings { path: "/b".into(), environment, wait_seconds: 5, ..settings() };
    let mut edge = Edge::with_settings(1, &settings);
    edge.tick(0);
    let request = edge.asked(0).unwrap();
    assert_eq!((request.path.as_str(), request.timeout), ("/b?environment=sandbox", 8_000));
}

#[test]
fn an_issuer_that_was_out_of_reach_is_asked_for_an_answer_at_once() {
    for (silence, prefer) in [(2_000, Some("wait=30")), (2_001, None)] {
        let mut edge = Edge::following();
        edge.tick_after(0, silence);
        assert_eq!(edge.asked_header(0, "prefer"), prefer, "{silence}");
    }
}

/// The header of an answer is not signed. With the tag of a newer bundle, the issuer would confirm an older one.
#[test]
fn the_entity_tag_is_that_of_the_bundle_that_came() {
    let mut edge = Edge::new(1);
    let old = edge.issuer.bundle();
    edge.issuer.set("audience", "https://other.example".into());
    edge.tick(0);
    assert_eq!(edge.answer(0, old.clone()), Some(Outcome::Changed));
    edge.tick(0);
    assert_eq!(edge.asked_header(0, "if-none-match"), Some(etag(&old).as_str()));
    assert_ne!(etag(&old), edge.issuer.etag());
    let honest = edge.honest_answer(0);
    assert_eq!(edge.answer(0, honest), Some(Outcome::Changed));
}

/// A tag whose bundle this worker cannot read would be confirmed again and again.
#[test]
fn a_worker_that_does_not_have_what_is_published_sends_no_tag() {
    let mut edge = Edge::new(2);
    edge.follow(0);
    edge.records.put(Record::Document, b"{}".to_vec());
    edge.tick_after(1, 2_000);
    assert_eq!(edge.asked_header(1, "if-none-match"), None);
    assert_eq!(edge.decides(1), None);
    assert_eq!(edge.serve(1), Some(Outcome::Changed));
}

#[test]
fn a_tag_that_cannot_be_read_is_not_sent() {
    let mut edge = Edge::following();
    edge.records.put(Record::Index, b"x".to_vec());
    edge.tick(0);
    assert_eq!(edge.asked_header(0, "if-none-match"), None);
}

#[test]
fn a_list_is_asked_for_by_its_version() {
    let mut edge = Edge::new(1);
    edge.issuer.set_list(7, 3);
    edge.tick(0);
    let bundle = edge.issuer.bundle();
    assert_eq!(edge.answer(0, bundle), None);
    let headers = [("accept", "application/statuslist+jwt"), ("cache-control", "no-cache")];
    let expected = IssuerRequest {
        path: format!("/status/7?version={}", version(3)),
        headers: headers.map(|(name, value)| (name, value.to_owned())).into(),
        timeout: 5_000,
        server: None,
    };
    assert_eq!(edge.asked(0), Some(&expected));
}

#[test]
fn the_size_limit_of_a_body_depends_on_the_request() {
    let mut edge = Edge::new(1);
    edge.issuer.set_list(1, 1);
    edge.tick(0);
    let limit = |edge: &Edge| edge.workers[0].follower.answer_limit(edge.workers[0].asked.as_ref().unwrap().0);
    assert_eq!(limit(&edge), Some(8 << 20));
    let bundle = edge.issuer.bundle();
    edge.answer(0, bundle);
    assert_eq!(limit(&edge), Some(2 << 20));
}

#[test]
fn pauses_after_failures_double_up_to_two_seconds() {
    let mut edge = Edge::new(1);
    edge.tick(0);
    for pause in [250, 500, 1_000, 2_000, 2_000, 2_000] {
        edge.answer(0, status(500));
        edge.tick_after(0, pause - 1);
        assert!(edge.asked(0).is_none(), "{pause}");
        edge.tick_after(0, 1);
        assert!(edge.asked(0).is_some(), "{pause}");
    }
}

#[test]
fn an_answer_ends_the_doubling() {
    for answer in ["changed", "unchanged"] {
        let mut edge = Edge::following();
        edge.tick(0);
        edge.answer(0, status(500));
        edge.tick_after(0, 250);
        edge.answer(0, status(500));
        edge.now += 500;
        if answer == "changed" {
            edge.issuer.revision += 1;
        }
        edge.follow(0);
        edge.tick_after(0, 1_000);
        edge.answer(0, status(500));
        edge.tick_after(0, 250);
        assert!(edge.asked(0).is_some(), "{answer}");
    }
}

#[test]
fn an_issuer_that_confirms_at_once_is_asked_again_after_a_second() {
    let mut edge = Edge::following();
    edge.tick(0);
    edge.now += 499;
    assert_eq!(edge.answer(0, not_modified()), Some(Outcome::Unchanged));
    edge.tick_after(0, 999);
    assert!(edge.asked(0).is_none());
    edge.tick_after(0, 1);
    assert!(edge.asked(0).is_some());
}

#[test]
fn an_issuer_that_waits_is_asked_again_at_once() {
    let mut edge = Edge::following();
    edge.tick(0);
    edge.now += 500;
    assert_eq!(edge.answer(0, not_modified()), Some(Outcome::Unchanged));
    edge.tick(0);
    assert!(edge.asked(0).is_some());
}

#[test]
fn an_issuer_that_ignores_tags_is_asked_again_after_a_second() {
    let mut edge = Edge::following();
    edge.tick(0);
    let same = edge.issuer.bundle();
    edge.answer(0, same);
    edge.tick_after(0, 999);
    assert!(edge.asked(0).is_none());
    edge.tick_after(0, 1);
    assert!(edge.asked(0).is_some());
}

#[test]
fn after_a_change_the_issuer_is_asked_again_at_once() {
    let mut edge = Edge::following();
    edge.tick(0);
    assert!(edge.asked(0).is_some());
}

#[test]
fn an_edge_that_does_not_wait_asks_twice_a_second() {
    let mut edge = Edge::with_settings(1, &SyncSettings { wait_seconds: 0, ..settings() });
    edge.follow(0);
    edge.tick(0);
    assert_eq!(edge.asked_header(0, "prefer"), None);
    edge.answer(0, not_modified());
    edge.tick_after(0, 499);
    assert_eq!(edge.asked(0), None);
    edge.tick_after(0, 1);
    assert_eq!(edge.asked_header(0, "prefer"), None);
    // An answer from a cache that is as old as the pause is long.
    edge.answer(0, Answer { age: 500, ..not_modified() });
    edge.tick(0);
    assert!(edge.asked(0).is_some());
}
