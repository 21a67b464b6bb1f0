//! Refreshing (RFC 6749 section 6) with refresh token rotation (RFC 9700 section 4.14.2).

use super::*;
use crate::error::{ApplicationError, ConsumerKeyError, TokenError};

on_both!(
    each_refresh_replaces_both_tokens,
    a_refresh_token_may_be_used_again_within_the_grace_until_its_successor_is_used,
    a_refresh_token_that_is_used_again_after_the_grace_ends_the_grant,
    of_several_successors_the_first_that_is_used_counts,
    every_order_of_uses_leaves_at_most_one_live_pair,
    a_retry_succeeds_when_the_token_has_been_idle_for_long,
    without_grace_every_second_use_ends_the_grant,
    a_refresh_token_of_a_database_of_the_previous_version_is_renewed,
    a_refresh_token_is_bound_to_its_client,
    a_refresh_can_narrow_scopes_and_never_widen_them,
    an_unused_refresh_token_expires,
    a_grant_expires_after_its_lifetime_in_spite_of_refreshes,
    a_refresh_is_refused_for_ended_grants_locked_users_and_blocked_applications,
    other_secrets_are_not_accepted_as_refresh_tokens,
    reuse_is_detected_after_a_restart,
    introspection_shows_the_expiry_of_a_refresh_token_and_a_spent_one_can_be_revoked,
);

fn each_refresh_replaces_both_tokens(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let mut tokens = vec![fixture.authorize(&keys, &alice)];
    for step in 1..5 {
        let next = fixture.refresh(&keys, &tokens[step - 1], NOW.plus(step as u64)).unwrap();
        assert_eq!(scopes(&next), "orders menu");
        tokens.push(next);
        let live: Vec<bool> = tokens.iter().map(|token| fixture.is_live(token)).collect();
        assert_eq!(live.iter().filter(|live| **live).count(), 1);
        assert!(live[step]);
        let spent = fixture.record_of_user_token(&tokens[step - 1]);
        assert_eq!(spent.record.state, TokenState::Replaced);
        assert_eq!(spent.grant, fixture.record_of_user_token(&tokens[step]).grant);
    }
    assert_eq!(live_pairs(&fixture), one_pair());
}

/// The number of live access tokens and the number of current refresh tokens, in all grants of the store `local`.
fn live_pairs(fixture: &Fixture) -> (String, String) {
    let count = |sql: &str| fixture.database.query(sql).unwrap();
    (
        count("SELECT count(*) FROM \"tokens@local\" WHERE state = 'active'"),
        count("SELECT count(*) FROM \"refresh_tokens@local\" WHERE spent_at IS NULL AND superseded_at IS NULL"),
    )
}

fn one_pair() -> (String, String) {
    ("1".to_owned(), "1".to_owned())
}

fn a_refresh_token_may_be_used_again_within_the_grace_until_its_successor_is_used(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let first = fixture.authorize(&keys, &alice);
    let at = NOW.plus(1000);
    let lost = fixture.refresh(&keys, &first, at).unwrap();
    let second = fixture.refresh(&keys, &first, at.plus(60)).unwrap();
    assert!(fixture.is_live(&second) && !fixture.is_live(&lost) && !fixture.is_live(&first));
    assert_eq!(live_pairs(&fixture), one_pair());
    let unused = introspect(&fixture.at(at.plus(60)), &client(&keys), lost.refresh_token.as_ref().unwrap()).unwrap();
    assert!(unused.is_none(), "a superseded refresh token is not active");
    let third = fixture.refresh(&keys, &second, at.plus(60)).unwrap();
    assert_eq!((fixture.count("grant.reuse"), fixture.is_live(&third)), (0, true));
    let another = fixture.authorize(&keys, &alice);
    assert!(invalid(&fixture.refresh(&keys, &first, at.plus(60))), "its successor was used");
    assert!(!fixture.is_live(&third) && fixture.is_live(&another), "only this grant ends");
    assert!(invalid(&fixture.refresh(&keys, &third, at.plus(60))));
    // A further reuse is not logged again.
    assert!(invalid(&fixture.refresh(&keys, &first, at.plus(61))));
    assert_eq!(fixture.count("grant.reuse"), 1);
}

fn a_refresh_token_that_is_used_again_after_the_grace_ends_the_grant(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let first = fixture.authorize(&keys, &alice);
    let second = fixture.refresh(&keys, &first, NOW).unwrap();
    // A retry does not extend the grace.
    let retried = fixture.refresh(&keys, &first, NOW.plus(59)).unwrap();
    assert!(invalid(&fixture.refresh(&keys, &first, NOW.plus(61))));
    assert!(!fixture.is_live(&retried));
    assert!(invalid(&fixture.refresh(&keys, &retried, NOW.plus(61))) && invalid(&fixture.refresh(&keys, &second, NOW.plus(61))));
    // The same for a token that was superseded.
    let first = fixture.authorize(&keys, &alice);
    let superseded = fixture.refresh(&keys, &first, NOW).unwrap();
    let retried = fixture.refresh(&keys, &first, NOW).unwrap();
    assert!(invalid(&fixture.refresh(&keys, &superseded, NOW.plus(61))));
    assert!(!fixture.is_live(&retried));
    assert_eq!(fixture.count("grant.reuse"), 2);
}

