//! Migration of databases of older versions.

mod version_19;

use postern_token::{Algorithm, ApiReference, KeyType, Scopes};
use rusqlite::Connection;
use tempfile::TempDir;

use super::super::*;
use super::*;
use crate::error::ApplicationError;
use postern_model::{
    Actor, ApplicationId, ApplicationState, GrantType, KeyState, Obtained, Policies, StatusListId, SubscriptionState, TokenState,
};
use postern_secrets::testing::{FixedClock, SeededEntropy};
use postern_secrets::{MasterKey, PlainSecret, Sealed};
use postern_storage::{Location, Storage, StorageError};

/// A database of version 1 with an application that has tokens.
fn version_1(directory: &TempDir, master_key: &MasterKey, entropy: &SeededEntropy) -> Location {
    let path = directory.path().join("postern.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(include_str!("../../../storage/migrations/sqlite/0001_catalogue_and_tokens.sql")).unwrap();
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

/// A database of version 1, migrated to this version.
fn migrated() -> (TempDir, Instance) {
    let (directory, entropy) = (tempfile::tempdir().unwrap(), SeededEntropy::new(3));
    let master_key = MasterKey::generate(&entropy).unwrap();
    let location = version_1(&directory, &master_key, &entropy);
    assert!(matches!(Storage::open(&location), Err(StorageError::Outdated)));
    let storage = Storage::open_and_migrate(&location).unwrap();
    Storage::open(&location).unwrap();
    (directory, Instance::for_command(storage, keyring(&master_key), Box::new(FixedClock(NOW)), Box::new(entropy)))
}

fn old_application() -> ApplicationId {
    "app_old".parse().unwrap()
}

#[test]
fn migration_from_version_1_keeps_all_data() {
    let (_directory, instance) = migrated();
    let act = instance.act(Actor::Operator);
    let application = old_application();
    let tokens = list_tokens(&act, &application, None, 10).unwrap();
    let seen: Vec<_> = tokens.iter().map(|token| (token.id.as_str(), token.state, token.kid.as_str(), token.status)).collect();
    assert_eq!(seen, [("jti-1", TokenState::Replaced, "k1", None), ("jti-2", TokenState::Active, "k1", None)]);
    assert_eq!(tokens[1].restrictions.domains[0].as_str(), "a.example");
    assert_eq!(show_application(&act, &application).unwrap().subscriptions.len(), 1);

    // The first list is created before a token uses it.
    create_status_list_if_needed(&act).unwrap();
    let bundle = compose_bundle(&act, None).unwrap();
    assert_eq!((bundle.keys.keys[0].kid.as_str(), bundle.apis.len(), bundle.status_lists.len()), ("k1", 1, 1));
    regenerate(&act, &RegenerateRequest::new(application.clone(), KeyType::Production)).unwrap();
    let states: Vec<_> = list_tokens(&act, &application, None, 10).unwrap().iter().map(|token| token.state).collect();
    assert_eq!(states, [TokenState::Replaced, TokenState::Replaced, TokenState::Active]);
}

#[test]
fn a_token_without_status_index_is_counted_as_such_when_revoked() {
    let (_directory, instance) = migrated();
    let (_, revoked) = delete_application(&instance.act(Actor::Operator), "Old", |_| true).unwrap();
    assert_eq!(revoked, RevokedTokens { count: 1, without_status: 1 });
}

#[test]
fn every_token_of_version_1_holds_the_old_subscriptions() {
    let (_directory, instance) = migrated();
    let pizza = ApiReference::parse("pizza/1").unwrap();
    assert_eq!(unsubscribe(&instance.act(Actor::Operator), &old_application(), &pizza, |_| true).unwrap().count, 1);
}

const MASTER_KEY: &str = "dGhlIG1hc3RlciBrZXkgb2YgdGhlIGZpeHR1cmUhISE";

/// The secret and the tokens that the client got in version 2.
const SECRET: &str = "-4YWwpUzUqlOu4-5mDVKeyrF0YPtmMNI57yODgGDTyA";
const GRANTED: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjlxNHJiMHA4cW1mazBxNDMifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsImlhdCI6MTc5NTMwNjEyOCwianRpIjoiOTJwNmhtdHc0cTFtcDg1dDJndGRrY2pocXMiLCJjbGllbnRfaWQiOiJja18wYTAxOGtjcmRudHFnZ3pkbnJ5MGIxZmJwcyIsInN1YiI6ImNrXzBhMDE4a2NyZG50cWdnemRucnkwYjFmYnBzIiwia2luZCI6ImFwcGxpY2F0aW9uIiwia2V5X3R5cGUiOiJwcm9kdWN0aW9uIiwiYXBwIjoiYXBwXzI0cXNndjQxdGQ0eXJ2MWplcXJyIiwiYXBpcyI6eyJwaXp6YS8xLjAuMCI6ImdvbGQifSwic2NvcGUiOiJtZW51IiwiZG9tYWlucyI6WyJhcHAuZXhhbXBsZSJdLCJpcHMiOlsiMTkyLjAuMi4wLzI0Il0sInN0YXR1cyI6eyJzdGF0dXNfbGlzdCI6eyJpZHgiOjIsInVyaSI6Imh0dHBzOi8vaXNzdWVyLmV4YW1wbGUvc3RhdHVzLzEifX19.EchUhjmLFANbB-yknuWZF2iRlScbxaMA5dktPgxDRrVZCSp6J5PsJOxBWU7eBUBn-8_JTyD1RIkX_p_xXLYN9A";
const REGENERATED: &str = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6Im15eTJkdG04a2c1dnpibWgifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsImlhdCI6MTc5NTMwNjEyOSwianRpIjoiMDdteTg1eTZjNGNrZDQ5YnozcGZrdjgxaGYiLCJjbGllbnRfaWQiOiJja18wYTAxOGtjcmRudHFnZ3pkbnJ5MGIxZmJwcyIsInN1YiI6ImNrXzBhMDE4a2NyZG50cWdnemRucnkwYjFmYnBzIiwia2luZCI6ImFwcGxpY2F0aW9uIiwia2V5X3R5cGUiOiJwcm9kdWN0aW9uIiwiYXBwIjoiYXBwXzI0cXNndjQxdGQ0eXJ2MWplcXJyIiwiYXBpcyI6eyJwaXp6YS8xLjAuMCI6ImdvbGQifSwic2NvcGUiOiJvcmRlcnMgbWVudSIsImRvbWFpbnMiOlsiYXBwLmV4YW1wbGUiXSwiaXBzIjpbIjE5Mi4wLjIuMC8yNCJdLCJzdGF0dXMiOnsic3RhdHVzX2xpc3QiOnsiaWR4IjozLCJ1cmkiOiJodHRwczovL2lzc3Vlci5leGFtcGxlL3N0YXR1cy8xIn19fQ.Hw_DRXwucsACRyqfojH6CKsMOtNQIfzseIQ9YHYjLpwZcRN98Ws57qog_ncMMCMi8EPo9kTOtXyrsDaujWDvCw";
const REPLACED: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjlxNHJiMHA4cW1mazBxNDMifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsImlhdCI6MTc5NTMwNjEyNSwianRpIjoibmQ5ejg2ZXZhbTFxaDZqZ2RjM3drZHYwMWMiLCJjbGllbnRfaWQiOiJja18wYTAxOGtjcmRudHFnZ3pkbnJ5MGIxZmJwcyIsInN1YiI6ImNrXzBhMDE4a2NyZG50cWdnemRucnkwYjFmYnBzIiwia2luZCI6ImFwcGxpY2F0aW9uIiwia2V5X3R5cGUiOiJwcm9kdWN0aW9uIiwiYXBwIjoiYXBwXzI0cXNndjQxdGQ0eXJ2MWplcXJyIiwiYXBpcyI6eyJwaXp6YS8xLjAuMCI6ImdvbGQifSwic2NvcGUiOiJvcmRlcnMgbWVudSIsImRvbWFpbnMiOlsiYXBwLmV4YW1wbGUiXSwiaXBzIjpbIjE5Mi4wLjIuMC8yNCJdLCJzdGF0dXMiOnsic3RhdHVzX2xpc3QiOnsiaWR4IjoxLCJ1cmkiOiJodHRwczovL2lzc3Vlci5leGFtcGxlL3N0YXR1cy8xIn19fQ.T8CL9Q-C06881bJCFYyUA6Lr3-MNjNnzwRdvhhO19IFLvmpdKkz19nNJhBabvkxjOGI42MCuH_L3gE6dI0lQ_Q";

/// The fixture of version 2, brought up to this one.
fn migrated_from_2() -> (TempDir, Instance) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("postern.db");
    Connection::open(&path).unwrap().execute_batch(include_str!("migration/version_2.sql")).unwrap();
    let location = Location::File(path);
    assert!(matches!(Storage::open(&location), Err(StorageError::Outdated)));
    let storage = Storage::open_and_migrate(&location).unwrap();
    let keyring = Keyring::new(MasterKey::parse(MASTER_KEY).unwrap());
    let instance = Instance::for_command(storage, keyring, Box::new(FixedClock(NOW)), Box::new(SeededEntropy::new(3)));
    check_master_key(&instance.act(Actor::Operator)).unwrap();
    (directory, instance)
}

fn client_of_2() -> ClientCredentials {
    ClientCredentials { id: "ck_0a018kcrdntqggzdnry0b1fbps".into(), secret: PlainSecret::presented(SECRET.into()) }
}

fn application_of_2() -> ApplicationId {
    "app_24qsgv41td4yrv1jeqrr".parse().unwrap()
}

#[test]
fn migration_from_version_2_keeps_all_data() {
    let (_directory, instance) = migrated_from_2();
    let act = instance.act(Actor::Operator);
    let keys: Vec<_> = list_signing_keys(&act).unwrap().into_iter().map(|details| details.key).collect();
    let seen: Vec<_> = keys.iter().map(|key| (key.kid.as_str(), key.algorithm, key.state, key.signs.len())).collect();
    let expected = [
        ("t4t95a8166m19stv", Algorithm::Hs256, KeyState::Retired, 0),
        ("9q4rb0p8qmfk0q43", Algorithm::Es256, KeyState::Published, 0),
        ("myy2dtm8kg5vzbmh", Algorithm::EdDsa, KeyState::Signing, 2),
        ("gknz66xjymemev6n", Algorithm::Es256, KeyState::Published, 0),
    ];
    assert_eq!(seen, expected);

    let tokens = list_tokens(&act, &application_of_2(), None, 10).unwrap();
    let seen: Vec<_> = tokens.iter().map(|token| (token.obtained, token.state, token.status.unwrap().index)).collect();
    let expected = [
        (Obtained::Generated, TokenState::Revoked, 0),
        (Obtained::Generated, TokenState::Replaced, 1),
        (Obtained::ClientCredentials, TokenState::Active, 2),
        (Obtained::Regenerated, TokenState::Active, 3),
    ];
    assert_eq!(seen, expected);
    assert!(tokens.iter().all(|token| token.apis.is_none() && !token.current && token.minted_by.is_none()));

    let details = show_application(&act, &application_of_2()).unwrap();
    assert_eq!((details.application.state, details.application.owner), (ApplicationState::Active, None));
    assert_eq!(details.subscriptions[0].state, SubscriptionState::Active);
    let production = show_keys(&act, &application_of_2(), KeyType::Production).unwrap();
    assert_eq!((production.secrets.len(), production.secrets[0].expires_at), (1, None));
    assert_eq!(production.key_set.grant_types, [GrantType::ClientCredentials]);
    // The token records of a deleted application stay.
    let gone: ApplicationId = "app_se10q29hhsgdsf5kyhqj".parse().unwrap();
    assert!(matches!(show_application(&act, &gone), Err(Error::Application(ApplicationError::NotFound(_)))));
    assert_eq!(list_tokens(&act, &gone, None, 10).unwrap().len(), 1);
    // It allows what it allowed before, although a new issuer would not.
    let unlimited =
        Policies { forever_allowed: true, max_application_validity: None, max_user_validity: None, ..Policies::default() };
    assert_eq!(load_settings(&act).unwrap().policies, unlimited);
}

#[test]
fn a_client_of_version_2_still_works_and_its_tokens_can_be_revoked() {
    let (_directory, instance) = migrated_from_2();
    let act = instance.act(Actor::Operator);
    let introspected = |token: &str| introspect(&act, &client_of_2(), &PlainSecret::presented(token.into())).unwrap();
    let IntrospectedToken::Access(record, None) = introspected(GRANTED).unwrap().token else { panic!() };
    assert_eq!(record.scopes().map(Scopes::as_str), Some("menu"));
    assert!(introspected(REGENERATED).is_some() && introspected(REPLACED).is_none());

    // The record of the old token has no subscriptions, so a new token is minted and becomes the current one.
    let ask = || {
        let grant = ClientGrant { client: client_of_2(), scope: Some("menu".into()), validity: None };
        find_or_mint(&act, &grant).unwrap().access_token
    };
    let new = ask();
    assert_ne!(new.expose(), GRANTED);
    assert_eq!(ask(), new);

    let revision = current_revision(&act).unwrap();
    let (client, token) = (proof(client_of_2()), PlainSecret::presented(GRANTED.into()));
    let own = recognise_token(&act, &client, &token).unwrap().unwrap();
    assert_eq!(revoke_own_token(&act, &client, &own).unwrap(), RevokedTokens { count: 1, without_status: 0 });
    assert!(introspected(GRANTED).is_none());
    assert_eq!(current_revision(&act).unwrap(), revision + 1);
    // Regenerate revokes the token that version 2 generated.
    regenerate(&act, &RegenerateRequest::new(application_of_2(), KeyType::Production)).unwrap();
    assert!(introspected(REGENERATED).is_none());
    // The tokens of version 2 and the new ones share one list.
    let bits = instance.storage().read(|transaction| transaction.status_bits(StatusListId(1))).unwrap().unwrap();
    assert_eq!(bits.as_bytes()[0], 0b0001_1111);
    // Ending a subscription of version 2 revokes the tokens that hold it.
    let pizza = ApiReference::parse("pizza/1.0.0").unwrap();
    assert!(unsubscribe(&act, &application_of_2(), &pizza, |_| true).unwrap().count > 0);
    assert!(introspected(new.expose()).is_none());
}
