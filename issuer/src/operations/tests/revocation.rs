//! What ends tokens, and which.

use postern_token::Status;

use super::*;
use crate::catalogue::{StatusBits, TokenId};

impl Fixture {
    fn subscribe(&self, name: &str) -> ApiReference<'static> {
        // Another test may have added the API for another application.
        let document = api(&format!(r#"{{"name":"{name}","version":"1","context":"/{name}"}}"#));
        add_api(&self.storage, &document, NOW).unwrap();
        let api = ApiReference::parse(format!("{name}/1")).unwrap();
        let subscription = Subscription { api: api.clone(), tier: "gold".parse().unwrap() };
        subscribe(&self.storage, &self.application, &subscription, NOW, &self.entropy).unwrap();
        api
    }

    fn dead(&self, tokens: &[&MintedToken]) -> Vec<bool> {
        tokens.iter().map(|token| self.status(token) == Some(Status::Revoked)).collect()
    }

    fn state(&self, token: &MintedToken) -> TokenState {
        let tokens = list_tokens(&self.storage, &self.application).unwrap();
        tokens.iter().find(|record| record.id == token.id).unwrap().state
    }

    fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.directory.path().join("postern.db")).unwrap()
    }
}

fn revoked(count: usize) -> RevokedTokens {
    RevokedTokens { count, without_status: 0 }
}

#[test]
fn one_token_is_revoked_once_and_no_other_with_it() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let (one, other) = (fixture.grant(&keys, None, NOW).unwrap(), fixture.grant(&keys, None, NOW).unwrap());
    let revision = fixture.revision();
    assert_eq!(revoke_token(&fixture.storage, &one.id, NOW).unwrap(), revoked(1));
    assert_eq!(fixture.dead(&[&keys.token, &one, &other]), [false, true, false]);
    assert_eq!((fixture.state(&one), fixture.state(&other)), (TokenState::Revoked, TokenState::Active));
    assert_eq!(fixture.revision(), revision + 1);
    assert_eq!(revoke_token(&fixture.storage, &one.id, NOW).unwrap(), revoked(0));
    assert_eq!(fixture.revision(), revision + 1);
    let unknown = TokenId::parse("unknown".into()).unwrap();
    assert!(matches!(revoke_token(&fixture.storage, &unknown, NOW), Err(Error::NoSuchToken)));
}

#[test]
fn a_list_has_another_version_after_each_change() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let version =
        || compose_live_bundle(&fixture.storage, None, &fixture.master_key).unwrap().document.status_lists[0].version.clone();
    let mut versions = vec![version()];
    for _ in 0..3 {
        let token = fixture.grant(&keys, None, NOW).unwrap();
        assert_eq!(version(), versions[versions.len() - 1]);
        revoke_token(&fixture.storage, &token.id, NOW).unwrap();
        versions.push(version());
    }
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len(), 4);
}

#[test]
fn regenerate_ends_the_token_that_it_replaces() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let granted = fixture.grant(&keys, None, NOW).unwrap();
    let second = fixture.regenerate(NOW, &fixture.entropy).unwrap().token;
    assert_eq!(fixture.dead(&[&keys.token, &granted, &second]), [true, false, false]);
    assert_eq!(fixture.state(&keys.token), TokenState::Replaced);
    // Also long after it has run out, or there would be two that were shown.
    fixture.regenerate(NOW.plus(100_000), &fixture.entropy).unwrap();
    assert_eq!(fixture.state(&second), TokenState::Replaced);
}

#[test]
fn a_token_that_no_edge_takes_any_more_is_left_alone() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let end = NOW.plus(3600);
    assert_eq!(revoke_token(&fixture.storage, &keys.token.id, end.plus(3600)).unwrap(), revoked(0));
    // An edge whose clock is late may still take it.
    assert_eq!(revoke_token(&fixture.storage, &keys.token.id, end.plus(3599)).unwrap(), revoked(1));
}

