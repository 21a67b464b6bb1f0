//! Refreshing (RFC 6749 section 6), with a new refresh token each time (RFC 9700 section 4.14.2).

use super::*;
use crate::error::{ApplicationError, ConsumerKeyError, TokenError};

on_both!(
    each_refresh_takes_the_place_of_what_was_there,
    a_spent_token_is_refused_and_later_ends_the_grant,
    a_refresh_token_is_its_clients,
    scopes_get_fewer_and_never_more,
    a_refresh_token_that_nobody_used_is_over,
    a_grant_is_over_after_its_lifetime_however_often_it_was_used,
    an_ended_grant_a_locked_user_and_a_blocked_application_get_nothing,
    other_tokens_are_no_refresh_tokens,
    what_a_restarted_issuer_knows_of_spent_tokens,
    an_introspected_refresh_token_says_when_it_is_over_and_a_spent_one_revokes,
);

fn each_refresh_takes_the_place_of_what_was_there(on: On) {
    let fixture = Fixture::new(on);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let mut tokens = vec![fixture.given(&keys, &alice)];
    for step in 1..5 {
        let next = fixture.refresh(&keys, &tokens[step - 1], NOW.plus(step as u64)).unwrap();
        assert_eq!(scopes(&next), "orders menu");
        tokens.push(next);
        let live: Vec<bool> = tokens.iter().map(|token| fixture.lives(token)).collect();
        assert_eq!(live.iter().filter(|live| **live).count(), 1);
        assert!(live[step]);
        let spent = fixture.user_record(&tokens[step - 1]);
        assert_eq!(spent.record.state, TokenState::Replaced);
        assert_eq!(spent.grant, fixture.user_record(&tokens[step]).grant);
    }
    let unspent = fixture.place.query("SELECT count(*) FROM \"refresh_tokens@local\" WHERE spent_at IS NULL").unwrap();
    assert_eq!(unspent, "1");
}

fn a_spent_token_is_refused_and_later_ends_the_grant(on: On) {
    let fixture = Fixture::new(on);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let first = fixture.given(&keys, &alice);
    let at = NOW.plus(1000);
    let second = fixture.refresh(&keys, &first, at).unwrap();
    // Two threads of one client: the later one hears no, and nothing ends.
    for seconds in [0, 1, REUSE_LEEWAY] {
        assert!(invalid(&fixture.refresh(&keys, &first, at.plus(seconds))));
        assert!(fixture.lives(&second));
    }
    let another = fixture.given(&keys, &alice);
    assert!(invalid(&fixture.refresh(&keys, &first, at.plus(REUSE_LEEWAY + 1))));
    assert!(!fixture.lives(&second) && fixture.lives(&another), "the grant alone ends");
    assert!(invalid(&fixture.refresh(&keys, &second, at.plus(REUSE_LEEWAY + 1))));
    assert_eq!(fixture.count("grant.reuse"), 1);
    // However often it comes after that, there is nothing more to say.
    assert!(invalid(&fixture.refresh(&keys, &first, at.plus(100))));
    assert_eq!(fixture.count("grant.reuse"), 1);
}