fn of_several_successors_the_first_that_is_used_counts(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let first = fixture.authorize(&keys, &alice);
    let successors: Vec<MintedUserToken> = (0..3).map(|_| fixture.refresh(&keys, &first, NOW).unwrap()).collect();
    assert_eq!(live_pairs(&fixture), one_pair());
    // The issuer carried out the client's attempts in another order than the client sent them.
    let next = fixture.refresh(&keys, &successors[1], NOW.plus(5)).unwrap();
    assert!(fixture.is_live(&next) && !fixture.is_live(&successors[2]));
    assert_eq!(live_pairs(&fixture), one_pair());
    let again = fixture.refresh(&keys, &successors[1], NOW.plus(6)).unwrap();
    assert!(fixture.is_live(&again) && !fixture.is_live(&next));
    assert!(invalid(&fixture.refresh(&keys, &successors[2], NOW.plus(7))));
    assert_eq!(live_pairs(&fixture), ("0".to_owned(), "1".to_owned()), "the grant has ended, its refresh token with it");
    assert!(invalid(&fixture.refresh(&keys, &again, NOW.plus(7))));
}

/// Uses every token that it has got, in every order, four times; a grant for each order.
fn every_order_of_uses_leaves_at_most_one_live_pair(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    for order in 0..24 {
        let mut tokens = vec![fixture.authorize(&keys, &alice)];
        let grant = fixture.record_of_user_token(&tokens[0]).grant;
        let mut choices = order;
        for step in 1..=4_usize {
            let chosen = choices % step % tokens.len();
            choices /= step;
            let before = tokens.iter().position(|token| fixture.is_live(token));
            if let Ok(token) = fixture.refresh(&keys, &tokens[chosen], NOW) {
                tokens.push(token);
            } else {
                assert!(before.is_none_or(|before| before != chosen), "order {order}: the token of a live pair is accepted");
            }
            let live: Vec<usize> = (0..tokens.len()).filter(|index| fixture.is_live(&tokens[*index])).collect();
            let ended = fixture.count("grant.reuse") > 0 && live.is_empty();
            assert!(ended || live == [tokens.len() - 1], "order {order}: {live:?}");
        }
        // The grant may have ended already.
        let _ = end_grant(&fixture.act(), &alice, &grant);
    }
    assert!(fixture.count("grant.reuse") > 0);
}

fn a_retry_succeeds_when_the_token_has_been_idle_for_long(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.set_policies(PolicyChange { refresh_idle: Some(1000), ..PolicyChange::default() });
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let first = fixture.authorize(&keys, &alice);
    fixture.refresh(&keys, &first, NOW.plus(999)).unwrap();
    let retried = fixture.refresh(&keys, &first, NOW.plus(1001)).unwrap();
    assert!(fixture.is_live(&retried));
}

fn without_grace_every_second_use_ends_the_grant(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let grace = |seconds| PolicyChange { refresh_grace: Some(seconds), ..PolicyChange::default() };
    assert!(change_settings(&fixture.act(), &policies(grace(601)), |_| true).is_err());
    fixture.set_policies(grace(0));
    let first = fixture.authorize(&keys, &alice);
    let second = fixture.refresh(&keys, &first, NOW).unwrap();
    assert!(invalid(&fixture.refresh(&keys, &first, NOW)));
    assert!(!fixture.is_live(&second));
    fixture.set_policies(grace(10));
    let first = fixture.authorize(&keys, &alice);
    fixture.refresh(&keys, &first, NOW).unwrap();
    let second = fixture.refresh(&keys, &first, NOW.plus(10)).unwrap();
    assert!(invalid(&fixture.refresh(&keys, &first, NOW.plus(11))));
    assert!(!fixture.is_live(&second));
}

