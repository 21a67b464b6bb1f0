//! Production and sandbox: separate key sets, and separate signing keys if an administrator chooses so.

use postern_token::{Algorithm, KeyType, Kid, Status};

use super::super::*;
use super::*;
use crate::error::SigningKeyError;
use postern_model::{Actor, KeyState, TokenState};

on_both!(each_environment_signs_with_its_own_key, signing_keys_rotate_on_schedule);

fn kid_of(token: &MintedToken) -> String {
    let unverified = postern_token::UnverifiedToken::parse(token.access_token.expose().as_bytes()).unwrap();
    unverified.kid().unwrap().to_owned()
}

fn each_environment_signs_with_its_own_key(engine: Engine) {
    let fixture = Fixture::new(engine);
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
    // Retiring the key of one environment revokes only its tokens.
    let before = signs[1].kid.clone();
    sign_with_key(&fixture.act(), &before, &[KeyType::Sandbox]).unwrap();
    assert_eq!(retire_signing_key(&fixture.act(), &second, true).unwrap().count, 1);
    assert_eq!((fixture.state(&production.token), fixture.state(&sandbox.token)), (TokenState::Active, TokenState::Revoked));
    assert_eq!(fixture.grant(&production, None, NOW).unwrap().id, production.token.id);
    let secret = ClientGrant { client: client(&sandbox), scope: None, validity: None };
    assert_eq!(kid_of(&find_or_mint(&fixture.act(), &secret).unwrap()), before.as_str());
}

fn signing_keys_rotate_on_schedule(engine: Engine) {
    let fixture = Fixture::signing_with(engine, Algorithm::Es256);
    let keys = fixture.generate();
    let rotate = |seconds| rotate_on_schedule(&fixture.instance.act(Actor::Issuer).at(NOW.plus(seconds))).unwrap();
    assert_eq!(rotate(1_000_000_000), no_rotation());
    let (rotation, ahead) = (100_000, 10_000);
    fixture.set_policies(PolicyChange {
        key_rotation: Some(Some(rotation)),
        key_publish_ahead: Some(ahead),
        ..PolicyChange::default()
    });
    assert_eq!(rotate(rotation - ahead - 1), no_rotation());
    let published: Vec<Kid<'static>> = rotate(rotation - ahead).published;
    assert_eq!(published.len(), 2, "one for each environment");
    // The key is published, and does not sign until edges have had the time to fetch it.
    assert_eq!(rotate(rotation - 1), no_rotation());
    assert_eq!(rotate(rotation).signing, published);
    assert_eq!(rotate(rotation), no_rotation());
    let token = fixture.grant(&keys, None, NOW.plus(rotation)).unwrap();
    assert_eq!(kid_of(&token), published[0].as_str());
    // An hour after the old key has stopped signing, all tokens that it signed are expired.
    let expired = rotation + 3600;
    assert_eq!(rotate(expired - 1), no_rotation());
    assert_eq!(rotate(expired).retired.len(), 2);
    let states: Vec<_> = list_signing_keys(&fixture.act()).unwrap().iter().map(|details| details.key.state).collect();
    assert_eq!(states, [KeyState::Retired, KeyState::Retired, KeyState::Signing, KeyState::Signing]);
    let done: Vec<_> = fixture.audit().into_iter().filter(|entry| entry.actor == "issuer").map(|entry| entry.action).collect();
    let each = ["signing_key.create", "signing_key.sign", "signing_key.retire"].map(|action| [action, action]);
    assert_eq!(done, each.concat());
}

fn no_rotation() -> Rotation {
    Rotation::default()
}
