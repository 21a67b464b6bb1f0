//! A database of an older version.

use postern_token::{ApiReference, KeyType};
use rusqlite::Connection;
use tempfile::TempDir;

use super::super::*;
use super::*;
use crate::catalogue::{Actor, ApplicationId, TokenState};
use crate::secrets::{MasterKey, Sealed};
use crate::storage::{Location, Storage, StorageError};
use crate::testing::{FixedClock, SeededEntropy};

/// The database of version 1 with an application that has a token.
fn version_1(directory: &TempDir, master_key: &MasterKey, entropy: &SeededEntropy) -> Location {
    let path = directory.path().join("postern.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(include_str!("../../../migrations/sqlite/0001_catalogue_and_tokens.sql")).unwrap();
    let sealed = Sealed::seal(&[7; 32], "signing_keys", "k1", master_key, entropy).unwrap();
    connection.execute("INSERT INTO signing_keys VALUES ('k1', 'HS256', ?1, 1, 1700000000)", [sealed.as_bytes()]).unwrap();
    connection
        .execute_batch(
            r#"INSERT INTO settings VALUES (1, 'https://issuer.example', 'https://api.example', 3600, 3600);
            INSERT INTO applications VALUES ('app_old', 'Old', 3600, 3600, 1700000000);
            INSERT INTO apis VALUES ('pizza', '1', '{"name":"pizza","version":"1","context":"/pizza"}', 1700000000);
            INSERT INTO subscriptions VALUES ('app_old', 'pizza', '1', 'gold', 1700000000);
            INSERT INTO key_sets VALUES ('ck_old', 'app_old', 'production', zeroblob(32), NULL, NULL, NULL, -1, 1700000000);
            INSERT INTO tokens VALUES ('jti-1', 'app_old', 'ck_old', 'application', 'production', 'generated', NULL, NULL,
                'orders', 1700000000, NULL, 'replaced');
            INSERT INTO tokens VALUES ('jti-2', 'app_old', 'ck_old', 'application', 'production', 'regenerated',
                '["a.example"]', NULL, NULL, 1700000000, NULL, 'active');
            PRAGMA user_version = 1;"#,
        )
        .unwrap();
    Location::File(path)
}

/// A database of version 1, brought up to this one.
fn migrated() -> (TempDir, Instance) {
    let (directory, entropy) = (tempfile::tempdir().unwrap(), SeededEntropy::new(3));
    let master_key = MasterKey::generate(&entropy).unwrap();
    let location = version_1(&directory, &master_key, &entropy);
    assert!(matches!(Storage::open(&location), Err(StorageError::Outdated)));
    let storage = Storage::open_and_migrate(&location).unwrap();
    Storage::open(&location).unwrap();
    (directory, Instance::passing(storage, keyring(&master_key), Box::new(FixedClock(NOW)), Box::new(entropy)))
}

fn old_application() -> ApplicationId {
    "app_old".parse().unwrap()
}

#[test]
fn what_a_database_of_version_1_holds_stays() {
    let (_directory, instance) = migrated();
    let act = instance.act(Actor::Operator);
    let application = old_application();
    let tokens = list_tokens(&act, &application, None, 10).unwrap();
    let seen: Vec<_> = tokens.iter().map(|token| (token.id.as_str(), token.state, token.kid.as_str(), token.status)).collect();
    assert_eq!(seen, [("jti-1", TokenState::Replaced, "k1", None), ("jti-2", TokenState::Active, "k1", None)]);
    assert_eq!(tokens[1].restrictions.domains[0].as_str(), "a.example");
    assert_eq!(show_application(&act, &application).unwrap().subscriptions.len(), 1);

    // The first list is begun before there is a token in it.
    begin_status_list(&act).unwrap();
    let bundle = compose_bundle(&act, None).unwrap();
    assert_eq!((bundle.keys.keys[0].kid.as_str(), bundle.apis.len(), bundle.status_lists.len()), ("k1", 1, 1));
    regenerate(&act, &RegenerateRequest::new(application.clone(), KeyType::Production)).unwrap();
    let states: Vec<_> = list_tokens(&act, &application, None, 10).unwrap().iter().map(|token| token.state).collect();
    assert_eq!(states, [TokenState::Replaced, TokenState::Replaced, TokenState::Active]);
}

#[test]
fn a_token_from_before_there_were_lists_is_counted_as_one_that_no_edge_hears_of() {
    let (_directory, instance) = migrated();
    let (_, revoked) = delete_application(&instance.act(Actor::Operator), "Old").unwrap();
    assert_eq!(revoked, RevokedTokens { count: 1, without_status: 1 });
}

#[test]
fn a_subscription_from_before_stands_in_every_token() {
    let (_directory, instance) = migrated();
    let pizza = ApiReference::parse("pizza/1").unwrap();
    assert_eq!(unsubscribe(&instance.act(Actor::Operator), &old_application(), &pizza).unwrap().count, 1);
}