fn a_refresh_token_of_a_database_of_the_previous_version_is_renewed(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let first = fixture.authorize(&keys, &alice);
    for statement in [
        "DROP TABLE \"recovery_codes@local\"",
        "ALTER TABLE \"users@local\" DROP COLUMN second_factor",
        "ALTER TABLE \"users@local\" DROP COLUMN second_factor_at",
        "ALTER TABLE \"users@local\" DROP COLUMN second_factor_step",
        "ALTER TABLE \"users@local\" DROP COLUMN must_change_password",
        "DROP INDEX \"users_by_subject@local\"",
        "ALTER TABLE \"users@local\" DROP COLUMN subject",
        "DROP INDEX \"obtained_tokens@local\"",
        "DROP INDEX \"one_refresh_token@local\"",
        "ALTER TABLE \"refresh_tokens@local\" DROP COLUMN parent_hash",
        "ALTER TABLE \"refresh_tokens@local\" DROP COLUMN superseded_at",
        "CREATE UNIQUE INDEX \"one_refresh_token@local\" ON \"refresh_tokens@local\" (grant_id) WHERE spent_at IS NULL",
        "UPDATE user_stores SET version = 1 WHERE name = 'local'",
    ] {
        fixture.execute(statement);
    }
    let migrated = fixture.another(&fixture.master_key, 3);
    let ask =
        |token: &MintedUserToken| refresh(&migrated.act(postern_model::Actor::Operator), &Fixture::refresh_grant(&keys, token));
    ask(&first).unwrap();
    let repeated = ask(&first).unwrap();
    assert!(ask(&repeated).is_ok() && invalid(&ask(&first)));
}

