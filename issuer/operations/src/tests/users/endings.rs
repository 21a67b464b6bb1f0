//! What ends what: by the record of each token, and by the bit that edges look at, in a store beside the others and in one with a database of its own.

use postern_token::{Algorithm, ApiReference, KeyType};

use super::*;
use crate::error::{ConsumerKeyError, SigningKeyError, UserError};
use postern_model::{ApplicationState, SubscriptionState};

on_both!(
    a_locked_user_has_nothing_left_and_another_one_everything,
    another_password_ends_what_was_given_for_the_old_one,
    a_user_who_is_removed_leaves_nothing_to_the_next_of_that_name,
    a_withdrawn_consent_ends_what_one_client_has,
    a_revoked_refresh_token_takes_its_grant_along_and_a_revoked_access_token_goes_alone,
    an_application_that_is_blocked_or_deleted_takes_its_users_tokens_along,
    a_subscription_takes_only_the_tokens_along_that_hold_it,
    a_retired_key_takes_what_it_signed_along_and_not_before_it_is_said_so,
    a_database_that_was_put_back_has_no_grant_and_no_session,
    what_is_over_for_every_edge_is_not_ended_once_more,
);

/// A user in each of two stores, with keys of a client, and their tokens.
struct Scene {
    fixture: Fixture,
    _own: OwnStore,
    keys: GeneratedKeys,
    users: [UserId; 2],
}

impl Scene {
    fn new(on: On) -> Self {
        let (fixture, own) = Fixture::with_own_store(on);
        let keys = fixture.user_keys();
        let users = [fixture.user("alice@local"), fixture.user("olga@own")];
        Self { fixture, _own: own, keys, users }
    }

    fn given(&self) -> Vec<MintedUserToken> {
        self.users.iter().map(|user| self.fixture.given(&self.keys, user)).collect()
    }

    fn live(&self, tokens: &[MintedUserToken]) -> Vec<bool> {
        tokens.iter().map(|token| self.fixture.lives(token)).collect()
    }

    fn refreshable(&self, tokens: &[MintedUserToken]) -> Vec<bool> {
        tokens.iter().map(|token| self.fixture.refresh(&self.keys, token, NOW).is_ok()).collect()
    }
}

fn a_locked_user_has_nothing_left_and_another_one_everything(on: On) {
    let scene = Scene::new(on);
    let fixture = &scene.fixture;
    let (bob, oscar) = (fixture.user("bob@local"), fixture.user("oscar@own"));
    let theirs = [fixture.given(&scene.keys, &bob), fixture.given(&scene.keys, &oscar)];
    let (first, second) = (scene.given(), scene.given());
    for user in &scene.users {
        fixture.lock(user);
    }
    assert_eq!((scene.live(&first), scene.live(&second)), (vec![false; 2], vec![false; 2]));
    assert_eq!(scene.live(&theirs), [true; 2]);
    for user in &scene.users {
        fixture.unlock(user);
    }
    assert_eq!((scene.refreshable(&first), scene.refreshable(&theirs)), (vec![false; 2], vec![true; 2]));
}

fn another_password_ends_what_was_given_for_the_old_one(on: On) {
    let scene = Scene::new(on);
    let fixture = &scene.fixture;
    let tokens = scene.given();
    for user in &scene.users {
        reset_password(&fixture.act(), user, &secret("another horse that reads")).unwrap();
    }
    assert_eq!((scene.live(&tokens), scene.refreshable(&tokens)), (vec![false; 2], vec![false; 2]));
    let tokens = scene.given();
    for user in &scene.users {
        let session = sign_in(&fixture.act(), &user.to_string(), &secret("another horse that reads"), None).unwrap().secret;
        let (old, new) = (secret("another horse that reads"), secret("a third horse that reads"));
        change_own_password(&fixture.act(), &session, &old, &new).unwrap();
    }
    assert_eq!((scene.live(&tokens), scene.refreshable(&tokens)), (vec![false; 2], vec![false; 2]));
}

fn a_user_who_is_removed_leaves_nothing_to_the_next_of_that_name(on: On) {
    let scene = Scene::new(on);
    let tokens = scene.given();
    for user in &scene.users {
        let developer = scene.fixture.member(&format!("dora-{}", user.store), postern_model::Role::Developer);
        assert!(matches!(delete_user(&developer, user, |_| true), Err(Error::Forbidden { .. })));
        delete_user(&scene.fixture.act(), user, |_| true).unwrap();
        assert!(matches!(delete_user(&scene.fixture.act(), user, |_| true), Err(Error::User(UserError::NoSuchUser(_)))));
    }
    assert_eq!(scene.live(&tokens), [false; 2]);
    for user in &scene.users {
        scene.fixture.user(&user.to_string());
        let session = scene.fixture.session(user, NOW);
        assert!(list_own_grants(&scene.fixture.act(), &session).unwrap().is_empty());
    }
    assert_eq!(scene.refreshable(&tokens), [false; 2]);
}

