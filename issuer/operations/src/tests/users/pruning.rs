//! Pruning of user stores, initial access tokens and device codes.

use super::*;
use crate::error::InitialAccessTokenError;
use postern_model::RegistrationToken;

const DAY: u64 = 86400;

on_both!(
    expired_and_ended_grants_are_pruned,
    expired_sessions_and_codes_are_pruned,
    expired_initial_access_tokens_and_device_codes_are_pruned,
);

fn prune_at(fixture: &Fixture, store: &str, now: UnixSeconds) -> PrunedUsers {
    prune_users(&fixture.at(now), &store.parse().unwrap(), DAY).unwrap()
}

fn expired_and_ended_grants_are_pruned(engine: Engine) {
    let (fixture, _own) = Fixture::with_own_store(engine);
    let keys = fixture.user_keys();
    for (name, store) in [("alice@local", "local"), ("alice@own", "own")] {
        let user = fixture.user(name);
        let (renewed, unused, ended) = (
            fixture.authorize(&keys, &user),
            fixture.authorize(&keys, &user),
            fixture.authorize(&keys, &user).refresh_token.unwrap(),
        );
        assert_eq!(fixture.revoked_by(&proof(client(&keys)), &ended), 1);
        // A day after the tokens have expired and one grant has ended.
        let soon = NOW.plus(DAY + 3601);
        assert_eq!(prune_at(&fixture, store, NOW.plus(DAY)), PrunedUsers::default());
        let pruned = prune_at(&fixture, store, soon);
        assert_eq!((pruned.tokens, pruned.grants, pruned.more), (3, 1, false), "{store}");
        // A grant stays for its idle time after the last use, and a day.
        let renewed = fixture.refresh(&keys, &renewed, NOW.plus(10 * DAY)).unwrap();
        assert_eq!(prune_at(&fixture, store, NOW.plus(15 * DAY)).grants, 0);
        assert_eq!(prune_at(&fixture, store, NOW.plus(15 * DAY + 1)).grants, 1);
        assert!(invalid(&fixture.refresh(&keys, &unused, NOW.plus(15 * DAY))));
        assert!(fixture.refresh(&keys, &renewed, NOW.plus(20 * DAY)).is_ok());
    }
}

fn expired_sessions_and_codes_are_pruned(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (keys, user) = (fixture.user_keys(), fixture.user("alice@local"));
    let (idle, begun) = (fixture.session(&user, NOW), fixture.session(&user, NOW.plus(1000)));
    let code = fixture.code(&keys, &user, None, NOW).unwrap();
    let token = fixture.exchange(&keys, &code, NOW).unwrap();
    assert_eq!(prune_at(&fixture, "local", NOW.plus(1800)).sessions, 0);
    let pruned = prune_at(&fixture, "local", NOW.plus(1801));
    assert_eq!((pruned.sessions, pruned.codes), (1, 0));
    assert!(!fixture.signed_in(&idle, NOW.plus(1801)) && fixture.signed_in(&begun, NOW.plus(1801)));
    // A spent code is kept for a day, so that its reuse still ends the grant.
    assert!(invalid(&fixture.exchange(&keys, &code, NOW.plus(DAY))));
    assert!(!fixture.is_live(&token));
    assert_eq!(prune_at(&fixture, "local", NOW.plus(DAY + 61)).codes, 1);
}

fn expired_initial_access_tokens_and_device_codes_are_pruned(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.user_keys();
    let new = |registrations, expires_at: Option<UnixSeconds>| NewRegistrationToken {
        owner: None,
        description: "a pipeline".parse().unwrap(),
        registrations,
        expiry: expires_at.map_or(Expiry::Never, Expiry::At),
    };
    let create = |new: &NewRegistrationToken| create_registration_token(&fixture.act(), new);
    create(&new(1, Some(NOW.plus(10)))).unwrap();
    create(&new(1, None)).unwrap();
    for registrations in [0, RegistrationToken::MAX_REGISTRATIONS + 1] {
        assert!(matches!(
            create(&new(registrations, None)),
            Err(Error::InitialAccessToken(InitialAccessTokenError::RegistrationsOutOfRange))
        ));
    }
    assert!(matches!(create(&new(1, Some(NOW))), Err(Error::ExpiryInThePast)));
    begin_device(&fixture.act(), &proof(client(&keys)), None).unwrap();
    assert_eq!(prune(&fixture.at(NOW.plus(10)), 0).unwrap().secrets, 0);
    assert_eq!(prune(&fixture.at(NOW.plus(11)), 0).unwrap().secrets, 1);
    assert_eq!(list_registration_tokens(&fixture.act()).unwrap().len(), 1);
    assert_eq!(prune(&fixture.at(NOW.plus(DEVICE_CODE_LIFETIME + 3600)), 0).unwrap().secrets, 0);
    assert_eq!(prune(&fixture.at(NOW.plus(DEVICE_CODE_LIFETIME + 3601)), 0).unwrap().secrets, 1);
}
