//! How long tokens and credentials last at most.

use postern_token::{KeyType, UnixSeconds};

use super::super::*;
use super::*;
use crate::error::{SettingsError, TokenError};
use postern_model::{MemberName, Role, Validity};

on_both!(
    a_new_issuer_forbids_tokens_that_never_expire,
    a_token_lasts_at_most_as_long_as_an_administrator_allows,
    a_lowered_maximum_shortens_the_next_tokens,
    edges_learn_of_a_changed_maximum,
    contradicting_settings_are_refused,
    credentials_last_ninety_days_unless_told_otherwise,
);

const DAY: u64 = 86400;

fn maximums(application: Option<u64>, user: Option<u64>) -> PolicyChange {
    PolicyChange { max_application_validity: Some(application), max_user_validity: Some(user), ..PolicyChange::default() }
}

fn a_new_issuer_forbids_tokens_that_never_expire(engine: Engine) {
    let fixture = Fixture::new(engine);
    let policies = load_settings(&fixture.act()).unwrap().policies;
    let found = (policies.forever_allowed, policies.max_application_validity, policies.max_user_validity);
    assert_eq!(found, (false, Some(90 * DAY), Some(DAY)));
    let forever = GenerateRequest { validity: Some(Validity::Forever), ..fixture.request() };
    let refused = generate(&fixture.act(), &forever);
    assert!(matches!(refused, Err(Error::Token(TokenError::UnlimitedValidityForbidden))), "{refused:?}");
}

fn a_token_lasts_at_most_as_long_as_an_administrator_allows(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.set_policies(maximums(Some(7200), Some(3600)));
    let keys = fixture.generate();
    let ask = |seconds| {
        let grant = ClientGrant { client: client(&keys), scope: None, validity: Some(Validity::Seconds(seconds)) };
        find_or_mint(&fixture.act(), &grant).map(|token| token.expires_in)
    };
    assert_eq!(ask(7200).unwrap(), Some(7200));
    let long = Validity::Seconds(7201);
    let change = |change| change_application(&fixture.act(), &fixture.application, change, |_| true).map(drop);
    let change_keys = |change| change_keys(&fixture.act(), &fixture.application, KeyType::Production, change, |_| true).map(drop);
    let sandbox = |request| generate(&fixture.act(), &GenerateRequest { key_type: KeyType::Sandbox, ..request }).map(drop);
    let for_users = postern_model::ForUsers { validity: Some(Validity::Seconds(3601)), ..Default::default() };
    for (what, refused, maximum) in [
        ("grant", ask(7201).map(drop), 7200),
        ("generate", sandbox(GenerateRequest { validity: Some(long), ..fixture.request() }), 7200),
        ("generate for users", sandbox(GenerateRequest { for_users, ..fixture.request() }), 3600),
        ("keys", change_keys(KeyChanges { validity: Some(long), ..KeyChanges::default() }), 7200),
        ("keys for users", change_keys(KeyChanges { user_validity: Some(for_users.validity), ..KeyChanges::default() }), 3600),
        ("application", change(ApplicationChange { application_validity: Some(long), ..Default::default() }), 7200),
        ("application for users", change(ApplicationChange { user_validity: for_users.validity, ..Default::default() }), 3600),
        (
            "regenerate",
            regenerate(&fixture.act(), &RegenerateRequest { validity: Some(long), ..fixture.regenerate_request() }).map(drop),
            7200,
        ),
    ] {
        match refused {
            Err(Error::Token(TokenError::ValidityTooLong { maximum: found, .. })) => assert_eq!(found, maximum, "{what}"),
            other => panic!("{what}: {other:?}"),
        }
    }
}

fn a_lowered_maximum_shortens_the_next_tokens(engine: Engine) {
    let fixture = Fixture::new(engine);
    let request = GenerateRequest { validity: Some(Validity::Seconds(10 * DAY)), ..fixture.request() };
    let keys = generate(&fixture.act(), &request).unwrap();
    assert_eq!(keys.token.expires_in, Some(10 * DAY));
    fixture.set_policies(maximums(Some(DAY), Some(DAY)));
    let next = fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(next.expires_in, Some(DAY));
    assert_ne!(next.id, keys.token.id);
    // The shorter one is the current one from then on.
    assert_eq!(fixture.grant(&keys, None, NOW.plus(5)).unwrap().id, next.id);
    assert_eq!(fixture.regenerate(NOW).unwrap().token.expires_in, Some(DAY));
    // Other settings of the same keys can be changed, although their validity is longer than it may be.
    let domains = KeyChanges { domains: Some(Vec::new()), ..KeyChanges::default() };
    let changed = change_keys(&fixture.act(), &fixture.application, KeyType::Production, domains, |_| true).unwrap();
    assert_eq!(changed.key_set.validity, Validity::Seconds(10 * DAY));
}