fn a_withdrawn_consent_ends_what_one_client_has(on: On) {
    let scene = Scene::new(on);
    let fixture = &scene.fixture;
    let others = fixture.others_keys();
    let (first, second) = (scene.given(), scene.given());
    let elsewhere: Vec<_> = scene.users.iter().map(|user| fixture.given(&others, user)).collect();
    for user in &scene.users {
        let session = fixture.session(user, NOW);
        let grants = list_own_grants(&fixture.act(), &session).unwrap();
        assert_eq!(grants.iter().map(|client| client.grants.len()).collect::<Vec<_>>().iter().sum::<usize>(), 3);
        withdraw_grants(&fixture.act(), &session, &scene.keys.consumer_key).unwrap();
        let left = list_own_grants(&fixture.act(), &session).unwrap();
        assert_eq!((left.len(), &left[0].consumer_key), (1, &others.consumer_key));
    }
    assert_eq!((scene.live(&first), scene.live(&second)), (vec![false; 2], vec![false; 2]));
    assert_eq!(scene.refreshable(&second), [false; 2]);
    assert_eq!(scene.live(&elsewhere), [true; 2]);
}

fn a_revoked_refresh_token_takes_its_grant_along_and_a_revoked_access_token_goes_alone(on: On) {
    let scene = Scene::new(on);
    let fixture = &scene.fixture;
    let own = proof(client(&scene.keys));
    let (first, second) = (scene.given(), scene.given());
    for token in &first {
        assert_eq!(fixture.revoked_by(&own, token.refresh_token.as_ref().unwrap()), 1);
        assert_eq!(fixture.revoked_by(&own, token.refresh_token.as_ref().unwrap()), 0);
    }
    assert_eq!((scene.live(&first), scene.refreshable(&first)), (vec![false; 2], vec![false; 2]));
    for token in &second {
        let others = fixture.act();
        assert!(introspect(&others, &client(&scene.keys), &presented(&token.token)).unwrap().is_some());
        assert_eq!(fixture.revoked_by(&own, &presented(&token.token)), 1);
        assert!(introspect(&others, &client(&scene.keys), &presented(&token.token)).unwrap().is_none());
    }
    assert_eq!((scene.live(&second), scene.refreshable(&second)), (vec![false; 2], vec![true; 2]));
    // By its id, an administrator does the same.
    let third = scene.given();
    for token in &third {
        assert_eq!(revoke_token(&fixture.act(), &token.token.id).unwrap().count, 1);
        assert_eq!(revoke_token(&fixture.act(), &token.token.id).unwrap().count, 0);
    }
    assert_eq!((scene.live(&third), scene.refreshable(&third)), (vec![false; 2], vec![true; 2]));
}