#[test]
fn all_of_an_application_end_and_none_of_another() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let granted = fixture.grant(&keys, None, NOW).unwrap();
    let other = create_application(&fixture.storage, "Other".parse().unwrap(), NOW, &fixture.entropy).unwrap().id;
    let request = GenerateRequest { application: other, ..fixture.request() };
    let others = generate(&fixture.storage, request, &fixture.master_key, NOW, &fixture.entropy).unwrap().token;
    assert_eq!(revoke_all_tokens(&fixture.storage, &fixture.application, NOW).unwrap(), revoked(2));
    assert_eq!(fixture.dead(&[&keys.token, &granted, &others]), [true, true, false]);
    // It gets new ones, also in the place of the one that was shown.
    let new = fixture.grant(&keys, None, NOW).unwrap();
    let shown = fixture.regenerate(NOW, &fixture.entropy).unwrap().token;
    assert_eq!(fixture.dead(&[&new, &shown]), [false, false]);
    assert_eq!(fixture.state(&keys.token), TokenState::Revoked);
}

#[test]
fn ten_thousand_tokens_of_two_lists_are_two_changes() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let edge = StatusBits::CAPACITY - 5_000;
    fixture.database().execute("UPDATE status_lists SET next_index = ?1", [edge]).unwrap();
    keep_status_lists(&fixture.storage, NOW).unwrap();
    let copies = "WITH RECURSIVE copies (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM copies WHERE n < 9999)
        INSERT INTO tokens (id, application_id, consumer_key, kind, key_type, obtained, issued_at, state, kid, status_list, status_index)
        SELECT 'copy-' || n, application_id, consumer_key, kind, key_type, 'client_credentials', issued_at, state, kid,
            iif(n < 5000, 1, 2), iif(n < 5000, n + 126072, n - 5000)
        FROM tokens, copies";
    fixture.database().execute(copies, []).unwrap();
    let revision = fixture.revision();
    assert_eq!(revoke_all_tokens(&fixture.storage, &fixture.application, NOW).unwrap(), revoked(10_001));
    assert_eq!(fixture.revision(), revision + 2);
    assert_eq!(fixture.dead(&[&keys.token]), [true]);
    let set = |id| {
        let bits = fixture.storage.read(|transaction| transaction.status_bits(crate::catalogue::StatusListId(id))).unwrap();
        bits.unwrap().as_bytes().iter().map(|byte| byte.count_ones()).sum::<u32>()
    };
    assert_eq!((set(1), set(2)), (5_001, 5_000));
}

#[test]
fn a_subscription_that_ends_takes_the_tokens_along_that_hold_it() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let before = fixture.grant(&keys, None, NOW).unwrap();
    let pizza = fixture.subscribe("pizza");
    // Whatever the clock says of it.
    let holding = fixture.grant(&keys, None, UnixSeconds(NOW.0 - 60)).unwrap();
    fixture.subscribe("pasta");
    let both = fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(unsubscribe(&fixture.storage, &fixture.application, &pizza, NOW).unwrap(), revoked(2));
    assert_eq!(fixture.dead(&[&keys.token, &before, &holding, &both]), [false, false, true, true]);
    let after = fixture.grant(&keys, None, NOW).unwrap();
    fixture.claims(&after, |claims| assert_eq!(claims.apis.tier(&pizza), None));
    let again = unsubscribe(&fixture.storage, &fixture.application, &pizza, NOW);
    assert!(matches!(again, Err(Error::NotSubscribed { .. })));
    // Subscribed anew, it takes those along that came afterwards.
    let subscription = Subscription { api: pizza.clone(), tier: "gold".parse().unwrap() };
    subscribe(&fixture.storage, &fixture.application, &subscription, NOW, &fixture.entropy).unwrap();
    let anew = fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(unsubscribe(&fixture.storage, &fixture.application, &pizza, NOW).unwrap(), revoked(1));
    assert_eq!(fixture.dead(&[&after, &anew]), [false, true]);
}