fn contradicting_settings_are_refused(engine: Engine) {
    let fixture = Fixture::new(engine);
    let forever = PolicyChange { forever_allowed: Some(true), ..PolicyChange::default() };
    for (what, change) in [
        ("forever with both maximums", forever),
        ("a maximum of 0", maximums(Some(0), None)),
        ("a maximum of 101 years", maximums(None, Some(101 * 365 * DAY))),
        ("a maximum below the default", maximums(Some(3599), None)),
        ("a maximum below the default for users", maximums(None, Some(3599))),
    ] {
        let refused = change_settings(&fixture.act(), &policies(change), |_| true);
        assert!(matches!(refused, Err(Error::Settings(SettingsError::OutOfRange { .. }))), "{what}: {refused:?}");
    }
    let refused = fixture.set_defaults(Some(Validity::Seconds(91 * DAY)), None);
    assert!(matches!(refused, Err(Error::Settings(SettingsError::OutOfRange { .. }))), "{refused:?}");
    // Without a maximum for applications, their tokens may never expire, but user tokens still must.
    fixture.set_policies(PolicyChange { max_application_validity: Some(None), ..forever });
    let request = GenerateRequest { validity: Some(Validity::Forever), ..fixture.request() };
    assert_eq!(generate(&fixture.act(), &request).unwrap().token.expires_in, None);
    let for_users = KeyChanges { user_validity: Some(Some(Validity::Forever)), ..KeyChanges::default() };
    let refused = change_keys(&fixture.act(), &fixture.application, KeyType::Production, for_users, |_| true);
    assert!(matches!(refused, Err(Error::Token(TokenError::ValidityTooLong { maximum: DAY, .. }))), "{refused:?}");
}

fn credentials_last_ninety_days_unless_told_otherwise(engine: Engine) {
    let fixture = Fixture::new(engine);
    let dora: MemberName = "dora".parse().unwrap();
    let developer = fixture.member("dora", Role::Developer);
    let description: postern_model::PersonalAccessTokenDescription = "test".parse().unwrap();
    let personal = |act: &Act<'_>, expiry| {
        let new = NewPersonalToken { member: dora.clone(), description: description.clone(), expiry };
        create_personal_token(act, &new)
    };
    let registration = |expiry| {
        let new = NewRegistrationToken { owner: None, description: description.clone(), registrations: 1, expiry };
        create_registration_token(&developer, &new).map(|(token, _)| token.expires_at)
    };
    let default = Some(NOW.plus(90 * DAY));
    for (expiry, expected) in [(Expiry::Default, default), (Expiry::Never, None), (Expiry::At(NOW.plus(5)), Some(NOW.plus(5)))] {
        assert_eq!(personal(&developer, expiry).unwrap().0.expires_at, expected, "{expiry:?}");
        assert_eq!(registration(expiry).unwrap(), expected, "{expiry:?}");
    }
    assert!(matches!(registration(Expiry::At(NOW)), Err(Error::ExpiryInThePast)));
    // A default that is longer than the creating token is cut.
    let (_, secret) = personal(&developer, Expiry::At(NOW.plus(60))).unwrap();
    let brief = developer.clone().authenticated_by(Credential::PersonalToken(postern_secrets::HashedSecret::of(&secret)));
    assert_eq!(personal(&brief, Expiry::Default).unwrap().0.expires_at, Some(UnixSeconds(NOW.0 + 60)));
    assert!(matches!(personal(&brief, Expiry::Never), Err(Error::Member(MemberError::OutlivesItsCreator))));
}

fn edges_learn_of_a_changed_maximum(engine: Engine) {
    let fixture = Fixture::new(engine);
    let read = || {
        let bundle = compose_bundle(&fixture.act(), None).unwrap();
        (bundle.max_validity.map(|max| (max.application, max.user)), bundle.revision.unwrap())
    };
    fixture.set_policies(maximums(Some(7200), Some(3600)));
    let (maximum, revision) = read();
    assert_eq!(maximum, Some((Some(7200), Some(3600))));
    fixture.set_policies(maximums(Some(7200), Some(3600)));
    assert_eq!(read(), (maximum, revision), "nothing has changed");
    fixture.set_policies(maximums(Some(7201), Some(3600)));
    assert_eq!(read(), (Some((Some(7201), Some(3600))), revision + 1));
    fixture.set_policies(maximums(None, None));
    assert_eq!(read(), (None, revision + 2));
}