fn an_application_that_is_blocked_or_deleted_takes_its_users_tokens_along(on: On) {
    let scene = Scene::new(on);
    let fixture = &scene.fixture;
    let others = fixture.others_keys();
    let elsewhere: Vec<_> = scene.users.iter().map(|user| fixture.given(&others, user)).collect();
    let tokens = scene.given();
    let state = |state| ApplicationChange { state: Some(state), ..ApplicationChange::default() };
    change_application(&fixture.act(), &fixture.application, state(ApplicationState::Blocked), |_| true).unwrap();
    assert_eq!((scene.live(&tokens), scene.live(&elsewhere)), (vec![false; 2], vec![true; 2]));
    change_application(&fixture.act(), &fixture.application, state(ApplicationState::Active), |_| true).unwrap();
    let tokens = scene.given();
    assert_eq!(revoke_all_tokens(&fixture.act(), &fixture.application).unwrap().count, 2);
    assert_eq!((scene.live(&tokens), scene.refreshable(&tokens)), (vec![false; 2], vec![true; 2]));
    let tokens = scene.given();
    delete_application(&fixture.act(), fixture.application.as_str(), |_| true).unwrap();
    assert_eq!((scene.live(&tokens), scene.live(&elsewhere)), (vec![false; 2], vec![true; 2]));
    for (user, token) in scene.users.iter().zip(&tokens) {
        assert!(matches!(fixture.refresh(&scene.keys, token, NOW), Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
        // And users need not take back what is over.
        let grants = list_own_grants(&fixture.act(), &fixture.session(user, NOW)).unwrap();
        assert_eq!((grants.len(), &grants[0].consumer_key), (1, &others.consumer_key));
    }
}

fn a_subscription_takes_only_the_tokens_along_that_hold_it(on: On) {
    let scene = Scene::new(on);
    let fixture = &scene.fixture;
    let change = |api: &ApiReference<'static>, state, tier: Option<&str>| {
        let tier = tier.map(|tier| tier.parse().unwrap());
        change_subscription(&fixture.act(), &fixture.application, api, state, tier, Some(&|_| true)).unwrap().1.count
    };
    let without = scene.given();
    let pizza = fixture.subscribe("pizza");
    let with = scene.given();
    fixture.subscribe("pizzas");
    assert_eq!(change(&pizza, None, Some("unlimited")), 2);
    assert_eq!((scene.live(&without), scene.live(&with)), (vec![true; 2], vec![false; 2]));
    let with = scene.given();
    assert_eq!(change(&pizza, Some(SubscriptionState::Blocked), None), 2);
    assert_eq!((scene.live(&without), scene.live(&with)), (vec![true; 2], vec![false; 2]));
    let similar = scene.given();
    assert_eq!(change(&pizza, Some(SubscriptionState::Active), None), 0);
    let with = scene.given();
    assert_eq!(unsubscribe(&fixture.act(), &fixture.application, &pizza, |_| true).unwrap().count, 2);
    assert_eq!(scene.live(&with), [false; 2]);
    assert_eq!((scene.live(&without), scene.live(&similar)), (vec![true; 2], vec![true; 2]));
    // What the user gave goes on without it.
    assert_eq!(scene.refreshable(&with), [true; 2]);
}

fn a_retired_key_takes_what_it_signed_along_and_not_before_it_is_said_so(on: On) {
    let scene = Scene::new(on);
    let fixture = &scene.fixture;
    let tokens = scene.given();
    // Of applications, none lives that it signed.
    revoke_token(&fixture.act(), &scene.keys.token.id).unwrap();
    let old = fixture.signing();
    let new = fixture.create_key(Algorithm::EdDsa);
    sign_with_key(&fixture.act(), &new, &[KeyType::Production, KeyType::Sandbox]).unwrap();
    let after = scene.given();
    let refused = retire_signing_key(&fixture.act(), &old, false);
    assert!(
        matches!(refused, Err(Error::SigningKey(SigningKeyError::InUse { tokens: 2, seconds: Some(3600), .. }))),
        "{refused:?}"
    );
    assert_eq!(show_signing_key(&fixture.act(), &old).unwrap().live.count, 2);
    assert_eq!(scene.live(&tokens), [true; 2]);
    assert_eq!(retire_signing_key(&fixture.act(), &old, true).unwrap().count, 2);
    assert_eq!((scene.live(&tokens), scene.live(&after)), (vec![false; 2], vec![true; 2]));
    assert_eq!(scene.refreshable(&tokens), [true; 2]);
}

fn a_database_that_was_put_back_has_no_grant_and_no_session(on: On) {
    let scene = Scene::new(on);
    let fixture = &scene.fixture;
    let tokens = scene.given();
    let sessions: Vec<_> = scene.users.iter().map(|user| fixture.session(user, NOW)).collect();
    let codes: Vec<_> = scene.users.iter().map(|user| fixture.code(&scene.keys, user, None, NOW).unwrap()).collect();
    let recovery = recover(&fixture.act()).unwrap();
    assert_eq!(recovery.revoked.count, 3);
    assert_eq!((scene.live(&tokens), scene.refreshable(&tokens)), (vec![false; 2], vec![false; 2]));
    assert!(sessions.iter().all(|session| !fixture.signed_in(session, NOW)));
    assert!(codes.iter().all(|code| invalid(&fixture.exchange(&scene.keys, code, NOW))));
    assert_eq!(scene.live(&scene.given()), [true; 2]);
}

fn what_is_over_for_every_edge_is_not_ended_once_more(on: On) {
    let scene = Scene::new(on);
    let fixture = &scene.fixture;
    let tokens = scene.given();
    let long_after = fixture.at(NOW.plus(3600 + 3600));
    let (lists, revision) = (|| fixture.place.query("SELECT version FROM status_lists").unwrap(), fixture.revision());
    let before = lists();
    assert_eq!(revoke_all_tokens(&long_after, &fixture.application).unwrap().count, 0);
    assert_eq!((lists(), fixture.revision()), (before, revision));
    // A moment before, an edge's clock may be behind.
    let before = fixture.at(NOW.plus(3600 + 3599));
    assert_eq!(revoke_all_tokens(&before, &fixture.application).unwrap().count, 3);
    assert_eq!(scene.live(&tokens), [false; 2]);
    // What the user gave goes on, and its next token takes the place of one that ran out.
    let next = fixture.refresh(&scene.keys, &tokens[0], NOW.plus(100_000)).unwrap();
    let after = fixture.refresh(&scene.keys, &next, NOW.plus(200_000)).unwrap();
    assert!(fixture.lives(&after) && !fixture.lives(&next));
}
