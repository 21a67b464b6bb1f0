//! A database of version 19, from before tokens had profiles.

use postern_token::{Algorithm, KeyType, Scopes};
use rusqlite::Connection;
use tempfile::TempDir;

use super::super::super::*;
use super::super::*;
use postern_model::{Actor, ApplicationId, Obtained, TokenState};
use postern_secrets::testing::{FixedClock, SeededEntropy};
use postern_secrets::{MasterKey, PlainSecret};
use postern_storage::{Location, Storage, StorageError};

const MASTER_KEY: &str = "0Xf653uVPZncmpoED7W5Edj9wST3M6qJUMHScIULiwM";
const SECRET: &str = "UhfnJAuz2BU4MEKWPKReFtLsE0ekDoOMy4MnP7YJNhU";

/// The token for `menu`.
const MENU: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjZtZnBrcThocTY5enFhengifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsImV4cCI6MTgwMjg3MDI4OSwiaWF0IjoxNzk1OTU4Mjg5LCJqdGkiOiIxbmdyOWdoNTg1ZWQ2ZnZnZ3pnM3NwcXNoeHdleSIsImNsaWVudF9pZCI6ImNrX3dxandwNXJlcGFycnlmYjlzZzR5YTQ5OWM3Iiwic3ViIjoiY2tfd3Fqd3A1cmVwYXJyeWZiOXNnNHlhNDk5YzciLCJraW5kIjoiYXBwbGljYXRpb24iLCJrZXlfdHlwZSI6InByb2R1Y3Rpb24iLCJhcHAiOiJhcHBfd3dkM2VjYTFwemZnZDZzeDh6cnYiLCJhcGlzIjp7InBpenphLzEuMC4wIjoiZ29sZCJ9LCJzY29wZSI6Im1lbnUiLCJkb21haW5zIjpbImEuZXhhbXBsZSJdLCJzdGF0dXMiOnsic3RhdHVzX2xpc3QiOnsiaWR4IjoxLCJ1cmkiOiJodHRwczovL2lzc3Vlci5leGFtcGxlL3N0YXR1cy8xIn19fQ.V6SgXQDIt4SBE01O8utYdbwUmCcVtK-Hiugue58LDd3HQQcZmQA-nJHJog-RzX9gH4d4TDxRSciQ8Oq5kU4Mzw";

/// The first token for `orders`, which was revoked.
const REVOKED: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjZtZnBrcThocTY5enFhengifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsImV4cCI6MTgwMjg3MDI4OSwiaWF0IjoxNzk1OTU4Mjg5LCJqdGkiOiIxbmdyOWdocGNhZDVoZjM1OXpmeGhtN200ZzY0OSIsImNsaWVudF9pZCI6ImNrX3dxandwNXJlcGFycnlmYjlzZzR5YTQ5OWM3Iiwic3ViIjoiY2tfd3Fqd3A1cmVwYXJyeWZiOXNnNHlhNDk5YzciLCJraW5kIjoiYXBwbGljYXRpb24iLCJrZXlfdHlwZSI6InByb2R1Y3Rpb24iLCJhcHAiOiJhcHBfd3dkM2VjYTFwemZnZDZzeDh6cnYiLCJhcGlzIjp7InBpenphLzEuMC4wIjoiZ29sZCJ9LCJzY29wZSI6Im9yZGVycyIsImRvbWFpbnMiOlsiYS5leGFtcGxlIl0sInN0YXR1cyI6eyJzdGF0dXNfbGlzdCI6eyJpZHgiOjIsInVyaSI6Imh0dHBzOi8vaXNzdWVyLmV4YW1wbGUvc3RhdHVzLzEifX19.WNNyVlwgR-dgmsL88xvsiPcLXpvBriWVnE1dePxnF54VcPjVRkbXkQNQCxB-IY2qqS1P8knTLyNc1JEXimQquQ";

