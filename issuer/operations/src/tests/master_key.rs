//! The master key is changed: what it sealed is sealed anew, and nothing else changes.

use postern_token::{Algorithm, KeyType};

use super::super::*;
use super::*;
use crate::error::SigningKeyError;
use postern_model::{Actor, KeyState};
use postern_secrets::MasterKey;
use postern_secrets::testing::SeededEntropy;

on_both!(
    the_new_master_key_opens_everything_and_the_old_one_nothing,
    who_runs_on_with_the_old_one_makes_no_key_that_only_it_opens,
    without_a_master_key_there_are_no_tokens,
);

fn new_key() -> MasterKey {
    MasterKey::generate(&SeededEntropy::new(99)).unwrap()
}

fn the_new_master_key_opens_everything_and_the_old_one_nothing(on: On) {
    let fixture = Fixture::new(on);
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        fixture.create_key(algorithm);
    }
    let keys = fixture.generate();
    let bundle = compose_bundle(&fixture.act(), None).unwrap();
    let sealed = "SELECT count(*) FROM signing_keys WHERE sealed IS NOT NULL";
    let before = fixture.place.query("SELECT sealed FROM signing_keys ORDER BY number").unwrap();
    assert_eq!(change_master_key(&fixture.act(), &new_key()).unwrap(), 4);
    assert_eq!(fixture.place.query(sealed).unwrap(), "4");
    assert_ne!(fixture.place.query("SELECT sealed FROM signing_keys ORDER BY number").unwrap(), before);

    // Who runs goes on with what it has opened, and answers with the token of before.
    assert_eq!(fixture.grant(&keys, None, NOW).unwrap().access_token, keys.token.access_token);
    let (old, new) = (fixture.another(&fixture.master_key, 3), fixture.another(&new_key(), 4));
    let (old, new) = (old.act(Actor::Operator), new.act(Actor::Operator));
    check_master_key(&new).unwrap();
    assert_eq!(compose_bundle(&new, None).unwrap().keys, bundle.keys);
    assert_eq!(grant(&new, &keys, None).unwrap().access_token, keys.token.access_token);
    assert!(introspect(&new, &client(&keys), &presented(&keys.token)).unwrap().is_some());
    assert!(matches!(check_master_key(&old), Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))));
    assert!(matches!(compose_bundle(&old, None), Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))));
    assert!(matches!(grant(&old, &keys, None), Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))));
    assert!(matches!(change_master_key(&old, &new_key()), Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))));
    // That one did nothing by half.
    check_master_key(&new).unwrap();
    assert_eq!(fixture.audit().iter().filter(|entry| entry.action == "master_key.change").count(), 1);
}

fn who_runs_on_with_the_old_one_makes_no_key_that_only_it_opens(on: On) {
    let fixture = Fixture::new(on);
    let keys = fixture.generate();
    let rotation = PolicyChange { key_rotation: Some(Some(7200)), key_publish_ahead: Some(600), ..PolicyChange::default() };
    fixture.set_policies(rotation);
    change_master_key(&fixture.act(), &new_key()).unwrap();
    let refused = made_signing_key(&fixture.act(), Algorithm::EdDsa);
    assert!(matches!(refused, Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))), "{refused:?}");
    let refused = rotate_on_schedule(&fixture.at(NOW.plus(7200)));
    assert!(matches!(refused, Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))), "{refused:?}");
    assert!(matches!(check_master_key(&fixture.act()), Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))));
    // Otherwise this would be the end of every bundle.
    let new = fixture.another(&new_key(), 4);
    compose_bundle(&new.act(Actor::Operator), None).unwrap();
    assert_eq!(list_signing_keys(&fixture.act()).unwrap().len(), 2);
    // Tokens go on.
    fixture.grant(&keys, Some("menu"), NOW).unwrap();
}

fn without_a_master_key_there_are_no_tokens(on: On) {
    let fixture = Fixture::new(on);
    let keys = fixture.generate();
    let storage = postern_storage::Storage::open(&fixture.place.location()).unwrap();
    let (clock, entropy) = (Box::new(postern_secrets::testing::FixedClock(NOW)), Box::new(SeededEntropy::new(5)));
    let locked = Instance::for_command(storage, Keyring::without_master_key(), clock, entropy);
    let act = locked.act(Actor::Operator);
    assert!(matches!(grant(&act, &keys, None), Err(Error::SigningKey(SigningKeyError::NoMasterKey))));
    assert!(matches!(check_master_key(&act), Err(Error::SigningKey(SigningKeyError::NoMasterKey))));
    assert!(matches!(made_signing_key(&act, Algorithm::EdDsa), Err(Error::SigningKey(SigningKeyError::NoMasterKey))));
    // What needs none is done without.
    revoke_token(&act, &keys.token.id).unwrap();
    assert_eq!(list_signing_keys(&act).unwrap()[0].key.state, KeyState::Signing);
    assert_eq!(show_keys(&act, &fixture.application, KeyType::Production).unwrap().secrets.len(), 1);
}
