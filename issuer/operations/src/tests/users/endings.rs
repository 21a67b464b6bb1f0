//! Which operations end which grants and tokens. Each test checks the records and the status bits, in a store in the main
//! database and in one with its own database.

use postern_token::{Algorithm, ApiReference, KeyType};

use super::*;
use crate::error::{ConsumerKeyError, SigningKeyError, UserError};
use postern_model::{ApplicationState, SubscriptionState};

on_both!(
    locking_a_user_revokes_only_its_own_tokens,
    a_changed_password_ends_grants_and_tokens,
    a_new_user_with_a_reused_name_gets_nothing_of_the_old_one,
    withdrawing_consent_ends_the_grants_of_one_client,
    an_administrator_withdraws_the_access_of_one_client_or_of_all,
    revoking_a_refresh_token_ends_the_grant_and_revoking_an_access_token_does_not,
    blocking_or_deleting_an_application_revokes_its_user_tokens,
    an_ended_subscription_revokes_only_the_user_tokens_that_hold_it,
    retiring_a_key_revokes_its_user_tokens_only_with_force,
    recovery_ends_all_grants_and_sessions,
    user_tokens_that_expired_for_every_edge_are_not_revoked,
);

/// A user in each of two stores, with keys of a client, and their tokens.
struct Scene {
    fixture: Fixture,
    _own: OwnStore,
    keys: GeneratedKeys,
    users: [UserId; 2],
}

impl Scene {
    fn new(engine: Engine) -> Self {
        let (fixture, own) = Fixture::with_own_store(engine);
        let keys = fixture.user_keys();
        let users = [fixture.user("alice@local"), fixture.user("olga@own")];
        Self { fixture, _own: own, keys, users }
    }

    fn authorize(&self) -> Vec<MintedUserToken> {
        self.users.iter().map(|user| self.fixture.authorize(&self.keys, user)).collect()
    }

    fn live(&self, tokens: &[MintedUserToken]) -> Vec<bool> {
        tokens.iter().map(|token| self.fixture.is_live(token)).collect()
    }

    fn can_refresh(&self, tokens: &[MintedUserToken]) -> Vec<bool> {
        tokens.iter().map(|token| self.fixture.refresh(&self.keys, token, NOW).is_ok()).collect()
    }
}

fn locking_a_user_revokes_only_its_own_tokens(engine: Engine) {
    let scene = Scene::new(engine);
    let fixture = &scene.fixture;
    let (bob, oscar) = (fixture.user("bob@local"), fixture.user("oscar@own"));
    let theirs = [fixture.authorize(&scene.keys, &bob), fixture.authorize(&scene.keys, &oscar)];
    let (first, second) = (scene.authorize(), scene.authorize());
    for user in &scene.users {
        fixture.lock(user);
    }
    assert_eq!((scene.live(&first), scene.live(&second)), (vec![false; 2], vec![false; 2]));
    assert_eq!(scene.live(&theirs), [true; 2]);
    for user in &scene.users {
        fixture.unlock(user);
    }
    assert_eq!((scene.can_refresh(&first), scene.can_refresh(&theirs)), (vec![false; 2], vec![true; 2]));
}

fn a_changed_password_ends_grants_and_tokens(engine: Engine) {
    let scene = Scene::new(engine);
    let fixture = &scene.fixture;
    let tokens = scene.authorize();
    for user in &scene.users {
        reset_password(&fixture.act(), user, &secret("another horse that reads")).unwrap();
    }
    assert_eq!((scene.live(&tokens), scene.can_refresh(&tokens)), (vec![false; 2], vec![false; 2]));
    let tokens = scene.authorize();
    for user in &scene.users {
        let session = sign_in(&fixture.act(), &user.to_string(), &secret("another horse that reads"), None).unwrap().secret;
        let (old, new) = (secret("another horse that reads"), secret("a third horse that reads"));
        change_own_password(&fixture.act(), &session, &old, &new).unwrap();
    }
    assert_eq!((scene.live(&tokens), scene.can_refresh(&tokens)), (vec![false; 2], vec![false; 2]));
}

