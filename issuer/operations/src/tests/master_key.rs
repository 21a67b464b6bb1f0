//! Changing the master key: the signing keys are sealed again, and nothing else changes.

use postern_token::{Algorithm, KeyType};

use super::super::*;
use super::*;
use crate::error::SigningKeyError;
use postern_model::{Actor, KeyState};
use postern_secrets::MasterKey;
use postern_secrets::testing::SeededEntropy;

on_both!(
    only_the_new_master_key_opens_the_signing_keys,
    a_process_with_the_old_master_key_creates_no_signing_key,
    minting_needs_the_master_key,
);

fn new_key() -> MasterKey {
    MasterKey::generate(&SeededEntropy::new(99)).unwrap()
}

fn only_the_new_master_key_opens_the_signing_keys(engine: Engine) {
    let fixture = Fixture::new(engine);
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        fixture.create_key(algorithm);
    }
    let keys = fixture.generate();
    let bundle = compose_bundle(&fixture.act(), None).unwrap();
    let sealed = "SELECT count(*) FROM signing_keys WHERE sealed IS NOT NULL";
    let before = fixture.database.query("SELECT sealed FROM signing_keys ORDER BY number").unwrap();
    assert_eq!(change_master_key(&fixture.act(), &new_key()).unwrap(), 4);
    assert_eq!(fixture.database.query(sealed).unwrap(), "4");
    assert_ne!(fixture.database.query("SELECT sealed FROM signing_keys ORDER BY number").unwrap(), before);

    // A running process still has the opened keys, and answers with the same token.
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
    // The failed change was rolled back.
    check_master_key(&new).unwrap();
    assert_eq!(fixture.audit().iter().filter(|entry| entry.action == "master_key.change").count(), 1);
}

fn a_process_with_the_old_master_key_creates_no_signing_key(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let rotation = PolicyChange { key_rotation: Some(Some(7200)), key_publish_ahead: Some(600), ..PolicyChange::default() };
    fixture.set_policies(rotation);
    change_master_key(&fixture.act(), &new_key()).unwrap();
    let refused = new_signing_key(&fixture.act(), Algorithm::EdDsa);
    assert!(matches!(refused, Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))), "{refused:?}");
    let refused = rotate_on_schedule(&fixture.at(NOW.plus(7200)));
    assert!(matches!(refused, Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))), "{refused:?}");
    assert!(matches!(check_master_key(&fixture.act()), Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))));
    // A key that only the old master key opens would make every bundle fail.
    let new = fixture.another(&new_key(), 4);
    compose_bundle(&new.act(Actor::Operator), None).unwrap();
    assert_eq!(list_signing_keys(&fixture.act()).unwrap().len(), 2);
    // The process can still mint tokens.
    fixture.grant(&keys, Some("menu"), NOW).unwrap();
}

fn minting_needs_the_master_key(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let storage = postern_storage::Storage::open(&fixture.database.location()).unwrap();
    let (clock, entropy) = (Box::new(postern_secrets::testing::FixedClock(NOW)), Box::new(SeededEntropy::new(5)));
    let locked = Instance::for_command(storage, Keyring::without_master_key(), clock, entropy);
    let act = locked.act(Actor::Operator);
    assert!(matches!(grant(&act, &keys, None), Err(Error::SigningKey(SigningKeyError::NoMasterKey))));
    assert!(matches!(check_master_key(&act), Err(Error::SigningKey(SigningKeyError::NoMasterKey))));
    assert!(matches!(new_signing_key(&act, Algorithm::EdDsa), Err(Error::SigningKey(SigningKeyError::NoMasterKey))));
    // Operations without secrets do not need the master key.
    revoke_token(&act, &keys.token.id).unwrap();
    assert_eq!(list_signing_keys(&act).unwrap()[0].key.state, KeyState::Signing);
    assert_eq!(show_keys(&act, &fixture.application, KeyType::Production).unwrap().secrets.len(), 1);
}
