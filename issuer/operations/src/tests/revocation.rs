//! Revocation: which operations revoke which tokens.

use postern_token::{KeyType, Status, UnixSeconds};

use super::super::*;
use super::*;
use crate::error::{ApplicationError, ConsumerKeyError, SubscriptionError, TokenError};
use postern_model::{StatusBits, StatusListId, TokenId, TokenState};
use postern_secrets::PlainSecret;

on_both!(
    revoking_a_token_revokes_no_other,
    each_revocation_changes_the_version_of_the_list,
    regenerate_revokes_the_old_token,
    a_token_that_expired_for_every_edge_is_not_revoked,
    revoking_all_tokens_of_an_application_spares_other_applications,
    revoking_ten_thousand_tokens_changes_each_list_once,
    an_ended_subscription_revokes_the_tokens_that_hold_it,
    a_deleted_application_leaves_only_token_records,
    an_application_is_deleted_by_name_only_if_the_name_is_unique,
    a_client_revokes_only_its_own_live_tokens,
    live_tokens_are_listed_by_their_end_page_by_page,
);

impl Fixture {
    fn are_revoked(&self, tokens: &[&MintedToken]) -> Vec<bool> {
        tokens.iter().map(|token| self.status(token) == Some(Status::Revoked)).collect()
    }
}

fn revoked(count: usize) -> RevokedTokens {
    RevokedTokens { count, without_status: 0 }
}

fn revoking_a_token_revokes_no_other(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    fixture.never_find_current_token();
    let (one, other) = (fixture.grant(&keys, None, NOW).unwrap(), fixture.grant(&keys, None, NOW).unwrap());
    let revision = fixture.revision();
    assert_eq!(revoke_token(&fixture.act(), &one.id).unwrap(), revoked(1));
    assert_eq!(fixture.are_revoked(&[&keys.token, &one, &other]), [false, true, false]);
    assert_eq!((fixture.state(&one), fixture.state(&other)), (TokenState::Revoked, TokenState::Active));
    assert_eq!(fixture.revision(), revision + 1);
    assert_eq!(revoke_token(&fixture.act(), &one.id).unwrap(), revoked(0));
    assert_eq!(fixture.revision(), revision + 1);
    let unknown = TokenId::parse("unknown".into()).unwrap();
    assert!(matches!(revoke_token(&fixture.act(), &unknown), Err(Error::Token(TokenError::NotFound))));
}

fn each_revocation_changes_the_version_of_the_list(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    fixture.never_find_current_token();
    let version = || compose_live_bundle(&fixture.act(), None).unwrap().document.status_lists[0].version.clone();
    let mut versions = vec![version()];
    for _ in 0..3 {
        let token = fixture.grant(&keys, None, NOW).unwrap();
        assert_eq!(version(), versions[versions.len() - 1]);
        revoke_token(&fixture.act(), &token.id).unwrap();
        versions.push(version());
    }
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len(), 4);
}

fn regenerate_revokes_the_old_token(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    fixture.never_find_current_token();
    let (granted, less) = (fixture.grant(&keys, None, NOW).unwrap(), fixture.grant(&keys, Some("menu"), NOW).unwrap());
    let second = fixture.regenerate(NOW).unwrap().token;
    // Tokens that the client obtained with the same scopes are replaced too, because they grant the same access.
    assert_eq!(fixture.are_revoked(&[&keys.token, &granted, &less, &second]), [true, true, false, false]);
    assert_eq!(fixture.state(&keys.token), TokenState::Replaced);
    // An expired token is replaced too, because a key set may have only one generated token.
    fixture.regenerate(NOW.plus(100_000)).unwrap();
    assert_eq!(fixture.state(&second), TokenState::Replaced);
}

fn a_token_that_expired_for_every_edge_is_not_revoked(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let end = NOW.plus(3600);
    assert_eq!(revoke_token(&fixture.at(end.plus(3600)), &keys.token.id).unwrap(), revoked(0));
    // An edge with a slow clock may still accept the token.
    assert_eq!(revoke_token(&fixture.at(end.plus(3599)), &keys.token.id).unwrap(), revoked(1));
}