#[test]
fn of_a_deleted_application_only_the_records_stay() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    fixture.subscribe("pizza");
    let granted = fixture.grant(&keys, None, NOW).unwrap();
    let (deleted, count) = delete_application(&fixture.storage, "App", NOW).unwrap();
    assert_eq!((deleted.id, count), (fixture.application.clone(), revoked(2)));
    assert_eq!(fixture.dead(&[&keys.token, &granted]), [true, true]);
    assert!(list_applications(&fixture.storage).unwrap().is_empty());
    assert_eq!(list_tokens(&fixture.storage, &fixture.application).unwrap().len(), 2);
    assert!(matches!(fixture.grant(&keys, None, NOW), Err(Error::InvalidClient)));
    assert!(matches!(fixture.regenerate(NOW, &fixture.entropy), Err(Error::NoSuchApplication(_))));
    assert!(matches!(delete_application(&fixture.storage, "App", NOW), Err(Error::NoApplicationCalled(_))));
    let gone = delete_application(&fixture.storage, fixture.application.as_str(), NOW);
    assert!(matches!(gone, Err(Error::NoApplicationCalled(_))));
}

#[test]
fn an_application_is_deleted_by_a_name_only_if_no_other_has_it() {
    let fixture = Fixture::new();
    let twin = create_application(&fixture.storage, "App".parse().unwrap(), NOW, &fixture.entropy).unwrap().id;
    let named = create_application(&fixture.storage, twin.as_str().parse().unwrap(), NOW, &fixture.entropy).unwrap().id;
    let refused = delete_application(&fixture.storage, "App", NOW).unwrap_err().to_string();
    assert!(refused.contains(fixture.application.as_str()) && refused.contains(twin.as_str()), "{refused}");
    assert_eq!(list_applications(&fixture.storage).unwrap().len(), 3);
    // The id goes before the name that looks like it.
    assert_eq!(delete_application(&fixture.storage, twin.as_str(), NOW).unwrap().0.id, twin);
    assert_eq!(delete_application(&fixture.storage, twin.as_str(), NOW).unwrap().0.id, named);
    assert_eq!(delete_application(&fixture.storage, "App", NOW).unwrap().0.id, fixture.application);
}

#[test]
fn a_client_revokes_its_own_live_tokens_only() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let request = GenerateRequest { key_type: KeyType::Sandbox, ..fixture.request() };
    let others = generate(&fixture.storage, request, &fixture.master_key, NOW, &fixture.entropy).unwrap();
    let client = |keys: &GeneratedKeys| ClientCredentials {
        id: keys.consumer_key.as_str().to_owned(),
        secret: keys.consumer_secret.clone(),
    };
    let recognise = |keys: &GeneratedKeys, token: &str| {
        recognise_token(&fixture.storage, &client(keys), &PlainSecret::presented(token.into()), &fixture.master_key).unwrap()
    };
    let token = keys.token.access_token.expose();
    assert_eq!(recognise(&others, token), None);
    assert_eq!(recognise(&keys, token).as_ref(), Some(&keys.token.id));
    let forged = format!("{}A", token.rsplit_once('.').unwrap().0.to_owned() + ".");
    for unknown in ["", "x", keys.token.id.as_str(), &forged, &token[1..]] {
        assert_eq!(recognise(&keys, unknown), None, "{unknown}");
    }
    assert_eq!(revoke_own_token(&fixture.storage, &client(&others), &keys.token.id, NOW).unwrap(), revoked(0));
    assert_eq!(revoke_own_token(&fixture.storage, &client(&keys), &keys.token.id, NOW).unwrap(), revoked(1));
    assert_eq!(fixture.dead(&[&keys.token, &others.token]), [true, false]);
    assert_eq!(recognise(&keys, token), None);
    let wrong = ClientCredentials { secret: others.consumer_secret.clone(), ..client(&keys) };
    let refused = recognise_token(&fixture.storage, &wrong, &PlainSecret::presented(token.into()), &fixture.master_key);
    assert!(matches!(refused, Err(Error::InvalidClient)));
}
