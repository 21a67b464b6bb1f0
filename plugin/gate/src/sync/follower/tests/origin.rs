//! Bundles for another environment, or of another issuer, than the settings name.

use postern_token::KeyType;
use serde_json::{Value, json};

use super::edge::{Edge, MAX_STALENESS, settings};
use crate::sync::{Failure, Outcome, Record, RecordNames};
use crate::{FollowedEnvironment, SyncSettings};

const PRODUCTION: FollowedEnvironment = FollowedEnvironment::One(KeyType::Production);
const SANDBOX: FollowedEnvironment = FollowedEnvironment::One(KeyType::Sandbox);
const BOTH: FollowedEnvironment = FollowedEnvironment::Both;

/// How the bundle of each environment names it.
const ENVIRONMENTS: [(FollowedEnvironment, Option<&str>); 3] =
    [(PRODUCTION, Some("production")), (SANDBOX, Some("sandbox")), (BOTH, None)];

fn with_environment(environment: FollowedEnvironment) -> SyncSettings {
    SyncSettings { environment: Some(environment), ..settings() }
}

fn with_issuer(issuer: &str) -> SyncSettings {
    SyncSettings { issuer: Some(issuer.to_owned()), ..settings() }
}

/// Two workers with these settings, which have a first bundle whose `field` is `value`.
fn edge(settings: &SyncSettings, field: &str, value: Value) -> Edge {
    let mut edge = Edge::with_settings(2, settings);
    edge.issuer.set(field, value);
    edge.tick(0);
    let bundle = edge.issuer.bundle();
    assert_eq!(edge.answer(0, bundle), Some(Outcome::Changed));
    edge.tick(1);
    edge
}

/// Asserts that a bundle whose `field` is `value` is refused so, and that the one before stays in use until it is stale.
fn refuses(mut edge: Edge, field: &str, value: Value, failure: &Failure) {
    let before = edge.decides(0);
    edge.tick(0);
    edge.issuer.set(field, value);
    let bundle = edge.issuer.bundle();
    assert_eq!(edge.answer(0, bundle), Some(Outcome::Failed(failure.clone())));
    for worker in 0..2 {
        edge.tick(worker);
        assert_eq!((edge.decides(worker), edge.workers[worker].follower.revision()), (before, 2), "{failure}");
    }
    edge.now += MAX_STALENESS + 1;
    edge.tick(1);
    assert_eq!(edge.decides(1), Some("stale"), "it is no confirmation");
}

#[test]
fn only_a_bundle_for_the_followed_environment_is_used() {
    for (expected, own) in ENVIRONMENTS {
        for (found, other) in ENVIRONMENTS.into_iter().filter(|(found, _)| *found != expected) {
            let failure = Failure::OtherEnvironment { found, expected };
            assert!(failure.is_replay());
            refuses(edge(&with_environment(expected), "environment", json!(own)), "environment", json!(other), &failure);
        }
    }
}

#[test]
fn the_first_bundle_must_be_for_the_followed_environment_too() {
    let mut edge = Edge::with_settings(1, &with_environment(PRODUCTION));
    edge.issuer.set("environment", "sandbox".into());
    let failure = Failure::OtherEnvironment { found: SANDBOX, expected: PRODUCTION };
    assert_eq!(edge.follow(0), Some(Outcome::Failed(failure)));
    assert_eq!(edge.decides(0), None);
    assert!(edge.records.value(&Record::Index).is_none() && edge.records.value(&Record::Document).is_none());
}

#[test]
fn the_environment_is_asked_for() {
    for (environment, path) in [
        (None, "/edge/bundle"),
        (Some(BOTH), "/edge/bundle"),
        (Some(PRODUCTION), "/edge/bundle?environment=production"),
        (Some(SANDBOX), "/edge/bundle?environment=sandbox"),
    ] {
        assert_eq!(SyncSettings { environment, ..settings() }.target(), path);
    }
}

#[test]
fn only_a_bundle_of_the_pinned_issuer_is_used() {
    let (expected, found) = ("https://issuer.example", "https://issuer.example/");
    let failure = Failure::OtherIssuer { found: found.into(), expected: expected.into() };
    assert!(failure.is_replay());
    refuses(edge(&with_issuer(expected), "issuer", expected.into()), "issuer", found.into(), &failure);
}

#[test]
fn without_these_settings_every_bundle_is_used() {
    let mut edge = edge(&settings(), "environment", "production".into());
    for (field, value) in
        [("environment", json!("sandbox")), ("environment", Value::Null), ("issuer", json!("https://other.example"))]
    {
        edge.issuer.set(field, value);
        assert_eq!(edge.follow(0), Some(Outcome::Changed));
    }
}

#[test]
fn workers_that_accept_other_bundles_share_no_records() {
    let all = [
        settings(),
        with_issuer("https://issuer.example"),
        with_issuer("https://other.example"),
        with_environment(BOTH),
        with_environment(PRODUCTION),
        with_environment(SANDBOX),
    ];
    let names: std::collections::BTreeSet<_> =
        all.iter().map(|settings| RecordNames::new(settings).name(&Record::Document)).collect();
    assert_eq!(names.len(), all.len());
}

#[test]
fn the_refusals_name_both_sides() {
    let failure = Failure::OtherEnvironment { found: BOTH, expected: PRODUCTION };
    let words = failure.to_string();
    assert!(words.contains("environment `both`, but `sync.environment` is `production`"), "{words}");
    let failure = Failure::OtherIssuer { found: "https://a.example".into(), expected: "https://b.example".into() };
    let words = failure.to_string();
    assert!(words.contains("issuer `https://a.example`, but `sync.issuer` is `https://b.example`"), "{words}");
}