fn a_new_user_with_a_reused_name_gets_nothing_of_the_old_one(engine: Engine) {
    let scene = Scene::new(engine);
    let tokens = scene.authorize();
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
    assert_eq!(scene.can_refresh(&tokens), [false; 2]);
}

fn withdrawing_consent_ends_the_grants_of_one_client(engine: Engine) {
    let scene = Scene::new(engine);
    let fixture = &scene.fixture;
    let others = fixture.keys_of_other_application();
    let (first, second) = (scene.authorize(), scene.authorize());
    let elsewhere: Vec<_> = scene.users.iter().map(|user| fixture.authorize(&others, user)).collect();
    for user in &scene.users {
        let session = fixture.session(user, NOW);
        let grants = list_own_grants(&fixture.act(), &session).unwrap();
        assert_eq!(grants.iter().map(|client| client.grants.len()).collect::<Vec<_>>().iter().sum::<usize>(), 3);
        withdraw_grants(&fixture.act(), &session, &scene.keys.consumer_key).unwrap();
        let left = list_own_grants(&fixture.act(), &session).unwrap();
        assert_eq!((left.len(), &left[0].consumer_key), (1, &others.consumer_key));
    }
    assert_eq!((scene.live(&first), scene.live(&second)), (vec![false; 2], vec![false; 2]));
    assert_eq!(scene.can_refresh(&second), [false; 2]);
    assert_eq!(scene.live(&elsewhere), [true; 2]);
}

fn an_administrator_withdraws_the_access_of_one_client_or_of_all(engine: Engine) {
    let scene = Scene::new(engine);
    let fixture = &scene.fixture;
    let others = fixture.keys_of_other_application();
    let own = scene.authorize();
    let elsewhere: Vec<_> = scene.users.iter().map(|user| fixture.authorize(&others, user)).collect();
    let stranger = fixture.instance.act(postern_model::Actor::Stranger);
    for user in &scene.users {
        let session = fixture.session(user, NOW);
        let withdraw = |client: Option<&postern_model::ConsumerKey>| withdraw_user_access(&fixture.act(), user, client);
        assert!(matches!(withdraw_user_access(&stranger, user, None), Err(Error::Forbidden { .. })));
        assert_eq!(list_user_access(&fixture.act(), user).unwrap().len(), 2);
        assert_eq!(withdraw(Some(&scene.keys.consumer_key)).unwrap().count, 1);
        assert!(matches!(withdraw(Some(&scene.keys.consumer_key)), Err(Error::User(UserError::NoAccess))));
        let left = list_user_access(&fixture.act(), user).unwrap();
        assert_eq!((left.len(), &left[0].consumer_key), (1, &others.consumer_key));
        assert_eq!((withdraw(None).unwrap().count, withdraw(None).unwrap().count), (1, 0));
        assert!(list_user_access(&fixture.act(), user).unwrap().is_empty() && fixture.signed_in(&session, NOW));
    }
    assert_eq!((scene.live(&own), scene.live(&elsewhere)), (vec![false; 2], vec![false; 2]));
    assert_eq!(scene.can_refresh(&own), [false; 2]);
}

