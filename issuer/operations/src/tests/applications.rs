//! Applications: blocking, validities, policies, preconditions and pagination.

use postern_token::KeyType;

use super::super::*;
use super::*;
use crate::error::{ApplicationError, SettingsError, TokenError};
use postern_model::{ApplicationState, TokenState, Validities, Validity};

on_both!(
    blocking_revokes_tokens_and_refuses_new_ones,
    a_validity_comes_from_the_request_or_the_key_set_or_the_default,
    tokens_that_never_expire_can_be_forbidden,
    a_change_based_on_an_old_version_is_refused,
    invalid_policies_are_refused,
    applications_are_paginated_oldest_first,
);

impl Fixture {
    fn set_state(&self, state: ApplicationState) -> RevokedTokens {
        let change = ApplicationChange { state: Some(state), ..ApplicationChange::default() };
        change_application(&self.act(), &self.application, change, |_| true).unwrap().1
    }
}

fn blocking_revokes_tokens_and_refuses_new_ones(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let granted = fixture.grant(&keys, Some("menu"), NOW).unwrap();
    assert!(introspect(&fixture.act(), &client(&keys), &presented(&granted)).unwrap().is_some());
    assert_eq!(fixture.set_state(ApplicationState::Blocked).count, 2);
    assert!(fixture.states().iter().all(|(_, state)| *state == TokenState::Revoked));
    assert!(introspect(&fixture.act(), &client(&keys), &presented(&granted)).unwrap().is_none());
    for scope in [None, Some("menu")] {
        assert!(matches!(fixture.grant(&keys, scope, NOW), Err(Error::Application(ApplicationError::Blocked(_)))));
    }
    assert!(matches!(fixture.regenerate(NOW), Err(Error::Application(ApplicationError::Blocked(_)))));
    let sandbox = GenerateRequest { key_type: KeyType::Sandbox, ..fixture.request() };
    assert!(matches!(generate(&fixture.act(), &sandbox), Err(Error::Application(ApplicationError::Blocked(_)))));
    // Blocking again changes nothing.
    assert_eq!(fixture.set_state(ApplicationState::Blocked).count, 0);
    assert_eq!(fixture.tokens().len(), 2);

    fixture.set_state(ApplicationState::Active);
    let new = fixture.grant(&keys, None, NOW).unwrap();
    assert!(introspect(&fixture.act(), &client(&keys), &presented(&new)).unwrap().is_some());
    // Revoked tokens stay revoked.
    assert!(introspect(&fixture.act(), &client(&keys), &presented(&granted)).unwrap().is_none());
}

fn a_validity_comes_from_the_request_or_the_key_set_or_the_default(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.allow_forever();
    let act = fixture.act();
    assert_eq!(fixture.generate().token.expires_in, Some(3600));
    fixture.set_defaults(Some(Validity::Seconds(100)), Some(Validity::Seconds(200))).unwrap();
    // The defaults are for new applications.
    assert_eq!(fixture.regenerate(NOW).unwrap().token.expires_in, Some(3600));
    let new = create_application(&act, "New".parse().unwrap()).unwrap();
    assert_eq!(new.validities, Validities { application: Validity::Seconds(100), user: Validity::Seconds(200) });
    let request = GenerateRequest { application: new.id.clone(), ..fixture.request() };
    let keys = generate(&act, &request).unwrap();
    assert_eq!(keys.token.expires_in, Some(100));
    let sandbox = GenerateRequest { key_type: KeyType::Sandbox, validity: Some(Validity::Seconds(50)), ..request };
    assert_eq!(generate(&act, &sandbox).unwrap().token.expires_in, Some(50));
    let asked = |validity| {
        let grant = ClientGrant { client: client(&keys), scope: Some("menu".into()), validity };
        find_or_mint(&act, &grant).unwrap().expires_in
    };
    assert_eq!(asked(None), Some(100));
    assert_eq!(asked(Some(Validity::Seconds(7))), Some(7));
    assert_eq!(asked(Some(Validity::Forever)), None);
    let changes = KeyChanges { validity: Some(Validity::Seconds(9)), ..KeyChanges::default() };
    change_keys(&act, &new.id, KeyType::Production, changes, |_| true).unwrap();
    assert_eq!(asked(None), Some(9));
    // The validity of an application is for new key sets.
    let change = ApplicationChange { application_validity: Some(Validity::Seconds(5)), ..ApplicationChange::default() };
    change_application(&act, &new.id, change, |_| true).unwrap();
    assert_eq!(asked(None), Some(9));
}