/// The second one, with a validity of its own.
const ORDERS: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjZtZnBrcThocTY5enFhengifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsImV4cCI6MTgwMTk1ODI4OSwiaWF0IjoxNzk1OTU4Mjg5LCJqdGkiOiIxbmdyOWdoZjNobTE4eTlkc2Q0ZW1zYzg1ejdkZSIsImNsaWVudF9pZCI6ImNrX3dxandwNXJlcGFycnlmYjlzZzR5YTQ5OWM3Iiwic3ViIjoiY2tfd3Fqd3A1cmVwYXJyeWZiOXNnNHlhNDk5YzciLCJraW5kIjoiYXBwbGljYXRpb24iLCJrZXlfdHlwZSI6InByb2R1Y3Rpb24iLCJhcHAiOiJhcHBfd3dkM2VjYTFwemZnZDZzeDh6cnYiLCJhcGlzIjp7InBpenphLzEuMC4wIjoiZ29sZCJ9LCJzY29wZSI6Im9yZGVycyIsImRvbWFpbnMiOlsiYS5leGFtcGxlIl0sInN0YXR1cyI6eyJzdGF0dXNfbGlzdCI6eyJpZHgiOjMsInVyaSI6Imh0dHBzOi8vaXNzdWVyLmV4YW1wbGUvc3RhdHVzLzEifX19.INUal9zoNyuhG09hc5sUSl4b-BEA-eAo8h6K7aW_3P2V-JJuEl8gkUT2P7Hr7ANRPYpUMu_vFYpDPp9KVOK_eA";

/// The token that was regenerated.
const REGENERATED: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjZtZnBrcThocTY5enFhengifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZSIsImV4cCI6MTgwMjg3MDI5MCwiaWF0IjoxNzk1OTU4MjkwLCJqdGkiOiIxbmdyOWdqZGF0ajYxZnM0bTB6eGVzOTV4ZXM2OSIsImNsaWVudF9pZCI6ImNrX3dxandwNXJlcGFycnlmYjlzZzR5YTQ5OWM3Iiwic3ViIjoiY2tfd3Fqd3A1cmVwYXJyeWZiOXNnNHlhNDk5YzciLCJraW5kIjoiYXBwbGljYXRpb24iLCJrZXlfdHlwZSI6InByb2R1Y3Rpb24iLCJhcHAiOiJhcHBfd3dkM2VjYTFwemZnZDZzeDh6cnYiLCJhcGlzIjp7InBpenphLzEuMC4wIjoiZ29sZCJ9LCJzY29wZSI6Im9yZGVycyBtZW51IiwiZG9tYWlucyI6WyJhLmV4YW1wbGUiXSwic3RhdHVzIjp7InN0YXR1c19saXN0Ijp7ImlkeCI6MjU3LCJ1cmkiOiJodHRwczovL2lzc3Vlci5leGFtcGxlL3N0YXR1cy8xIn19fQ.sspuX0ZOIx_0Wa9EamiCylz5bQdeOG1hIe-TURKDnelyOUaU8YnhuFfLDY0ECIBtoCuKOANkPBcetFf_eH9djA";

fn migrated() -> (TempDir, Instance) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("postern.db");
    Connection::open(&path).unwrap().execute_batch(include_str!("version_19.sql")).unwrap();
    let location = Location::File(path);
    assert!(matches!(Storage::open(&location), Err(StorageError::Outdated)));
    let storage = Storage::open_and_migrate(&location).unwrap();
    let keyring = Keyring::new(MasterKey::parse(MASTER_KEY).unwrap());
    let instance = Instance::for_command(storage, keyring, Box::new(FixedClock(NOW)), Box::new(SeededEntropy::new(3)));
    (directory, instance)
}

fn client() -> ClientCredentials {
    ClientCredentials { id: "ck_wqjwp5reparryfb9sg4ya499c7".into(), secret: PlainSecret::presented(SECRET.into()) }
}

