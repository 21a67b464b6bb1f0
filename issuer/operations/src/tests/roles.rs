//! Who may do what: an administrator everything, a developer everything with applications of their own, an auditor look.

use postern_token::{Algorithm, KeyType};

use super::super::*;
use super::*;
use crate::error::{ApplicationError, ConsumerKeyError, MemberError, SigningKeyError, TierError, TokenError};
use postern_model::{ApplicationId, ApplicationState, ConsumerSecretId, Role, Tier, TokenState, Validity};
use postern_secrets::MasterKey;
use postern_secrets::testing::SeededEntropy;

on_both!(
    to_a_developer_foreign_applications_are_not_there,
    a_developer_does_everything_with_an_application_of_their_own,
    what_concerns_all_is_for_administrators,
    an_auditor_sees_everything_and_changes_nothing,
    a_client_manages_nothing,
);

/// Everything that is done to one application, and what came of each.
fn deeds(act: &Act<'_>, id: &ApplicationId, jti: &postern_model::TokenId) -> Vec<(&'static str, Result<(), Error>)> {
    let (api, tier) = (postern_token::ApiReference::parse("pizza/1").unwrap(), "gold".parse().unwrap());
    let secret: ConsumerSecretId = "cs_0000000000000000".parse().unwrap();
    let production = KeyType::Production;
    vec![
        ("change", change_application(act, id, ApplicationChange::default(), |_| true).map(drop)),
        ("generate", generate(act, &GenerateRequest::new(id.clone(), KeyType::Sandbox)).map(drop)),
        ("regenerate", regenerate(act, &RegenerateRequest::new(id.clone(), production)).map(drop)),
        ("change keys", change_keys(act, id, production, KeyChanges::default(), |_| true).map(drop)),
        ("create secret", create_secret(act, id, production, None).map(drop)),
        ("remove secret", remove_secret(act, id, production, &secret)),
        ("revoke", revoke_token(act, jti).map(drop)),
        ("revoke all", revoke_all_tokens(act, id).map(drop)),
        ("subscribe", subscribe(act, id, &api, &tier).map(drop)),
        ("change subscription", change_subscription(act, id, &api, None, None, None).map(drop)),
        ("unsubscribe", unsubscribe(act, id, &api, |_| true).map(drop)),
        ("delete", delete_application(act, id.as_str(), |_| true).map(drop)),
    ]
}

/// Everything that is looked at of one application.
fn looks(act: &Act<'_>, id: &ApplicationId) -> Vec<(&'static str, Result<(), Error>)> {
    vec![
        ("show", show_application(act, id).map(drop)),
        ("show keys", show_keys(act, id, KeyType::Production).map(drop)),
        ("list tokens", list_tokens(act, id, None, 10).map(drop)),
    ]
}