fn a_refresh_token_is_its_clients(on: On) {
    let fixture = Fixture::new(on);
    let (alice, keys, others) = (fixture.user("alice@local"), fixture.user_keys(), fixture.others_keys());
    let first = fixture.given(&keys, &alice);
    assert!(invalid(&fixture.refresh(&others, &first, NOW)));
    let second = fixture.refresh(&keys, &first, NOW.plus(1)).unwrap();
    // Nor can another client end it by presenting what was spent.
    assert!(invalid(&fixture.refresh(&others, &first, NOW.plus(100))));
    let revoked = fixture.revoked_by(&proof(client(&others)), second.refresh_token.as_ref().unwrap());
    assert_eq!((revoked, fixture.lives(&second)), (0, true));
    let wrong = ClientProof { id: keys.consumer_key.as_str().into(), secret: Some(secret("wrong")) };
    let refused = refresh(&fixture.act(), &RefreshGrant { client: wrong, ..Fixture::refresh_grant(&keys, &second) });
    assert!(matches!(refused, Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    let without = ClientProof { id: keys.consumer_key.as_str().into(), secret: None };
    let refused = refresh(&fixture.act(), &RefreshGrant { client: without, ..Fixture::refresh_grant(&keys, &second) });
    assert!(matches!(refused, Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    assert!(fixture.lives(&second));
}

fn scopes_get_fewer_and_never_more(on: On) {
    let fixture = Fixture::new(on);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let menu = fixture.given_at(&keys, &alice, Some("menu"), NOW);
    let ask = |token: &MintedUserToken, scope: &str| {
        refresh(&fixture.act(), &RefreshGrant { scope: Some(scope.into()), ..Fixture::refresh_grant(&keys, token) })
    };
    for wider in ["orders", "menu orders", "admin", ""] {
        assert!(matches!(ask(&menu, wider), Err(Error::Token(TokenError::ScopeNotAllowed))), "{wider}");
    }
    assert!(fixture.lives(&menu), "what was refused spent nothing");
    let both = fixture.given(&keys, &alice);
    let fewer = ask(&both, "menu").unwrap();
    assert_eq!(scopes(&fewer), "menu");
    // The grant is still for both.
    assert_eq!(scopes(&fixture.refresh(&keys, &fewer, NOW).unwrap()), "orders menu");
}

fn a_refresh_token_that_nobody_used_is_over(on: On) {
    let fixture = Fixture::new(on);
    fixture.set_policies(PolicyChange { refresh_idle: Some(1000), ..PolicyChange::default() });
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let first = fixture.given(&keys, &alice);
    assert!(invalid(&fixture.refresh(&keys, &first, NOW.plus(1000))));
    let second = fixture.refresh(&keys, &first, NOW.plus(999)).unwrap();
    fixture.refresh(&keys, &second, NOW.plus(1998)).unwrap();
}

fn a_grant_is_over_after_its_lifetime_however_often_it_was_used(on: On) {
    let fixture = Fixture::new(on);
    fixture.set_policies(PolicyChange { refresh_lifetime: Some(1000), ..PolicyChange::default() });
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let mut token = fixture.given(&keys, &alice);
    for seconds in [300, 600, 999] {
        token = fixture.refresh(&keys, &token, NOW.plus(seconds)).unwrap();
    }
    assert!(invalid(&fixture.refresh(&keys, &token, NOW.plus(1000))));
}

fn an_ended_grant_a_locked_user_and_a_blocked_application_get_nothing(on: On) {
    let fixture = Fixture::new(on);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let token = fixture.given(&keys, &alice);
    let grant = fixture.user_record(&token).grant;
    end_grant(&fixture.act(), &alice, &grant).unwrap();
    assert!(!fixture.lives(&token) && invalid(&fixture.refresh(&keys, &token, NOW)));
    let token = fixture.given(&keys, &alice);
    fixture.lock(&alice);
    assert!(!fixture.lives(&token) && invalid(&fixture.refresh(&keys, &token, NOW)));
    fixture.unlock(&alice);
    assert!(invalid(&fixture.refresh(&keys, &token, NOW)));
    let token = fixture.given(&keys, &alice);
    let state = |state| ApplicationChange { state: Some(state), ..ApplicationChange::default() };
    let set = |to| change_application(&fixture.act(), &fixture.application, state(to), |_| true).unwrap();
    set(postern_model::ApplicationState::Blocked);
    assert!(!fixture.lives(&token));
    assert!(matches!(fixture.refresh(&keys, &token, NOW), Err(Error::Application(ApplicationError::Blocked(_)))));
    // What the user gave was not taken back, so it goes on where the application does.
    set(postern_model::ApplicationState::Active);
    assert!(fixture.lives(&fixture.refresh(&keys, &token, NOW).unwrap()));
}

fn other_tokens_are_no_refresh_tokens(on: On) {
    let fixture = Fixture::new(on);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let token = fixture.given(&keys, &alice);
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
    // Nor is a refresh token anything else.
    let asked = Fixture::code_grant(&keys, &secret(&real.replacen("por_", "poc_", 1)));
    assert!(invalid(&exchange_code(&fixture.act(), &asked)));
    assert!(!fixture.signed_in(&secret(&real.replacen("por_", "pse_", 1)), NOW));
    assert!(fixture.lives(&token));
}

fn what_a_restarted_issuer_knows_of_spent_tokens(on: On) {
    let fixture = Fixture::new(on);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let first = fixture.given(&keys, &alice);
    let second = fixture.refresh(&keys, &first, NOW).unwrap();
    let another = fixture.another(&fixture.master_key, 3);
    let ask = |token: &MintedUserToken, now| {
        let act = another.act(postern_model::Actor::Operator).at(now);
        refresh(&act, &Fixture::refresh_grant(&keys, token))
    };
    assert!(invalid(&ask(&first, NOW.plus(1))));
    assert!(fixture.lives(&second));
    let third = ask(&second, NOW.plus(2)).unwrap();
    assert!(invalid(&ask(&first, NOW.plus(REUSE_LEEWAY + 1))));
    assert!(!fixture.lives(&third));
    assert!(invalid(&fixture.refresh(&keys, &third, NOW.plus(REUSE_LEEWAY + 1))));
}

fn an_introspected_refresh_token_says_when_it_is_over_and_a_spent_one_revokes(on: On) {
    let fixture = Fixture::new(on);
    let (alice, keys, others) = (fixture.user("alice@local"), fixture.user_keys(), fixture.others_keys());
    let first = fixture.given(&keys, &alice);
    let look = |keys: &GeneratedKeys, token: &MintedUserToken, now| {
        let asked = introspect(&fixture.at(now), &client(keys), token.refresh_token.as_ref().unwrap()).unwrap();
        asked.map(|found| match found.token {
            IntrospectedToken::Refresh(details) => (details.user.to_string(), details.expires_at),
            IntrospectedToken::Access(..) => panic!("not a refresh token"),
        })
    };
    assert_eq!(look(&keys, &first, NOW), Some(("alice@local".into(), NOW.plus(1_209_600))));
    assert_eq!(look(&others, &first, NOW), None);
    assert_eq!(look(&keys, &first, NOW.plus(1_209_600)), None);
    let second = fixture.refresh(&keys, &first, NOW.plus(1)).unwrap();
    assert_eq!(look(&keys, &first, NOW.plus(1)), None);
    // A client that never got the answer signs its user out with the token that it has.
    let old = first.refresh_token.as_ref().unwrap();
    assert_eq!(fixture.revoked_by(&proof(client(&others)), old), 0);
    assert_eq!(fixture.revoked_by(&proof(client(&keys)), old), 1);
    assert!(!fixture.lives(&second));
    assert_eq!(fixture.revoked_by(&proof(client(&keys)), old), 0);
    assert_eq!(look(&keys, &second, NOW.plus(1)), None);
}