fn application() -> ApplicationId {
    "app_wwd3eca1pzfgd6sx8zrv".parse().unwrap()
}

#[test]
fn records_keep_everything() {
    let (_directory, instance) = migrated();
    let tokens = list_tokens(&instance.act(Actor::Operator), &application(), None, 10).unwrap();
    let seen: Vec<_> = tokens
        .iter()
        .map(|token| {
            let scopes = token.scopes().map(Scopes::as_str).unwrap();
            (token.obtained, scopes, token.state, token.current, token.status.unwrap().index)
        })
        .collect();
    let expected = [
        (Obtained::Generated, "orders menu", TokenState::Replaced, false, 0),
        (Obtained::ClientCredentials, "menu", TokenState::Active, true, 1),
        (Obtained::ClientCredentials, "orders", TokenState::Revoked, false, 2),
        (Obtained::ClientCredentials, "orders", TokenState::Active, true, 3),
        (Obtained::Regenerated, "orders menu", TokenState::Active, true, 257),
    ];
    assert_eq!(seen, expected);
    for token in &tokens {
        assert_eq!(token.restrictions.domains[0].as_str(), "a.example");
        assert_eq!(token.apis.as_ref().unwrap().iter().count(), 1);
        let by_client = token.obtained == Obtained::ClientCredentials;
        assert_eq!(token.minted_by.as_deref(), Some(if by_client { "client:ck_wqjwp5reparryfb9sg4ya499c7" } else { "operator" }));
    }
    let lasts = |at: usize| tokens[at].expires_at.unwrap().0 - tokens[at].issued_at.0;
    assert_eq!([0, 1, 2, 3, 4].map(lasts), [6_912_000, 6_912_000, 6_912_000, 6_000_000, 6_912_000]);
}

#[test]
fn tokens_live_on() {
    let (_directory, instance) = migrated();
    let act = instance.act(Actor::Operator);
    let is_active = |token: &str| introspect(&act, &client(), &PlainSecret::presented(token.into())).unwrap().is_some();
    assert_eq!([MENU, REVOKED, ORDERS, REGENERATED].map(is_active), [true, false, true, true]);
    // A grant answers with the current token: only its signature may be another one.
    let ask = |scope: &str| {
        let grant = ClientGrant { client: client(), scope: Some(scope.into()), validity: None };
        find_or_mint(&act, &grant).unwrap()
    };
    let signed = |token: &str| token.rsplit_once('.').unwrap().0.to_owned();
    assert_eq!(signed(ask("menu").access_token.expose()), signed(MENU));
    assert_eq!(signed(ask("orders menu").access_token.expose()), signed(REGENERATED));
    // The current token for `orders` has another validity than is asked for.
    let orders = ask("orders");
    assert_ne!(signed(orders.access_token.expose()), signed(ORDERS));
    assert_eq!(ask("orders").id, orders.id);
    // Tokens can be revoked, replaced, and revoked with their signing key.
    let proof = proof(client());
    let own = recognise_token(&act, &proof, &PlainSecret::presented(MENU.into())).unwrap().unwrap();
    assert_eq!(revoke_own_token(&act, &proof, &own).unwrap(), RevokedTokens { count: 1, without_status: 0 });
    regenerate(&act, &RegenerateRequest::new(application(), KeyType::Production)).unwrap();
    assert_eq!([MENU, ORDERS, REGENERATED].map(is_active), [false, true, false]);
    let kid = list_tokens(&act, &application(), None, 1).unwrap().remove(0).kid;
    let next = new_signing_key(&act, Algorithm::EdDsa).unwrap();
    sign_with_key(&act, &next.kid, &[KeyType::Production, KeyType::Sandbox]).unwrap();
    retire_signing_key(&act, &kid, true).unwrap();
    assert!(!is_active(ORDERS));
    assert!(list_tokens(&act, &application(), None, 10).unwrap().iter().all(|token| token.state != TokenState::Active));
}
