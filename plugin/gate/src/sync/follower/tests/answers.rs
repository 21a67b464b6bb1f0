//! Bad answers.

use super::edge::Edge;
use super::issuer::{WALL, dated, sign, signed_list, status, uri, version};
use crate::FollowedEnvironment;
use crate::sync::record::list_record;
use crate::sync::{Answer, BundleAge, Failure, Outcome, Record};
use postern_token::{KeyType, StatusListError, StatusListTimes, TokenError, UnixSeconds};

/// Whether a bundle with that answer fails so, the bundle before stays in use, and the issuer is asked again.
fn fails(answer: Answer, failure: &Failure) {
    let mut edge = Edge::following();
    edge.tick(0);
    assert_eq!(edge.answer(0, answer), Some(Outcome::Failed(failure.clone())));
    assert_eq!(edge.decides(0), Some("token"));
    edge.now += 250;
    edge.issuer.set("environment", "sandbox".into());
    assert_eq!(edge.follow(0), Some(Outcome::Changed));
    assert_eq!(edge.decides(0), Some("wrong_environment"));
}

#[test]
fn status_401_is_an_edge_key_that_is_refused() {
    fails(status(401), &Failure::EdgeKey);
}

#[test]
fn status_403_is_an_edge_key_that_is_refused() {
    fails(status(403), &Failure::EdgeKey);
}

#[test]
fn status_503_is_an_issuer_that_is_not_available() {
    fails(status(503), &Failure::Unavailable(503));
}

#[test]
fn status_504_is_an_issuer_that_is_not_available() {
    fails(status(504), &Failure::Unavailable(504));
}

#[test]
fn status_404_is_an_address_without_a_bundle() {
    fails(status(404), &Failure::NoBundle);
}

#[test]
fn no_status_is_no_answer() {
    fails(Answer::default(), &Failure::NoAnswer);
}

#[test]
fn every_other_status_is_a_failure() {
    for code in [100, 201, 204, 206, 302, 410, 429, 500, 502] {
        fails(status(code), &Failure::BundleStatus(code));
    }
}

#[test]
fn status_304_without_a_bundle_is_a_failure() {
    let mut edge = Edge::new(1);
    edge.tick(0);
    assert_eq!(edge.answer(0, status(304)), Some(Outcome::Failed(Failure::BundleStatus(304))));
}

#[test]
fn a_bundle_that_is_too_large_is_a_failure() {
    fails(Answer { status: 200, body: None, age: 0 }, &Failure::BundleTooLarge);
}

#[test]
fn a_bundle_that_is_not_valid_is_a_failure() {
    for bad in ["", "<html>", "{}", "[]", r#"{"issuer":"https://issuer.example"}"#] {
        let mut edge = Edge::following();
        edge.tick(0);
        let outcome = edge.answer(0, Answer { status: 200, body: Some(bad.into()), age: 0 });
        assert!(matches!(&outcome, Some(Outcome::Failed(Failure::Bundle(_)))), "{bad}: {outcome:?}");
        assert_eq!(edge.decides(0), Some("token"), "{bad}");
    }
}

/// Whether the answer to the request for list 1 in version 2 fails so, the list before stays in use, and is asked for again.
fn list_fails(answer: Answer, failure: &Failure) {
    let mut edge = Edge::new(1);
    edge.issuer.set_list(1, 0);
    edge.follow(0);
    assert_eq!(edge.decides_listed(0, 1), Some("token"));
    edge.issuer.set_list(1, 1);
    edge.tick(0);
    let bundle = edge.issuer.bundle();
    assert_eq!(edge.answer(0, bundle), None);
    assert_eq!(edge.answer(0, answer), Some(Outcome::Failed(failure.clone())));
    assert_eq!(edge.decides_listed(0, 1), Some("token"));
    assert_eq!(edge.records.list(&uri(1), version(1)), None, "an unverified list is not written");
    edge.now += 250;
    assert_eq!(edge.follow(0), Some(Outcome::Changed));
    assert_eq!(edge.decides_listed(0, 1), Some("revoked"));
}

#[test]
fn a_list_without_status_200_is_a_failure() {
    for code in [0, 204, 304, 401, 404, 500, 503] {
        list_fails(status(code), &Failure::ListStatus(code));
    }
}

#[test]
fn a_list_that_is_too_large_is_a_failure() {
    list_fails(Answer { body: None, ..signed_list(&uri(1), 1) }, &Failure::ListTooLarge);
}

#[test]
fn a_signed_list_of_another_version_is_a_failure() {
    let times = StatusListTimes { iat: WALL, exp: None, ttl: None };
    let other_time = StatusListTimes { iat: UnixSeconds(WALL.0 + 1), ..times };
    for answer in [
        // Other bits, another time, another key.
        sign(&uri(1), 0, times, "k1"),
        sign(&uri(1), 1, other_time, "k1"),
        sign(&uri(1), 1, times, "k2"),
    ] {
        list_fails(answer, &Failure::ListVersion);
    }
}

#[test]
fn a_list_is_stored_under_its_version() {
    let mut edge = Edge::new(1);
    edge.issuer.set_list(1, 1);
    edge.tick(0);
    let bundle = edge.issuer.bundle();
    edge.answer(0, bundle);
    assert_eq!(edge.answer(0, signed_list(&uri(1), 1)), Some(Outcome::Changed));
    let record = list_record(version(1), &dated(1));
    let after_version = record.strip_prefix(version(1).as_bytes()).unwrap().strip_prefix(b"\n");
    assert_eq!(edge.records.list(&uri(1), version(1)), after_version);
}

#[test]
fn a_list_that_is_not_a_signed_token_is_a_failure() {
    let answer = Answer { body: Some(b"x".to_vec()), ..signed_list(&uri(1), 1) };
    list_fails(answer, &Failure::List(StatusListError::Token(TokenError::Parts)));
}

