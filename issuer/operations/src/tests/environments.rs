//! Production and sandbox: keys of their own, and signing keys of their own where an administrator says so.

use postern_token::{Algorithm, KeyType, Kid, Status};

use super::super::*;
use super::*;
use crate::error::SigningKeyError;
use postern_model::{Actor, KeyState, TokenState};

on_both!(each_environment_signs_with_its_own_key, keys_are_changed_on_schedule);

fn kid_of(token: &MintedToken) -> String {
    let unverified = postern_token::UnverifiedToken::parse(token.access_token.expose().as_bytes()).unwrap();
    unverified.kid().unwrap().to_owned()
}

fn each_environment_signs_with_its_own_key(on: On) {
    let fixture = Fixture::new(on);
    let (first, second) = (fixture.signing(), fixture.create_key(Algorithm::Es256));
    sign_with_key(&fixture.act(), &second, &[KeyType::Sandbox]).unwrap();
    let production = fixture.generate();
    let request = GenerateRequest { key_type: KeyType::Sandbox, ..fixture.request() };
    let sandbox = generate(&fixture.act(), &request).unwrap();
    assert_eq!((kid_of(&production.token), kid_of(&sandbox.token)), (first.as_str().into(), second.as_str().into()));
    fixture.claims(&production.token, |claims| assert_eq!(claims.key_type, KeyType::Production));
    fixture.claims(&sandbox.token, |claims| assert_eq!(claims.key_type, KeyType::Sandbox));
    assert_eq!(fixture.status(&sandbox.token), Some(Status::Valid));
    let signs: Vec<_> = list_signing_keys(&fixture.act()).unwrap().into_iter().map(|details| details.key).collect();
    let of = |key: &postern_model::SigningKeyRecord| key.signs.iter().map(|(key_type, _)| *key_type).collect::<Vec<_>>();
    assert_eq!(signs.iter().map(of).collect::<Vec<_>>(), [vec![KeyType::Production], vec![], vec![KeyType::Sandbox]]);
    for kid in [&first, &second] {
        assert!(matches!(retire_signing_key(&fixture.act(), kid, true), Err(Error::SigningKey(SigningKeyError::Active(_)))));
    }
    // One environment's key goes, and what it signed; the other's tokens live.
    let before = signs[1].kid.clone();
    sign_with_key(&fixture.act(), &before, &[KeyType::Sandbox]).unwrap();
    assert_eq!(retire_signing_key(&fixture.act(), &second, true).unwrap().count, 1);
    assert_eq!((fixture.state(&production.token), fixture.state(&sandbox.token)), (TokenState::Active, TokenState::Revoked));
    assert_eq!(fixture.grant(&production, None, NOW).unwrap().id, production.token.id);
    let secret = ClientGrant { client: client(&sandbox), scope: None, validity: None };
    assert_eq!(kid_of(&find_or_mint(&fixture.act(), &secret).unwrap()), before.as_str());
}

fn keys_are_changed_on_schedule(on: On) {
    let fixture = Fixture::signing_with(on, Algorithm::Es256);
    let keys = fixture.generate();
    let rotate = |seconds| rotate_on_schedule(&fixture.instance.act(Actor::Issuer).at(NOW.plus(seconds))).unwrap();
    assert_eq!(rotate(1_000_000_000), signing_keys_untouched());
    let (rotation, ahead) = (100_000, 10_000);
    fixture.set_policies(PolicyChange {
        key_rotation: Some(Some(rotation)),
        key_publish_ahead: Some(ahead),
        ..PolicyChange::default()
    });
    assert_eq!(rotate(rotation - ahead - 1), signing_keys_untouched());
    let published: Vec<Kid<'static>> = rotate(rotation - ahead).published;
    assert_eq!(published.len(), 2, "one for each environment");
    // It is published, and nothing signs with it until edges have had the time to hear of it.
    assert_eq!(rotate(rotation - 1), signing_keys_untouched());
    assert_eq!(rotate(rotation).signing, published);
    assert_eq!(rotate(rotation), signing_keys_untouched());
    let token = fixture.grant(&keys, None, NOW.plus(rotation)).unwrap();
    assert_eq!(kid_of(&token), published[0].as_str());
    // An hour after it has stopped to sign nothing lives that the old one signed.
    let over = rotation + 3600;
    assert_eq!(rotate(over - 1), signing_keys_untouched());
    assert_eq!(rotate(over).retired.len(), 2);
    let states: Vec<_> = list_signing_keys(&fixture.act()).unwrap().iter().map(|details| details.key.state).collect();
    assert_eq!(states, [KeyState::Retired, KeyState::Retired, KeyState::Signing, KeyState::Signing]);
    let done: Vec<_> = fixture.audit().into_iter().filter(|entry| entry.actor == "issuer").map(|entry| entry.action).collect();
    let each = ["signing_key.create", "signing_key.sign", "signing_key.retire"].map(|action| [action, action]);
    assert_eq!(done, each.concat());
}

fn signing_keys_untouched() -> Rotation {
    Rotation::default()
}