/// Everything that concerns all.
fn deeds_for_all(act: &Act<'_>, id: &ApplicationId) -> Vec<(&'static str, Result<(), Error>)> {
    let (pizza, gold) = (postern_token::ApiReference::parse("pizza/1").unwrap(), "gold".parse().unwrap());
    let kid = postern_token::Identifier::parse("unknown").unwrap();
    let other = MasterKey::generate(&SeededEntropy::new(1)).unwrap();
    let block = ApplicationChange { state: Some(ApplicationState::Blocked), ..ApplicationChange::default() };
    let give = ApplicationChange { owner: Some(None), ..ApplicationChange::default() };
    let tier = Tier { name: "platinum".parse().unwrap(), description: None, limit: None };
    vec![
        ("block", change_application(act, id, block, |_| true).map(drop)),
        ("give away", change_application(act, id, give, |_| true).map(drop)),
        ("add api", add_api(act, &api(r#"{"name":"a","version":"1","context":"/a"}"#))),
        ("change api", change_api(act, &pizza, ApiChange::default(), |_| true).map(drop)),
        ("remove api", remove_api(act, &pizza, true, |_| true).map(drop)),
        ("add tier", add_tier(act, &tier)),
        ("change tier", change_tier(act, &gold, TierChange::default(), |_| true).map(drop)),
        ("remove tier", remove_tier(act, &gold, |_| true)),
        ("policies", change_settings(act, &policies(PolicyChange::default()), |_| true).map(drop)),
        ("defaults", change_settings(act, &defaults(Some(Validity::Seconds(1)), None), |_| true).map(drop)),
        ("create key", made_signing_key(act, Algorithm::EdDsa).map(drop)),
        ("sign", sign_with_key(act, &kid, &[KeyType::Sandbox]).map(drop)),
        ("retire", retire_signing_key(act, &kid, true).map(drop)),
        ("master key", change_master_key(act, &other).map(drop)),
        ("edge key", create_edge_key(act, &"edge-1".parse().unwrap(), postern_model::EdgeEnvironment::Both).map(drop)),
        ("remove edge key", remove_edge_key(act, &"edge-1".parse().unwrap(), |_| true)),
        ("bundle", compose_bundle(act, None).map(drop)),
    ]
}

/// What tells whether anything has changed.
fn traces(fixture: &Fixture) -> String {
    let counts = ["applications", "key_sets", "consumer_secrets", "tokens", "apis", "tiers", "subscriptions", "signing_keys"];
    let counts = counts.map(|table| format!("(SELECT count(*) FROM {table})")).join(", ");
    let sql = format!("SELECT {counts}, (SELECT max(number) FROM audit), (SELECT count(*) FROM tokens WHERE state = 'active')");
    fixture.place.query(&sql).unwrap()
}

fn to_a_developer_foreign_applications_are_not_there(on: On) {
    let fixture = Fixture::new(on);
    fixture.subscribe("pizza");
    let keys = fixture.generate();
    let (dora, rolf) = (fixture.member("dora", Role::Developer), fixture.member("rolf", Role::Developer));
    let roles = create_application(&rolf, "Rolf's".parse().unwrap()).unwrap().id;
    let others = generate(&rolf, &GenerateRequest::new(roles.clone(), KeyType::Production)).unwrap();
    let before = traces(&fixture);
    for (id, jti) in [(&fixture.application, &keys.token.id), (&roles, &others.token.id)] {
        for (what, result) in deeds(&dora, id, jti).into_iter().chain(looks(&dora, id)) {
            match (what, result) {
                ("delete", Err(Error::Application(ApplicationError::NameNotFound(_))))
                | ("revoke", Err(Error::Token(TokenError::NotFound))) => {}
                (_, Err(Error::Application(ApplicationError::NotFound(named)))) if named == *id => {}
                (_, result) => panic!("{what}: {result:?}"),
            }
        }
    }
    assert_eq!(traces(&fixture), before);
    assert!(list_applications(&dora, None, 10).unwrap().is_empty());
    // Nor is the name of one a way to it.
    assert!(matches!(delete_application(&dora, "Rolf's", |_| true), Err(Error::Application(ApplicationError::NameNotFound(_)))));
    assert_eq!(list_applications(&rolf, None, 10).unwrap().len(), 1);
    assert_eq!(fixture.state(&keys.token), TokenState::Active);
}

fn a_developer_does_everything_with_an_application_of_their_own(on: On) {
    let fixture = Fixture::new(on);
    fixture.add_api("pizza");
    let dora = fixture.member("dora", Role::Developer);
    let application = create_application(&dora, "Dora's".parse().unwrap()).unwrap();
    assert_eq!(application.owner.as_ref().map(postern_model::MemberName::as_str), Some("dora"));
    let keys = generate(&dora, &GenerateRequest::new(application.id.clone(), KeyType::Production)).unwrap();
    for (what, result) in looks(&dora, &application.id).into_iter().chain(deeds(&dora, &application.id, &keys.token.id)) {
        match (what, result) {
            ("remove secret", Err(Error::ConsumerKey(ConsumerKeyError::SecretNotFound(_)))) | (_, Ok(())) => {}
            (_, result) => panic!("{what}: {result:?}"),
        }
    }
    // An administrator gives an application to another member, and to nobody that there is not.
    let shared = create_application(&dora, "Shared".parse().unwrap()).unwrap().id;
    let give = |owner: &str| {
        let owner = Some(Some(owner.parse().unwrap()));
        change_application(&fixture.act(), &shared, ApplicationChange { owner, ..ApplicationChange::default() }, |_| true)
    };
    assert!(matches!(give("nobody"), Err(Error::Member(MemberError::NotFound(_)))));
    let rolf = fixture.member("rolf", Role::Developer);
    give("rolf").unwrap();
    assert!(show_application(&rolf, &shared).is_ok());
    assert!(matches!(show_application(&dora, &shared), Err(Error::Application(ApplicationError::NotFound(_)))));
}

fn what_concerns_all_is_for_administrators(on: On) {
    let fixture = Fixture::new(on);
    fixture.subscribe("pizza");
    let dora = fixture.member("dora", Role::Developer);
    let own = create_application(&dora, "Dora's".parse().unwrap()).unwrap().id;
    let before = traces(&fixture);
    for (what, result) in deeds_for_all(&dora, &own) {
        assert!(matches!(result, Err(Error::Forbidden { needed: Role::Administrator })), "{what}: {result:?}");
    }
    let looks =
        [list_signing_keys(&dora).map(drop), list_edge_keys(&dora).map(drop), list_waiting_subscriptions(&dora).map(drop)];
    for refused in looks {
        assert!(matches!(refused, Err(Error::Forbidden { needed: Role::Auditor })));
    }
    assert_eq!(traces(&fixture), before);
    // What to choose from is for everybody.
    assert_eq!((list_apis(&dora).unwrap().len(), list_tiers(&dora).unwrap().len()), (1, 4));
    let adam = fixture.member("adam", Role::Administrator);
    for (what, result) in deeds_for_all(&adam, &own) {
        let sound = match what {
            "sign" | "retire" => matches!(result, Err(Error::SigningKey(SigningKeyError::NotFound(_)))),
            "remove tier" => matches!(result, Ok(()) | Err(Error::Tier(TierError::InUse(_)))),
            // The master key was changed, and this process has the old one.
            "bundle" => true,
            _ => result.is_ok(),
        };
        assert!(sound, "{what}: {result:?}");
    }
}

fn an_auditor_sees_everything_and_changes_nothing(on: On) {
    let fixture = Fixture::new(on);
    fixture.subscribe("pizza");
    let keys = fixture.generate();
    let anna = fixture.member("anna", Role::Auditor);
    let before = traces(&fixture);
    let id = &fixture.application;
    assert!(matches!(create_application(&anna, "Anna's".parse().unwrap()), Err(Error::Forbidden { .. })));
    for (what, result) in deeds(&anna, id, &keys.token.id).into_iter().chain(deeds_for_all(&anna, id)) {
        assert!(matches!(result, Err(Error::Forbidden { .. })), "{what}: {result:?}");
    }
    assert_eq!(traces(&fixture), before);
    for (what, result) in looks(&anna, id) {
        assert!(result.is_ok(), "{what}: {result:?}");
    }
    assert_eq!(list_applications(&anna, None, 10).unwrap().len(), 1);
    list_signing_keys(&anna).unwrap();
    list_edge_keys(&anna).unwrap();
    load_settings(&anna).unwrap();
}

fn a_client_manages_nothing(on: On) {
    let fixture = Fixture::new(on);
    fixture.subscribe("pizza");
    let keys = fixture.generate();
    let client = fixture.instance.act(postern_model::Actor::Client(keys.consumer_key.clone()));
    let before = traces(&fixture);
    let id = &fixture.application;
    for (what, result) in deeds(&client, id, &keys.token.id).into_iter().chain(deeds_for_all(&client, id)) {
        assert!(matches!(result, Err(Error::Forbidden { .. })), "{what}: {result:?}");
    }
    assert_eq!(traces(&fixture), before);
}