fn a_refresh_token_is_bound_to_its_client(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys, others) = (fixture.user("alice@local"), fixture.user_keys(), fixture.keys_of_other_application());
    let first = fixture.authorize(&keys, &alice);
    assert!(invalid(&fixture.refresh(&others, &first, NOW)));
    let second = fixture.refresh(&keys, &first, NOW.plus(1)).unwrap();
    // Another client cannot end the grant with a spent token.
    assert!(invalid(&fixture.refresh(&others, &first, NOW.plus(100))));
    let revoked = fixture.revoked_by(&proof(client(&others)), second.refresh_token.as_ref().unwrap());
    assert_eq!((revoked, fixture.is_live(&second)), (0, true));
    let wrong = ClientProof { id: keys.consumer_key.as_str().into(), secret: Some(secret("wrong")) };
    let refused = refresh(&fixture.act(), &RefreshGrant { client: wrong, ..Fixture::refresh_grant(&keys, &second) });
    assert!(matches!(refused, Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    let without = ClientProof { id: keys.consumer_key.as_str().into(), secret: None };
    let refused = refresh(&fixture.act(), &RefreshGrant { client: without, ..Fixture::refresh_grant(&keys, &second) });
    assert!(matches!(refused, Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    assert!(fixture.is_live(&second));
}

fn a_refresh_can_narrow_scopes_and_never_widen_them(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let menu = fixture.authorize_at(&keys, &alice, Some("menu"), NOW);
    let ask = |token: &MintedUserToken, scope: &str| {
        refresh(&fixture.act(), &RefreshGrant { scope: Some(scope.into()), ..Fixture::refresh_grant(&keys, token) })
    };
    for wider in ["orders", "menu orders", "admin", ""] {
        assert!(matches!(ask(&menu, wider), Err(Error::Token(TokenError::ScopeNotAllowed { .. }))), "{wider}");
    }
    assert!(fixture.is_live(&menu), "a refused request spends nothing");
    let both = fixture.authorize(&keys, &alice);
    let fewer = ask(&both, "menu").unwrap();
    assert_eq!(scopes(&fewer), "menu");
    // The grant still has both scopes.
    assert_eq!(scopes(&fixture.refresh(&keys, &fewer, NOW).unwrap()), "orders menu");
}

fn an_unused_refresh_token_expires(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.set_policies(PolicyChange { refresh_idle: Some(1000), ..PolicyChange::default() });
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let first = fixture.authorize(&keys, &alice);
    assert!(invalid(&fixture.refresh(&keys, &first, NOW.plus(1000))));
    let second = fixture.refresh(&keys, &first, NOW.plus(999)).unwrap();
    fixture.refresh(&keys, &second, NOW.plus(1998)).unwrap();
}

fn a_grant_expires_after_its_lifetime_in_spite_of_refreshes(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.set_policies(PolicyChange { refresh_lifetime: Some(1000), ..PolicyChange::default() });
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let mut token = fixture.authorize(&keys, &alice);
    for seconds in [300, 600, 999] {
        token = fixture.refresh(&keys, &token, NOW.plus(seconds)).unwrap();
    }
    assert!(invalid(&fixture.refresh(&keys, &token, NOW.plus(1000))));
}

fn a_refresh_is_refused_for_ended_grants_locked_users_and_blocked_applications(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let token = fixture.authorize(&keys, &alice);
    let grant = fixture.record_of_user_token(&token).grant;
    end_grant(&fixture.act(), &alice, &grant).unwrap();
    assert!(!fixture.is_live(&token) && invalid(&fixture.refresh(&keys, &token, NOW)));
    let token = fixture.authorize(&keys, &alice);
    fixture.lock(&alice);
    assert!(!fixture.is_live(&token) && invalid(&fixture.refresh(&keys, &token, NOW)));
    fixture.unlock(&alice);
    assert!(invalid(&fixture.refresh(&keys, &token, NOW)));
    let token = fixture.authorize(&keys, &alice);
    let state = |state| ApplicationChange { state: Some(state), ..ApplicationChange::default() };
    let set = |to| change_application(&fixture.act(), &fixture.application, state(to), |_| true).unwrap();
    set(postern_model::ApplicationState::Blocked);
    assert!(!fixture.is_live(&token));
    assert!(matches!(fixture.refresh(&keys, &token, NOW), Err(Error::Application(ApplicationError::Blocked(_)))));
    // Blocking does not end the grant, so it works again after the application is unblocked.
    set(postern_model::ApplicationState::Active);
    assert!(fixture.is_live(&fixture.refresh(&keys, &token, NOW).unwrap()));
}

fn other_secrets_are_not_accepted_as_refresh_tokens(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let token = fixture.authorize(&keys, &alice);
    let code = fixture.code(&keys, &alice, None, NOW).unwrap();
    let session = fixture.session(&alice, NOW);
    let real = token.refresh_token.as_ref().unwrap().expose().to_owned();
    let access = token.token.access_token.expose().to_owned();
    let as_refresh = |text: &str| text.replacen("poc_", "por_", 1).replacen("pse_", "por_", 1);
    for bad in [
        String::new(),
        access,
        code.expose().to_owned(),
        as_refresh(code.expose()),
        as_refresh(session.expose()),
        real.replacen("local", "partners", 1),
        real.replacen("por_", "poc_", 1),
        real[..real.len() - 1].to_owned(),
        format!("{real}="),
        "por_local.\0".to_owned(),
    ] {
        let asked = RefreshGrant { refresh_token: secret(&bad), ..Fixture::refresh_grant(&keys, &token) };
        assert!(invalid(&refresh(&fixture.act(), &asked)), "{bad}");
    }
    // A refresh token is not accepted as another secret either.
    let asked = Fixture::code_grant(&keys, &secret(&real.replacen("por_", "poc_", 1)));
    assert!(invalid(&exchange_code(&fixture.act(), &asked)));
    assert!(!fixture.signed_in(&secret(&real.replacen("por_", "pse_", 1)), NOW));
    assert!(fixture.is_live(&token));
}

fn reuse_is_detected_after_a_restart(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let first = fixture.authorize(&keys, &alice);
    let second = fixture.refresh(&keys, &first, NOW).unwrap();
    let another = fixture.another(&fixture.master_key, 3);
    let ask = |token: &MintedUserToken, now| {
        let act = another.act(postern_model::Actor::Operator).at(now);
        refresh(&act, &Fixture::refresh_grant(&keys, token))
    };
    let third = ask(&second, NOW.plus(2)).unwrap();
    assert!(invalid(&ask(&first, NOW.plus(3))));
    assert!(!fixture.is_live(&third));
    assert!(invalid(&fixture.refresh(&keys, &third, NOW.plus(3))));
}

fn introspection_shows_the_expiry_of_a_refresh_token_and_a_spent_one_can_be_revoked(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys, others) = (fixture.user("alice@local"), fixture.user_keys(), fixture.keys_of_other_application());
    let first = fixture.authorize(&keys, &alice);
    let introspected = |keys: &GeneratedKeys, token: &MintedUserToken, now| {
        let asked = introspect(&fixture.at(now), &client(keys), token.refresh_token.as_ref().unwrap()).unwrap();
        asked.map(|found| match found.token {
            IntrospectedToken::Refresh(details) => (details.user.to_string(), details.expires_at),
            IntrospectedToken::Access(..) => panic!("not a refresh token"),
        })
    };
    assert_eq!(introspected(&keys, &first, NOW), Some(("alice@local".into(), NOW.plus(1_209_600))));
    assert_eq!(introspected(&others, &first, NOW), None);
    assert_eq!(introspected(&keys, &first, NOW.plus(1_209_600)), None);
    let second = fixture.refresh(&keys, &first, NOW.plus(1)).unwrap();
    assert_eq!(introspected(&keys, &first, NOW.plus(1)), None);
    // A client that lost the response can still revoke the grant with the spent token.
    let old = first.refresh_token.as_ref().unwrap();
    assert_eq!(fixture.revoked_by(&proof(client(&others)), old), 0);
    assert_eq!(fixture.revoked_by(&proof(client(&keys)), old), 1);
    assert!(!fixture.is_live(&second));
    assert_eq!(fixture.revoked_by(&proof(client(&keys)), old), 0);
    assert_eq!(introspected(&keys, &second, NOW.plus(1)), None);
}
