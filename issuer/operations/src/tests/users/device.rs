//! Devices without a browser (RFC 8628).

use std::sync::Barrier;
use std::thread;

use super::*;
use crate::error::{ConsumerKeyError, GrantError, TokenError};

on_both!(
    an_allowed_device_gets_its_tokens_once,
    a_device_that_polls_too_often_is_slowed_down,
    a_denied_or_expired_device_gets_no_token,
    a_device_gets_no_scope_that_its_user_was_not_shown,
    a_device_code_is_bound_to_its_client,
    a_device_is_denied_after_its_user_withdrew_or_was_locked,
    one_of_several_concurrent_polls_gets_the_tokens,
);

struct Device {
    grant: DeviceGrant,
    shown: postern_model::UserCode,
}

fn begin(fixture: &Fixture, keys: &GeneratedKeys, scope: Option<&str>) -> Device {
    let begun = begin_device(&fixture.act(), &proof(client(keys)), scope).unwrap();
    let grant = DeviceGrant { client: proof(client(keys)), device_code: begun.device_code, validity: None };
    Device { grant, shown: begun.user_code }
}

fn is(result: &Result<MintedUserToken, Error>, expected: GrantError) -> bool {
    matches!(result, Err(Error::Grant(error)) if *error == expected)
}

fn an_allowed_device_gets_its_tokens_once(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@partners"), fixture.user_keys());
    let device = begin(&fixture, &keys, Some("menu"));
    assert!(is(&grant_device(&fixture.act(), &device.grant), GrantError::Pending));
    let request = find_device(&fixture.act(), &alice, &device.shown).unwrap();
    assert_eq!((request.application.id, request.scopes.unwrap().as_str()), (fixture.application.clone(), "menu"));
    decide(&fixture.act(), &alice, &device.shown, true).unwrap();
    for allowed in [true, false] {
        let again = decide(&fixture.act(), &alice, &device.shown, allowed);
        assert!(matches!(again, Err(Error::Grant(GrantError::UnknownUserCode))));
    }
    assert!(find_device(&fixture.act(), &alice, &device.shown).is_err());
    let tokens = grant_device(&fixture.at(NOW.plus(5)), &device.grant).unwrap();
    fixture.claims(&tokens.token, |claims| assert_eq!(claims.sub.as_str(), "alice@partners"));
    assert!(fixture.is_live(&tokens) && scopes(&tokens) == "menu");
    assert!(invalid(&grant_device(&fixture.at(NOW.plus(10)), &device.grant)));
    assert!(fixture.is_live(&tokens));
    assert!(fixture.is_live(&fixture.refresh(&keys, &tokens, NOW.plus(20)).unwrap()));
}

fn a_device_that_polls_too_often_is_slowed_down(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let device = begin(&fixture, &keys, None);
    let ask = |seconds| grant_device(&fixture.at(NOW.plus(seconds)), &device.grant);
    assert!(is(&ask(0), GrantError::Pending));
    assert!(is(&ask(1), GrantError::SlowDown));
    // The interval is now five seconds longer, counted from the last poll.
    assert!(is(&ask(7), GrantError::SlowDown));
    assert!(is(&ask(22), GrantError::Pending));
    // An allowed device does not have to wait.
    decide(&fixture.act(), &alice, &device.shown, true).unwrap();
    ask(23).unwrap();
}

fn a_denied_or_expired_device_gets_no_token(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let denied = begin(&fixture, &keys, None);
    decide(&fixture.act(), &alice, &denied.shown, false).unwrap();
    assert!(is(&grant_device(&fixture.act(), &denied.grant), GrantError::Denied));
    let late = begin(&fixture, &keys, None);
    let end = NOW.plus(DEVICE_CODE_LIFETIME);
    assert!(decide(&fixture.at(end), &alice, &late.shown, true).is_err());
    decide(&fixture.act(), &alice, &late.shown, true).unwrap();
    assert!(is(&grant_device(&fixture.at(end), &late.grant), GrantError::DeviceCodeExpired));
    let refused = begin_device(&fixture.act(), &proof(client(&keys)), Some("admin"));
    assert!(matches!(refused, Err(Error::Token(TokenError::ScopeNotAllowed { .. }))));
}

