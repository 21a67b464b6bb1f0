//! A database of an older version.

use rusqlite::Connection;

use super::*;
use crate::secrets::Sealed;

/// The database of version 1 with an application that has a token.
fn version_1(directory: &TempDir, master_key: &MasterKey, entropy: &SeededEntropy) -> std::path::PathBuf {
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
    path
}

#[test]
fn what_a_database_of_version_1_holds_stays() {
    let (directory, entropy) = (tempfile::tempdir().unwrap(), SeededEntropy::new(3));
    let master_key = MasterKey::generate(&entropy).unwrap();
    let path = version_1(&directory, &master_key, &entropy);
    assert!(matches!(Storage::open(&path), Err(crate::storage::StorageError::Outdated)));
    let storage = Storage::open_and_migrate(&path).unwrap();
    Storage::open(&path).unwrap();
    let application: ApplicationId = "app_old".parse().unwrap();
    let tokens = list_tokens(&storage, &application).unwrap();
    let seen: Vec<_> = tokens.iter().map(|token| (token.id.as_str(), token.state, token.kid.as_str(), token.status)).collect();
    assert_eq!(seen, [("jti-1", TokenState::Replaced, "k1", None), ("jti-2", TokenState::Active, "k1", None)]);
    assert_eq!(tokens[1].restrictions.domains[0].as_str(), "a.example");
    assert_eq!(list_applications(&storage).unwrap()[0].subscriptions.len(), 1);

    // The first list is begun before there is a token in it.
    keep_status_lists(&storage, NOW).unwrap();
    let bundle = compose_bundle(&storage, None, &master_key).unwrap();
    assert_eq!((bundle.keys.keys[0].kid.as_str(), bundle.apis.len(), bundle.status_lists.len()), ("k1", 1, 1));
    let request = RegenerateRequest {
        application: application.clone(),
        key_type: KeyType::Production,
        domains: None,
        ips: None,
        scopes: None,
        validity: None,
        new_secret: false,
    };
    regenerate(&storage, request, &master_key, NOW, &entropy).unwrap();
    let states: Vec<_> = list_tokens(&storage, &application).unwrap().iter().map(|token| token.state).collect();
    assert_eq!(states, [TokenState::Replaced, TokenState::Replaced, TokenState::Active]);
}

#[test]
fn a_token_from_before_there_were_lists_is_counted_as_one_that_no_edge_hears_of() {
    let (directory, entropy) = (tempfile::tempdir().unwrap(), SeededEntropy::new(3));
    let master_key = MasterKey::generate(&entropy).unwrap();
    let storage = Storage::open_and_migrate(&version_1(&directory, &master_key, &entropy)).unwrap();
    let (_, revoked) = delete_application(&storage, "Old", NOW).unwrap();
    assert_eq!(revoked, RevokedTokens { count: 1, without_status: 1 });
}

#[test]
fn a_subscription_from_before_stands_in_every_token() {
    let (directory, entropy) = (tempfile::tempdir().unwrap(), SeededEntropy::new(3));
    let master_key = MasterKey::generate(&entropy).unwrap();
    let storage = Storage::open_and_migrate(&version_1(&directory, &master_key, &entropy)).unwrap();
    let pizza = ApiReference::parse("pizza/1").unwrap();
    assert_eq!(unsubscribe(&storage, &"app_old".parse().unwrap(), &pizza, NOW).unwrap().count, 1);
}