fn revoking_all_tokens_of_an_application_spares_other_applications(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let granted = fixture.grant(&keys, Some("menu"), NOW).unwrap();
    let other = create_application(&fixture.act(), "Other".parse().unwrap()).unwrap().id;
    let request = GenerateRequest { application: other, ..fixture.request() };
    let others = generate(&fixture.act(), &request).unwrap().token;
    assert_eq!(revoke_all_tokens(&fixture.act(), &fixture.application).unwrap(), revoked(2));
    assert_eq!(fixture.are_revoked(&[&keys.token, &granted, &others]), [true, true, false]);
    // The application gets new tokens afterwards, granted and regenerated.
    let new = fixture.grant(&keys, Some("menu"), NOW).unwrap();
    let shown = fixture.regenerate(NOW).unwrap().token;
    assert_eq!(fixture.are_revoked(&[&new, &shown]), [false, false]);
    assert_eq!(fixture.state(&keys.token), TokenState::Revoked);
}

fn revoking_ten_thousand_tokens_changes_each_list_once(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let edge = StatusBits::CAPACITY - 5_000;
    fixture.execute(&format!("UPDATE status_lists SET next_index = {edge}"));
    fixture.maintain_status_lists(NOW);
    let copies = "WITH RECURSIVE copies (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM copies WHERE n < 9999)
        INSERT INTO tokens (id, profile, issued_at, state, status_list, status_index)
        SELECT 'copy-' || n, profile, issued_at, state,
            CASE WHEN n < 5000 THEN 1 ELSE 2 END, CASE WHEN n < 5000 THEN n + 126072 ELSE n - 5000 END
        FROM tokens, copies";
    fixture.execute(copies);
    let revision = fixture.revision();
    assert_eq!(revoke_all_tokens(&fixture.act(), &fixture.application).unwrap(), revoked(10_001));
    assert_eq!(fixture.revision(), revision + 2);
    assert_eq!(fixture.are_revoked(&[&keys.token]), [true]);
    let set = |id| {
        let bits = fixture.instance.storage().read(|transaction| transaction.status_bits(StatusListId(id))).unwrap();
        bits.unwrap().as_bytes().iter().map(|byte| byte.count_ones()).sum::<u32>()
    };
    assert_eq!((set(1), set(2)), (5_001, 5_000));
}

fn an_ended_subscription_revokes_the_tokens_that_hold_it(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let before = fixture.grant(&keys, Some("menu"), NOW).unwrap();
    let pizza = fixture.subscribe("pizza");
    // The order of minting decides, not the time.
    let holding = fixture.grant(&keys, None, UnixSeconds(NOW.0 - 60)).unwrap();
    fixture.subscribe("pasta");
    let both = fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(unsubscribe(&fixture.act(), &fixture.application, &pizza, |_| true).unwrap(), revoked(2));
    assert_eq!(fixture.are_revoked(&[&keys.token, &before, &holding, &both]), [false, false, true, true]);
    let after = fixture.grant(&keys, None, NOW).unwrap();
    fixture.claims(&after, |claims| assert_eq!(claims.apis.tier(&pizza), None));
    let again = unsubscribe(&fixture.act(), &fixture.application, &pizza, |_| true);
    assert!(matches!(again, Err(Error::Subscription(SubscriptionError::NotFound { .. }))));
    // A new subscription to the same API revokes only the tokens that were minted after it.
    subscribe(&fixture.act(), &fixture.application, &pizza, &"gold".parse().unwrap()).unwrap();
    let anew = fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(unsubscribe(&fixture.act(), &fixture.application, &pizza, |_| true).unwrap(), revoked(1));
    assert_eq!(fixture.are_revoked(&[&after, &anew]), [false, true]);
}

