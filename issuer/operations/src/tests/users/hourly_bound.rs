//! The tokens that a client obtains for one user in an hour.

use super::*;
use crate::Bounds;
use crate::error::TokenError;
use postern_model::Actor;

on_both!(tokens_that_a_client_obtains_for_a_user_in_an_hour_are_bounded, the_bound_holds_in_a_store_with_its_own_database);

/// The seconds to wait, if the bound of three tokens refuses.
fn wait(result: Result<MintedUserToken, Error>) -> Option<u64> {
    match result {
        Ok(_) => None,
        Err(Error::Token(TokenError::TooManyInAnHour { most: 3, seconds })) => Some(seconds),
        Err(other) => panic!("{other:?}"),
    }
}

fn bounded(instance: Instance) -> Instance {
    instance.with_bounds(Bounds { tokens_per_hour: 3, ..Bounds::default() })
}

fn tokens_that_a_client_obtains_for_a_user_in_an_hour_are_bounded(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, bob) = (fixture.user("alice@local"), fixture.user("bob@local"));
    let (keys, others) = (fixture.user_keys(), fixture.keys_of_other_application());
    let passwords = ApplicationChange { passwords: Some(true), ..ApplicationChange::default() };
    change_application(&fixture.act(), &fixture.application, passwords, |_| true).unwrap();
    let instance = bounded(fixture.another(&fixture.master_key, 5));
    let at = |after| instance.act(Actor::Operator).at(NOW.plus(after));
    let first = fixture.authorize(&keys, &alice);
    let renew = |token: &MintedUserToken, after| refresh(&at(after), &Fixture::refresh_grant(&keys, token));
    let third = renew(&renew(&first, 10).unwrap(), 20).unwrap();
    assert_eq!(wait(renew(&third, 30)), Some(3570));
    // The other grants count too.
    let code = fixture.code(&keys, &alice, None, NOW.plus(40)).unwrap();
    assert_eq!(wait(exchange_code(&at(40), &Fixture::code_grant(&keys, &code))), Some(3560));
    let password = PasswordGrant {
        client: super::super::fixture::proof_of(&keys),
        username: "alice".to_owned(),
        password: secret(PASSWORD),
        scope: None,
        validity: None,
    };
    assert_eq!(wait(grant_password(&at(50), &password)), Some(3550));
    assert_eq!(wait(grant_password(&at(50), &PasswordGrant { username: "bob".to_owned(), ..password.clone() })), None);
    // Each user and each client has its own bound, and the client itself too.
    for (keys, user) in [(&keys, &bob), (&others, &alice)] {
        let code = fixture.code(keys, user, None, NOW.plus(60)).unwrap();
        assert_eq!(wait(exchange_code(&at(60), &Fixture::code_grant(keys, &code))), None);
    }
    // What was refused was not used up.
    assert!(fixture.is_live(&third));
    assert_eq!(wait(renew(&third, 3599)), Some(1));
    let fourth = renew(&third, 3600).unwrap();
    assert_eq!(wait(renew(&fourth, 3601)), Some(9));
    let unbounded = fixture.another(&fixture.master_key, 6).with_bounds(Bounds { tokens_per_hour: 0, ..Bounds::default() });
    refresh(&unbounded.act(Actor::Operator).at(NOW.plus(3602)), &Fixture::refresh_grant(&keys, &fourth)).unwrap();
}

fn the_bound_holds_in_a_store_with_its_own_database(engine: Engine) {
    let (mut fixture, _own) = Fixture::with_own_store(engine);
    fixture.instance = bounded(fixture.instance);
    let (olga, keys) = (fixture.user("olga@own"), fixture.user_keys());
    let first = fixture.authorize(&keys, &olga);
    let second = fixture.refresh(&keys, &first, NOW.plus(1)).unwrap();
    let third = fixture.refresh(&keys, &second, NOW.plus(2)).unwrap();
    assert_eq!(wait(fixture.refresh(&keys, &third, NOW.plus(3))), Some(3597));
    assert!(fixture.is_live(&third));
}