fn revoking_a_refresh_token_ends_the_grant_and_revoking_an_access_token_does_not(engine: Engine) {
    let scene = Scene::new(engine);
    let fixture = &scene.fixture;
    let own = proof(client(&scene.keys));
    let (first, second) = (scene.authorize(), scene.authorize());
    for token in &first {
        assert_eq!(fixture.revoked_by(&own, token.refresh_token.as_ref().unwrap()), 1);
        assert_eq!(fixture.revoked_by(&own, token.refresh_token.as_ref().unwrap()), 0);
    }
    assert_eq!((scene.live(&first), scene.can_refresh(&first)), (vec![false; 2], vec![false; 2]));
    for token in &second {
        let others = fixture.act();
        assert!(introspect(&others, &client(&scene.keys), &presented(&token.token)).unwrap().is_some());
        assert_eq!(fixture.revoked_by(&own, &presented(&token.token)), 1);
        assert!(introspect(&others, &client(&scene.keys), &presented(&token.token)).unwrap().is_none());
    }
    assert_eq!((scene.live(&second), scene.can_refresh(&second)), (vec![false; 2], vec![true; 2]));
    // An administrator revokes an access token by its id with the same effect.
    let third = scene.authorize();
    for token in &third {
        assert_eq!(revoke_token(&fixture.act(), &token.token.id).unwrap().count, 1);
        assert_eq!(revoke_token(&fixture.act(), &token.token.id).unwrap().count, 0);
    }
    assert_eq!((scene.live(&third), scene.can_refresh(&third)), (vec![false; 2], vec![true; 2]));
}