/// The developer of the client changes the key set while the user reads the page.
fn a_device_gets_no_scope_that_its_user_was_not_shown(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    for (shown, expected) in [(Some("orders"), "orders"), (None, ""), (Some("orders menu wipe"), "orders menu")] {
        let device = begin(&fixture, &keys, None);
        let shown = shown.map(|scopes| postern_token::Scopes::parse(scopes.to_owned()).unwrap());
        decide_device(&fixture.act(), &alice, &device.shown, &DeviceDecision::Allowed { shown }).unwrap();
        assert_eq!(scopes(&grant_device(&fixture.act(), &device.grant).unwrap()), expected);
    }
}

fn a_device_code_is_bound_to_its_client(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys, others) = (fixture.user("alice@local"), fixture.user_keys(), fixture.keys_of_other_application());
    let device = begin(&fixture, &keys, None);
    decide(&fixture.act(), &alice, &device.shown, true).unwrap();
    let stolen = DeviceGrant { client: proof(client(&others)), ..device.grant.clone() };
    assert!(invalid(&grant_device(&fixture.act(), &stolen)));
    let stranger = ClientProof { secret: Some(secret("wrong")), ..device.grant.client.clone() };
    let refused = grant_device(&fixture.act(), &DeviceGrant { client: stranger.clone(), ..device.grant.clone() });
    assert!(matches!(refused, Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    assert!(matches!(begin_device(&fixture.act(), &stranger, None), Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    let unknown = DeviceGrant { device_code: secret(&device.shown.to_string()), ..device.grant.clone() };
    assert!(invalid(&grant_device(&fixture.act(), &unknown)));
    grant_device(&fixture.act(), &device.grant).unwrap();
}

fn a_device_is_denied_after_its_user_withdrew_or_was_locked(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let others = fixture.keys_of_other_application();
    let allowed = |keys: &GeneratedKeys| {
        let device = begin(&fixture, keys, None);
        decide(&fixture.act(), &alice, &device.shown, true).unwrap();
        device.grant
    };
    let ask = |grant: &DeviceGrant| grant_device(&fixture.act(), grant);
    let (one, elsewhere) = (allowed(&keys), allowed(&others));
    fixture.authorize(&keys, &alice);
    withdraw_grants(&fixture.act(), &fixture.session(&alice, NOW), &keys.consumer_key).unwrap();
    assert!(is(&ask(&one), GrantError::Denied));
    ask(&elsewhere).unwrap();
    let one = allowed(&keys);
    reset_password(&fixture.act(), &alice, &secret("another horse that reads")).unwrap();
    assert!(is(&ask(&one), GrantError::Denied));
    let one = allowed(&keys);
    fixture.lock(&alice);
    assert!(is(&ask(&one), GrantError::Denied));
    fixture.unlock(&alice);
    assert!(is(&ask(&one), GrantError::Denied));
    let one = allowed(&keys);
    delete_user(&fixture.act(), &alice, |_| true).unwrap();
    // A new user with the same name has allowed nothing.
    fixture.user("alice@local");
    assert!(is(&ask(&one), GrantError::Denied));
}

fn one_of_several_concurrent_polls_gets_the_tokens(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let device = begin(&fixture, &keys, None);
    let start = Barrier::new(8);
    let all_at_once = |work: &(dyn Fn() -> bool + Sync)| {
        thread::scope(|scope| {
            let each = || {
                start.wait();
                work()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(each)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).filter(|won| *won).count()
        })
    };
    let decided = all_at_once(&|| decide(&fixture.act(), &alice, &device.shown, true).is_ok());
    let got = all_at_once(&|| match grant_device(&fixture.act(), &device.grant) {
        Ok(_) => true,
        Err(Error::Grant(GrantError::Invalid(_))) => false,
        Err(error) => panic!("{error}"),
    });
    assert_eq!((decided, got), (1, 1));
    assert_eq!(fixture.database.query("SELECT count(*) FROM \"tokens@local\"").unwrap(), "1");
}