fn a_deleted_application_leaves_only_token_records(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    fixture.subscribe("pizza");
    let granted = fixture.grant(&keys, None, NOW).unwrap();
    let (deleted, count) = delete_application(&fixture.act(), "App", |_| true).unwrap();
    assert_eq!((deleted.id, count), (fixture.application.clone(), revoked(2)));
    assert_eq!(fixture.are_revoked(&[&keys.token, &granted]), [true, true]);
    assert!(list_applications(&fixture.act(), None, 100).unwrap().is_empty());
    assert_eq!(fixture.tokens().len(), 2);
    assert!(matches!(fixture.grant(&keys, None, NOW), Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    assert!(matches!(fixture.regenerate(NOW), Err(Error::Application(ApplicationError::NotFound(_)))));
    assert!(matches!(
        delete_application(&fixture.act(), "App", |_| true),
        Err(Error::Application(ApplicationError::NameNotFound(_)))
    ));
    let gone = delete_application(&fixture.act(), fixture.application.as_str(), |_| true);
    assert!(matches!(gone, Err(Error::Application(ApplicationError::NameNotFound(_)))));
}

fn an_application_is_deleted_by_name_only_if_the_name_is_unique(engine: Engine) {
    let fixture = Fixture::new(engine);
    let twin = create_application(&fixture.act(), "App".parse().unwrap()).unwrap().id;
    let named = create_application(&fixture.act(), twin.as_str().parse().unwrap()).unwrap().id;
    let refused = delete_application(&fixture.act(), "App", |_| true).unwrap_err().to_string();
    assert!(refused.contains(fixture.application.as_str()) && refused.contains(twin.as_str()), "{refused}");
    assert_eq!(list_applications(&fixture.act(), None, 100).unwrap().len(), 3);
    // An id takes precedence over an equal name.
    assert_eq!(delete_application(&fixture.act(), twin.as_str(), |_| true).unwrap().0.id, twin);
    assert_eq!(delete_application(&fixture.act(), twin.as_str(), |_| true).unwrap().0.id, named);
    assert_eq!(delete_application(&fixture.act(), "App", |_| true).unwrap().0.id, fixture.application);
}

fn a_client_revokes_only_its_own_live_tokens(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let request = GenerateRequest { key_type: KeyType::Sandbox, ..fixture.request() };
    let others = generate(&fixture.act(), &request).unwrap();
    let recognise = |keys: &GeneratedKeys, token: &str| {
        recognise_token(&fixture.act(), &proof(client(keys)), &PlainSecret::presented(token.into())).unwrap().is_some()
    };
    let token = keys.token.access_token.expose();
    assert!(!recognise(&others, token));
    assert!(recognise(&keys, token));
    let forged = format!("{}A", token.rsplit_once('.').unwrap().0.to_owned() + ".");
    for unknown in ["", "x", keys.token.id.as_str(), &forged, &token[1..]] {
        assert!(!recognise(&keys, unknown), "{unknown}");
    }
    let revoke = |keys: &GeneratedKeys, token: &OwnToken| revoke_own_token(&fixture.act(), &proof(client(keys)), token).unwrap();
    let own = recognise_token(&fixture.act(), &proof(client(&keys)), &presented(&keys.token)).unwrap().unwrap();
    assert_eq!(revoke(&others, &own), revoked(0));
    assert_eq!(revoke(&keys, &own), revoked(1));
    assert_eq!(revoke(&keys, &own), revoked(0));
    assert_eq!(fixture.are_revoked(&[&keys.token, &others.token]), [true, false]);
    assert!(!recognise(&keys, token));
    let wrong = ClientCredentials { secret: others.consumer_secret.clone().unwrap(), ..client(&keys) };
    let refused = recognise_token(&fixture.act(), &proof(wrong), &presented(&keys.token));
    assert!(matches!(refused, Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
}

fn live_tokens_are_listed_by_their_end_page_by_page(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    generate(&fixture.act(), &GenerateRequest { key_type: KeyType::Sandbox, ..fixture.request() }).unwrap();
    // Of each end, two tokens: never, soon, late, and in the past.
    for (name, end) in [("never", "NULL"), ("soon", "issued_at + 10"), ("late", "issued_at + 20"), ("past", "issued_at - 1")] {
        let copies = format!(
            "INSERT INTO tokens (id, profile, issued_at, expires_at, state)
             SELECT '{name}-' || n, profile, issued_at, {end}, state
             FROM tokens, (SELECT 1 AS n UNION ALL SELECT 2) AS twice WHERE id = '{}'",
            keys.token.id.as_str()
        );
        fixture.execute(&copies);
    }
    revoke_token(&fixture.act(), &keys.token.id).unwrap();
    for size in [1, 2, 3, 6, 7] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = list_live_tokens(&fixture.act(), &fixture.application, KeyType::Production, after.as_ref(), size).unwrap();
            assert!(page.len() <= size as usize);
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            found.extend(page.into_iter().map(|record| record.id.as_str().to_owned()));
        }
        assert_eq!(found, ["never-2", "never-1", "late-2", "late-1", "soon-2", "soon-1"], "{size}");
    }
}
