//! Bundles that must be signed.

use postern_token::bundle::sign_bundle;
use postern_token::{Algorithm, Identifier, SigningKey, StatusListTimes, TokenError};

use super::edge::{Edge, MAX_STALENESS, settings};
use super::issuer::{WALL, list, not_modified};
use crate::SyncSettings;
use crate::sync::{Answer, Failure, Outcome};

fn key(kid: &str, secret: u8) -> SigningKey {
    SigningKey::new(Algorithm::Es256, Identifier::parse(kid.to_owned()).unwrap(), &[secret; 32]).unwrap()
}

fn pinning(keys: &[&SigningKey]) -> SyncSettings {
    SyncSettings { bundle_keys: keys.iter().map(|key| key.verifying_document()).collect(), ..settings() }
}

/// The same answer, signed.
fn signed(answer: Answer, key: &SigningKey) -> Answer {
    let jws = sign_bundle(&answer.body.unwrap(), key).unwrap();
    Answer { body: Some(jws.into_bytes()), ..answer }
}

/// Two workers that follow with `b1` pinned.
fn edge() -> Edge {
    let mut edge = Edge::with_settings(2, &pinning(&[&key("b1", 1)]));
    edge.tick(0);
    let bundle = signed(edge.issuer.bundle(), &key("b1", 1));
    assert_eq!(edge.answer(0, bundle), Some(Outcome::Changed));
    edge.tick(1);
    edge
}

#[test]
fn a_signed_bundle_is_asked_for_and_used() {
    let mut edge = edge();
    assert_eq!((edge.decides(0), edge.decides(1)), (Some("token"), Some("token")));
    edge.tick(0);
    assert_eq!(edge.asked_header(0, "accept"), Some("application/postern-bundle+jwt"));
    assert_eq!(edge.answer(0, not_modified()), Some(Outcome::Unchanged));
}

#[test]
fn without_a_pinned_key_no_signature_is_asked_for() {
    let mut edge = Edge::following();
    edge.tick(0);
    assert_eq!(edge.asked_header(0, "accept"), None);
    let jws = signed(edge.issuer.bundle(), &key("b1", 1));
    assert!(matches!(edge.answer(0, jws), Some(Outcome::Failed(Failure::Bundle(_)))));
}

#[test]
fn a_bundle_that_is_not_signed_by_the_pinned_key_is_refused_and_the_old_one_stays() {
    type Change = fn(Answer) -> Answer;
    let cases: [(&str, Change, Failure); 5] = [
        ("not signed", |answer| answer, Failure::BundleSignature(TokenError::Parts)),
        ("signed by another key", |answer| signed(answer, &key("b2", 2)), Failure::BundleKey),
        (
            "signed by another key in its name",
            |answer| signed(answer, &key("b1", 2)),
            Failure::BundleSignature(TokenError::Signature),
        ),
        ("changed", |answer| changed(signed(answer, &key("b1", 1))), Failure::BundleSignature(TokenError::Signature)),
        (
            "signed for something else",
            |answer| {
                let times = StatusListTimes { iat: WALL, exp: None, ttl: None };
                let token = list(0).sign(&Identifier::parse("https://issuer.example").unwrap(), times, &key("b1", 1)).unwrap();
                Answer { body: Some(token.into_bytes()), ..answer }
            },
            Failure::BundleSignature(TokenError::Type),
        ),
    ];
    for (what, change, failure) in cases {
        let mut edge = edge();
        edge.tick(0);
        edge.issuer.set("environment", "sandbox".into());
        let answer = change(edge.issuer.bundle());
        assert_eq!(edge.answer(0, answer), Some(Outcome::Failed(failure)), "{what}");
        for worker in 0..2 {
            edge.tick(worker);
            assert_eq!(edge.decides(worker), Some("token"), "{what}");
        }
        edge.now += MAX_STALENESS + 1;
        edge.tick(1);
        assert_eq!(edge.decides(1), Some("stale"), "{what}");
    }
}

/// The same with another character in the middle of the payload.
fn changed(answer: Answer) -> Answer {
    let mut body = answer.body.unwrap();
    let middle = body.len() / 2;
    body[middle] = if body[middle] == b'A' { b'B' } else { b'A' };
    Answer { body: Some(body), ..answer }
}

#[test]
fn two_keys_may_be_pinned_while_one_replaces_the_other() {
    let mut edge = Edge::with_settings(1, &pinning(&[&key("b1", 1), &key("b2", 2)]));
    for kid in [("b1", 1), ("b2", 2)] {
        edge.tick(0);
        edge.issuer.revision += 1;
        let bundle = signed(edge.issuer.bundle(), &key(kid.0, kid.1));
        assert_eq!(edge.answer(0, bundle), Some(Outcome::Changed), "{kid:?}");
    }
}

#[test]
fn workers_with_other_pinned_keys_share_no_records() {
    let name = |settings: &SyncSettings| crate::sync::RecordNames::new(settings).name(&crate::sync::Record::Document);
    let names = [settings(), pinning(&[&key("b1", 1)]), pinning(&[&key("b1", 2)])].map(|settings| name(&settings));
    assert!(names[0] != names[1] && names[1] != names[2] && names[0] != names[2]);
}

#[test]
fn a_signed_bundle_may_be_as_large_as_base64_makes_it() {
    let mut edge = Edge::with_settings(1, &pinning(&[&key("b1", 1)]));
    edge.tick(0);
    let call = edge.workers[0].asked.as_ref().unwrap().0;
    assert_eq!(edge.workers[0].follower.answer_limit(call), Some((8 << 20) / 3 * 4 + 4096));
}