fn tokens_that_never_expire_can_be_forbidden(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.allow_forever();
    let act = fixture.act();
    let keys = generate(&act, &GenerateRequest { validity: Some(Validity::Forever), ..fixture.request() }).unwrap();
    let forbid = PolicyChange { forever_allowed: Some(false), ..PolicyChange::default() };
    fixture.set_defaults(None, Some(Validity::Forever)).unwrap();
    assert!(matches!(change_settings(&act, &policies(forbid), |_| true), Err(Error::Settings(SettingsError::OutOfRange { .. }))));
    fixture.set_defaults(None, Some(Validity::Seconds(60))).unwrap();
    change_settings(&act, &policies(forbid), |_| true).unwrap();
    let refusals = [
        fixture.set_defaults(Some(Validity::Forever), None).err(),
        change_application(
            &act,
            &fixture.application,
            ApplicationChange { user_validity: Some(Validity::Forever), ..ApplicationChange::default() },
            |_| true,
        )
        .err(),
        generate(&act, &GenerateRequest { key_type: KeyType::Sandbox, validity: Some(Validity::Forever), ..fixture.request() })
            .err(),
        change_keys(
            &act,
            &fixture.application,
            KeyType::Production,
            KeyChanges { validity: Some(Validity::Forever), ..KeyChanges::default() },
            |_| true,
        )
        .err(),
        // The key set from before has an unlimited validity.
        fixture.grant(&keys, None, NOW).err(),
        fixture.grant(&keys, Some("menu"), NOW).err(),
        fixture.regenerate(NOW).err(),
        find_or_mint(&act, &ClientGrant { client: client(&keys), scope: None, validity: Some(Validity::Forever) }).err(),
    ];
    for (number, refused) in refusals.into_iter().enumerate() {
        assert!(matches!(refused, Some(Error::Token(TokenError::UnlimitedValidityForbidden))), "{number}: {refused:?}");
    }
    assert_eq!(fixture.tokens().len(), 1);
    let brief = ClientGrant { client: client(&keys), scope: None, validity: Some(Validity::Seconds(60)) };
    assert_eq!(find_or_mint(&act, &brief).unwrap().expires_in, Some(60));
}

fn a_change_based_on_an_old_version_is_refused(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.generate();
    let act = fixture.act();
    let renamed = ApplicationChange { name: Some("Renamed".parse().unwrap()), ..ApplicationChange::default() };
    let refused = change_application(&act, &fixture.application, renamed.clone(), |before| before.name.as_str() == "Other");
    assert!(matches!(refused, Err(Error::PreconditionFailed)));
    let keys = change_keys(&act, &fixture.application, KeyType::Production, KeyChanges::default(), |_| false);
    assert!(matches!(keys, Err(Error::PreconditionFailed)));
    assert!(matches!(change_settings(&act, &policies(PolicyChange::default()), |_| false), Err(Error::PreconditionFailed)));
    assert!(matches!(
        change_tier(&act, &"gold".parse().unwrap(), TierChange::default(), |_| false),
        Err(Error::PreconditionFailed)
    ));
    let api = fixture.subscribe("pizza");
    assert!(matches!(change_api(&act, &api, ApiChange::default(), |_| false), Err(Error::PreconditionFailed)));
    let subscription =
        change_subscription(&act, &fixture.application, &api, None, Some("silver".parse().unwrap()), Some(&|_| false));
    assert!(matches!(subscription, Err(Error::PreconditionFailed)));
    let (changed, _) = change_application(&act, &fixture.application, renamed, |before| before.name.as_str() == "App").unwrap();
    assert_eq!(changed.name.as_str(), "Renamed");
    assert_eq!(show_application(&act, &fixture.application).unwrap().application, changed);
}

fn invalid_policies_are_refused(engine: Engine) {
    let fixture = Fixture::new(engine);
    let before = load_settings(&fixture.act()).unwrap();
    for wrong in [
        PolicyChange { renew_below_percent: Some(101), ..PolicyChange::default() },
        PolicyChange { key_rotation: Some(Some(3599)), key_publish_ahead: Some(0), ..PolicyChange::default() },
        PolicyChange { key_rotation: Some(Some(7200)), key_publish_ahead: Some(7200), ..PolicyChange::default() },
    ] {
        let refused = change_settings(&fixture.act(), &policies(wrong), |_| true);
        assert!(matches!(refused, Err(Error::Settings(SettingsError::OutOfRange { .. }))), "{wrong:?}");
    }
    assert_eq!(load_settings(&fixture.act()).unwrap(), before);
    let change = PolicyChange { key_rotation: Some(Some(7200)), key_publish_ahead: Some(600), ..PolicyChange::default() };
    let after = change_settings(&fixture.act(), &policies(change), |settings| *settings == before).unwrap();
    assert_eq!(load_settings(&fixture.act()).unwrap(), after);
    assert_eq!((after.policies.key_rotation, after.policies.key_publish_ahead), (Some(7200), 600));
}

fn applications_are_paginated_oldest_first(engine: Engine) {
    let fixture = Fixture::new(engine);
    let mut ids = vec![fixture.application.clone()];
    for name in ["B", "C", "D"] {
        ids.push(create_application(&fixture.act(), name.parse().unwrap()).unwrap().id);
    }
    let page = |after, limit| -> Vec<_> {
        let listed = list_applications(&fixture.act(), after, limit).unwrap();
        listed.into_iter().map(|details| details.application.id).collect()
    };
    assert_eq!(page(None, 2), ids[..2]);
    assert_eq!(page(Some(&ids[1]), 2), ids[2..]);
    assert_eq!(page(Some(&ids[3]), 2), []);
    delete_application(&fixture.act(), ids[1].as_str(), |_| true).unwrap();
    // Pagination continues after an application that was deleted.
    assert_eq!(page(Some(&ids[1]), 2), ids[2..]);
    let keys = fixture.generate();
    fixture.never_find_current_token();
    for _ in 0..3 {
        fixture.grant(&keys, None, NOW).unwrap();
    }
    let all = fixture.tokens();
    let next = list_tokens(&fixture.act(), &fixture.application, Some(&all[1].id), 2).unwrap();
    assert_eq!(next, all[2..4]);
}