#[test]
fn a_list_that_an_unknown_key_has_signed_is_a_failure() {
    let times = StatusListTimes { iat: UnixSeconds(1), exp: None, ttl: None };
    list_fails(sign(&uri(1), 1, times, "k9"), &Failure::List(StatusListError::Token(TokenError::NoKey)));
}

#[test]
fn the_list_of_another_address_is_a_failure() {
    list_fails(signed_list(&uri(2), 1), &Failure::List(StatusListError::Subject));
}

#[test]
fn a_list_that_has_expired_by_the_wall_clock_is_a_failure() {
    let times = StatusListTimes { iat: UnixSeconds(1), exp: Some(super::issuer::WALL), ttl: None };
    list_fails(sign(&uri(1), 1, times, "k1"), &Failure::List(StatusListError::Expired));
}

#[test]
fn a_list_whose_address_is_not_a_url_is_a_failure() {
    for bad in ["issuer.example/status/1", "https:issuer.example/status/1", "https://issuer.example", "urn:list:1"] {
        let mut edge = Edge::following();
        edge.tick(0);
        edge.issuer.lists.insert(bad.into(), 1);
        let bundle = edge.issuer.bundle();
        assert_eq!(edge.answer(0, bundle), Some(Outcome::Failed(Failure::ListAddress)), "{bad}");
    }
}

#[test]
fn a_request_for_a_list_that_is_not_sent_is_a_failure() {
    let mut edge = Edge::new(1);
    edge.issuer.set_list(1, 1);
    edge.tick(0);
    edge.workers[0].sends_nothing = true;
    let bundle = edge.issuer.bundle();
    assert_eq!(edge.answer(0, bundle), Some(Outcome::Failed(Failure::NotSent)));
    assert!(edge.records.value(&Record::Index).is_none());
}

#[test]
fn every_failure_says_what_is_wrong() {
    let failures = [
        (Failure::NoSharedRecords, "`sync` needs shared data, which this host does not provide: use an inline `bundle`"),
        (
            Failure::NotSent,
            "the request to the issuer was not sent: check that the host has a cluster with the name in `sync.cluster`",
        ),
        (
            Failure::NoAnswer,
            "no complete answer from the issuer: it cannot be reached, is too slow, or answers with more than the host allows",
        ),
        (
            Failure::EdgeKey,
            "the issuer refuses the edge key in `sync.key`: it is wrong, was removed, or is of another environment than \
             `sync.environment`; create one with `postern admin edge-key create`",
        ),
        (
            Failure::Unavailable(503),
            "no bundle (status 503): check that the issuer runs and that the cluster in `sync.cluster` has its address; with TLS, \
             also that the issuer's certificate has the name and is signed by the CA that this cluster expects",
        ),
        (
            Failure::NoBundle,
            "the issuer has no bundle at this address (status 404): if `edge_listen` is set in the issuer's configuration, the \
             cluster in `sync.cluster` must have that port; otherwise check `sync.path`",
        ),
        (Failure::BundleStatus(500), "the issuer answered the request for the bundle with status 500"),
        (
            Failure::BundleKey,
            "the key that signed the issuer's bundle is none of `sync.bundle_keys`, so the bundle is refused: add the `jwk` that \
             `postern admin bundle-key list` shows",
        ),
        (Failure::BundleTooLarge, "the bundle is larger than 8 MiB"),
        (Failure::ListAddress, "the address of a status list is not a URL"),
        (Failure::ListStatus(404), "the issuer answered the request for a status list with status 404"),
        (Failure::ListTooLarge, "a status list is larger than 2 MiB"),
        (
            Failure::ListVersion,
            "the issuer's status list is not the version that its bundle names; a cache between the edge and the issuer may be out of date",
        ),
    ];
    for (failure, words) in failures {
        assert_eq!(failure.to_string(), words);
        assert!(!failure.is_replay(), "{failure}");
    }
    for (found, expected, text) in [
        (FollowedEnvironment::Both, FollowedEnvironment::One(KeyType::Sandbox), "`both`, but `sync.environment` is `sandbox`,"),
        (
            FollowedEnvironment::One(KeyType::Production),
            FollowedEnvironment::Both,
            "`production`, but `sync.environment` is `both`,",
        ),
    ] {
        let failure = Failure::OtherEnvironment { found, expected };
        assert!(failure.to_string().contains(text), "{failure}");
    }
    let list = Failure::List(StatusListError::Subject);
    assert_eq!(list.to_string(), format!("the issuer's status list is not valid: {}", StatusListError::Subject));
}

/// The labels of a stable metric, and what is logged.
#[test]
fn each_outcome_has_its_label_and_its_message() {
    let held = BundleAge { epoch: 1, revision: 2 };
    let environment = FollowedEnvironment::Both;
    for (outcome, label, logged) in [
        (Outcome::Changed, "changed", None),
        (Outcome::NewEpoch(held), "new_epoch", Some(true)),
        (Outcome::Unchanged, "unchanged", None),
        (Outcome::Failed(Failure::OlderBundle { incoming: held, held }), "older", Some(true)),
        (Outcome::Failed(Failure::OtherEnvironment { found: environment, expected: environment }), "foreign", Some(true)),
        (Outcome::Failed(Failure::OtherIssuer { found: "a".into(), expected: "b".into() }), "foreign", Some(true)),
        (Outcome::Failed(Failure::BundleKey), "failed", Some(false)),
    ] {
        assert_eq!(outcome.result(), label);
        let message = outcome.message();
        assert_eq!(message.as_ref().map(|(is_error, _)| *is_error), logged, "{label}");
        assert!(message.is_none_or(|(_, text)| text.len() > 20), "{label}");
    }
}