fn blocking_or_deleting_an_application_revokes_its_user_tokens(engine: Engine) {
    let scene = Scene::new(engine);
    let fixture = &scene.fixture;
    let others = fixture.keys_of_other_application();
    let elsewhere: Vec<_> = scene.users.iter().map(|user| fixture.authorize(&others, user)).collect();
    let tokens = scene.authorize();
    let state = |state| ApplicationChange { state: Some(state), ..ApplicationChange::default() };
    change_application(&fixture.act(), &fixture.application, state(ApplicationState::Blocked), |_| true).unwrap();
    assert_eq!((scene.live(&tokens), scene.live(&elsewhere)), (vec![false; 2], vec![true; 2]));
    change_application(&fixture.act(), &fixture.application, state(ApplicationState::Active), |_| true).unwrap();
    let tokens = scene.authorize();
    assert_eq!(revoke_all_tokens(&fixture.act(), &fixture.application).unwrap().count, 2);
    assert_eq!((scene.live(&tokens), scene.can_refresh(&tokens)), (vec![false; 2], vec![true; 2]));
    let tokens = scene.authorize();
    delete_application(&fixture.act(), fixture.application.as_str(), |_| true).unwrap();
    assert_eq!((scene.live(&tokens), scene.live(&elsewhere)), (vec![false; 2], vec![true; 2]));
    for (user, token) in scene.users.iter().zip(&tokens) {
        assert!(matches!(fixture.refresh(&scene.keys, token, NOW), Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
        // The user does not see the ended grant.
        let grants = list_own_grants(&fixture.act(), &fixture.session(user, NOW)).unwrap();
        assert_eq!((grants.len(), &grants[0].consumer_key), (1, &others.consumer_key));
    }
}

fn an_ended_subscription_revokes_only_the_user_tokens_that_hold_it(engine: Engine) {
    let scene = Scene::new(engine);
    let fixture = &scene.fixture;
    let change = |api: &ApiReference<'static>, state, tier: Option<&str>| {
        let tier = tier.map(|tier| tier.parse().unwrap());
        change_subscription(&fixture.act(), &fixture.application, api, state, tier, Some(&|_| true)).unwrap().1.count
    };
    let without = scene.authorize();
    let pizza = fixture.subscribe("pizza");
    let with = scene.authorize();
    fixture.subscribe("pizzas");
    assert_eq!(change(&pizza, None, Some("unlimited")), 2);
    assert_eq!((scene.live(&without), scene.live(&with)), (vec![true; 2], vec![false; 2]));
    let with = scene.authorize();
    assert_eq!(change(&pizza, Some(SubscriptionState::Blocked), None), 2);
    assert_eq!((scene.live(&without), scene.live(&with)), (vec![true; 2], vec![false; 2]));
    let similar = scene.authorize();
    assert_eq!(change(&pizza, Some(SubscriptionState::Active), None), 0);
    let with = scene.authorize();
    assert_eq!(unsubscribe(&fixture.act(), &fixture.application, &pizza, |_| true).unwrap().count, 2);
    assert_eq!(scene.live(&with), [false; 2]);
    assert_eq!((scene.live(&without), scene.live(&similar)), (vec![true; 2], vec![true; 2]));
    // The grant stays valid without the subscription.
    assert_eq!(scene.can_refresh(&with), [true; 2]);
}

fn retiring_a_key_revokes_its_user_tokens_only_with_force(engine: Engine) {
    let scene = Scene::new(engine);
    let fixture = &scene.fixture;
    let tokens = scene.authorize();
    // The key has signed no live application token.
    revoke_token(&fixture.act(), &scene.keys.token.id).unwrap();
    let old = fixture.signing();
    let new = fixture.create_key(Algorithm::EdDsa);
    sign_with_key(&fixture.act(), &new, &[KeyType::Production, KeyType::Sandbox]).unwrap();
    let after = scene.authorize();
    let refused = retire_signing_key(&fixture.act(), &old, false);
    assert!(
        matches!(refused, Err(Error::SigningKey(SigningKeyError::InUse { tokens: 2, seconds: Some(3600), .. }))),
        "{refused:?}"
    );
    assert_eq!(show_signing_key(&fixture.act(), &old).unwrap().live.count, 2);
    assert_eq!(scene.live(&tokens), [true; 2]);
    assert_eq!(retire_signing_key(&fixture.act(), &old, true).unwrap().count, 2);
    assert_eq!((scene.live(&tokens), scene.live(&after)), (vec![false; 2], vec![true; 2]));
    assert_eq!(scene.can_refresh(&tokens), [true; 2]);
}

fn recovery_ends_all_grants_and_sessions(engine: Engine) {
    let scene = Scene::new(engine);
    let fixture = &scene.fixture;
    let tokens = scene.authorize();
    let sessions: Vec<_> = scene.users.iter().map(|user| fixture.session(user, NOW)).collect();
    let codes: Vec<_> = scene.users.iter().map(|user| fixture.code(&scene.keys, user, None, NOW).unwrap()).collect();
    let recovery = recover(&fixture.act()).unwrap();
    assert_eq!(recovery.revoked.count, 3);
    assert_eq!((scene.live(&tokens), scene.can_refresh(&tokens)), (vec![false; 2], vec![false; 2]));
    assert!(sessions.iter().all(|session| !fixture.signed_in(session, NOW)));
    assert!(codes.iter().all(|code| invalid(&fixture.exchange(&scene.keys, code, NOW))));
    assert_eq!(scene.live(&scene.authorize()), [true; 2]);
}

fn user_tokens_that_expired_for_every_edge_are_not_revoked(engine: Engine) {
    let scene = Scene::new(engine);
    let fixture = &scene.fixture;
    let tokens = scene.authorize();
    let long_after = fixture.at(NOW.plus(3600 + 3600));
    let (lists, revision) = (|| fixture.database.query("SELECT version FROM status_lists").unwrap(), fixture.revision());
    let before = lists();
    assert_eq!(revoke_all_tokens(&long_after, &fixture.application).unwrap().count, 0);
    assert_eq!((lists(), fixture.revision()), (before, revision));
    // One second earlier, an edge with a slow clock may still accept the tokens.
    let before = fixture.at(NOW.plus(3600 + 3599));
    assert_eq!(revoke_all_tokens(&before, &fixture.application).unwrap().count, 3);
    assert_eq!(scene.live(&tokens), [false; 2]);
    // The grant stays valid, and its next token replaces the expired one.
    let next = fixture.refresh(&scene.keys, &tokens[0], NOW.plus(100_000)).unwrap();
    let after = fixture.refresh(&scene.keys, &next, NOW.plus(200_000)).unwrap();
    assert!(fixture.is_live(&after) && !fixture.is_live(&next));
}
