//! Roles: an administrator may do everything, a developer may manage its own applications, an auditor may read.

use postern_token::{Algorithm, KeyType};

use super::super::*;
use super::*;
use crate::error::{ApplicationError, ConsumerKeyError, MemberError, SigningKeyError, TierError, TokenError};
use postern_model::{ApplicationId, ApplicationState, ConsumerSecretId, Owner, Role, Tier, TokenState, Validity};
use postern_secrets::MasterKey;
use postern_secrets::testing::SeededEntropy;

on_both!(
    a_developer_does_not_see_applications_of_others,
    a_developer_manages_its_own_applications,
    global_changes_need_an_administrator,
    an_auditor_reads_everything_and_changes_nothing,
    a_client_manages_nothing,
);

/// Every change of one application, with its result.
pub(super) fn changes_of_application(
    act: &Act<'_>,
    id: &ApplicationId,
    jti: &postern_model::TokenId,
) -> Vec<(&'static str, Result<(), Error>)> {
    let (api, tier) = (postern_token::ApiReference::parse("pizza/1").unwrap(), "gold".parse().unwrap());
    let secret: ConsumerSecretId = "cs_0000000000000000".parse().unwrap();
    let production = KeyType::Production;
    vec![
        ("change", change_application(act, id, ApplicationChange::default(), |_| true).map(drop)),
        ("generate", generate(act, &GenerateRequest::new(id.clone(), KeyType::Sandbox)).map(drop)),
        ("regenerate", regenerate(act, &RegenerateRequest::new(id.clone(), production)).map(drop)),
        ("change keys", change_keys(act, id, production, KeyChanges::default(), |_| true).map(drop)),
        ("create secret", create_secret(act, id, production, NewConsumerSecret::default()).map(drop)),
        ("remove secret", remove_secret(act, id, production, &secret)),
        ("revoke", revoke_token(act, jti).map(drop)),
        ("revoke all", revoke_all_tokens(act, id).map(drop)),
        ("subscribe", subscribe(act, id, &api, &tier).map(drop)),
        ("change subscription", change_subscription(act, id, &api, None, None, None).map(drop)),
        ("unsubscribe", unsubscribe(act, id, &api, |_| true).map(drop)),
        ("delete", delete_application(act, id.as_str(), |_| true).map(drop)),
    ]
}

/// Every read of one application, with its result.
pub(super) fn reads_of_application(act: &Act<'_>, id: &ApplicationId) -> Vec<(&'static str, Result<(), Error>)> {
    vec![
        ("show", show_application(act, id).map(drop)),
        ("show keys", show_keys(act, id, KeyType::Production).map(drop)),
        ("list tokens", list_tokens(act, id, None, 10).map(drop)),
    ]
}

/// Every change of something that all applications share, with its result.
fn global_changes(act: &Act<'_>, id: &ApplicationId) -> Vec<(&'static str, Result<(), Error>)> {
    let (pizza, gold) = (postern_token::ApiReference::parse("pizza/1").unwrap(), "gold".parse().unwrap());
    let kid = postern_token::Identifier::parse("unknown").unwrap();
    let other = MasterKey::generate(&SeededEntropy::new(1)).unwrap();
    let block = ApplicationChange { state: Some(ApplicationState::Blocked), ..ApplicationChange::default() };
    let give = ApplicationChange { owner: Some(None), ..ApplicationChange::default() };
    let tier = Tier { name: "platinum".parse().unwrap(), description: None, limit: None, approval: false };
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
        ("create key", new_signing_key(act, Algorithm::EdDsa).map(drop)),
        ("sign", sign_with_key(act, &kid, &[KeyType::Sandbox]).map(drop)),
        ("retire", retire_signing_key(act, &kid, true).map(drop)),
        ("master key", change_master_key(act, &other).map(drop)),
        ("edge key", create_edge_key(act, &"edge-1".parse().unwrap(), postern_model::EdgeEnvironment::Both).map(drop)),
        ("remove edge key", remove_edge_key(act, &"edge-1".parse().unwrap(), |_| true)),
        ("bundle", compose_bundle(act, None).map(drop)),
    ]
}

/// Row counts that differ after any change.
fn row_counts(fixture: &Fixture) -> String {
    let counts = ["applications", "key_sets", "consumer_secrets", "tokens", "apis", "tiers", "subscriptions", "signing_keys"];
    let counts = counts.map(|table| format!("(SELECT count(*) FROM {table})")).join(", ");
    let sql = format!("SELECT {counts}, (SELECT max(number) FROM audit), (SELECT count(*) FROM tokens WHERE state = 'active')");
    fixture.database.query(&sql).unwrap()
}

fn a_developer_does_not_see_applications_of_others(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.subscribe("pizza");
    let keys = fixture.generate();
    let (dora, rolf) = (fixture.member("dora", Role::Developer), fixture.member("rolf", Role::Developer));
    let roles = create_application(&rolf, "Rolf's".parse().unwrap()).unwrap().id;
    let others = generate(&rolf, &GenerateRequest::new(roles.clone(), KeyType::Production)).unwrap();
    let before = row_counts(&fixture);
    for (id, jti) in [(&fixture.application, &keys.token.id), (&roles, &others.token.id)] {
        for (what, result) in changes_of_application(&dora, id, jti).into_iter().chain(reads_of_application(&dora, id)) {
            match (what, result) {
                ("delete", Err(Error::Application(ApplicationError::NameNotFound(_))))
                | ("revoke", Err(Error::Token(TokenError::NotFound))) => {}
                (_, Err(Error::Application(ApplicationError::NotFound(named)))) if named == *id => {}
                (_, result) => panic!("{what}: {result:?}"),
            }
        }
    }
    assert_eq!(row_counts(&fixture), before);
    assert!(list_applications(&dora, None, 10).unwrap().is_empty());
    // The name does not reveal an application of others either.
    assert!(matches!(delete_application(&dora, "Rolf's", |_| true), Err(Error::Application(ApplicationError::NameNotFound(_)))));
    assert_eq!(list_applications(&rolf, None, 10).unwrap().len(), 1);
    assert_eq!(fixture.state(&keys.token), TokenState::Active);
}

fn a_developer_manages_its_own_applications(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.add_api("pizza");
    let dora = fixture.member("dora", Role::Developer);
    let application = create_application(&dora, "Dora's".parse().unwrap()).unwrap();
    assert_eq!(application.owner, Some(Owner::Member("dora".parse().unwrap())));
    let keys = generate(&dora, &GenerateRequest::new(application.id.clone(), KeyType::Production)).unwrap();
    for (what, result) in reads_of_application(&dora, &application.id).into_iter().chain(changes_of_application(
        &dora,
        &application.id,
        &keys.token.id,
    )) {
        match (what, result) {
            ("remove secret", Err(Error::ConsumerKey(ConsumerKeyError::SecretNotFound(_)))) | (_, Ok(())) => {}
            (_, result) => panic!("{what}: {result:?}"),
        }
    }
    // An administrator can give an application to another member, but only to an existing one.
    let shared = create_application(&dora, "Shared".parse().unwrap()).unwrap().id;
    let give = |owner: &str| {
        let owner = Some(Some(Owner::Member(owner.parse().unwrap())));
        change_application(&fixture.act(), &shared, ApplicationChange { owner, ..ApplicationChange::default() }, |_| true)
    };
    assert!(matches!(give("nobody"), Err(Error::Member(MemberError::NotFound(_)))));
    let rolf = fixture.member("rolf", Role::Developer);
    give("rolf").unwrap();
    assert!(show_application(&rolf, &shared).is_ok());
    assert!(matches!(show_application(&dora, &shared), Err(Error::Application(ApplicationError::NotFound(_)))));
}

fn global_changes_need_an_administrator(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.subscribe("pizza");
    let dora = fixture.member("dora", Role::Developer);
    let own = create_application(&dora, "Dora's".parse().unwrap()).unwrap().id;
    let before = row_counts(&fixture);
    for (what, result) in global_changes(&dora, &own) {
        assert!(matches!(result, Err(Error::Forbidden { needed: Role::Administrator })), "{what}: {result:?}");
    }
    let reads =
        [list_signing_keys(&dora).map(drop), list_edge_keys(&dora).map(drop), list_waiting_subscriptions(&dora).map(drop)];
    for refused in reads {
        assert!(matches!(refused, Err(Error::Forbidden { needed: Role::Auditor })));
    }
    assert_eq!(row_counts(&fixture), before);
    // Every member may list APIs and tiers.
    assert_eq!((list_apis(&dora).unwrap().len(), list_tiers(&dora).unwrap().len()), (1, 4));
    let adam = fixture.member("adam", Role::Administrator);
    for (what, result) in global_changes(&adam, &own) {
        let sound = match what {
            "sign" | "retire" => matches!(result, Err(Error::SigningKey(SigningKeyError::NotFound(_)))),
            "remove tier" => matches!(result, Ok(()) | Err(Error::Tier(TierError::InUse(_)))),
            // Fails because the master key was changed and this process has the old one.
            "bundle" => true,
            _ => result.is_ok(),
        };
        assert!(sound, "{what}: {result:?}");
    }
}

fn an_auditor_reads_everything_and_changes_nothing(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.subscribe("pizza");
    let keys = fixture.generate();
    let anna = fixture.member("anna", Role::Auditor);
    let before = row_counts(&fixture);
    let id = &fixture.application;
    assert!(matches!(create_application(&anna, "Anna's".parse().unwrap()), Err(Error::Forbidden { .. })));
    for (what, result) in changes_of_application(&anna, id, &keys.token.id).into_iter().chain(global_changes(&anna, id)) {
        assert!(matches!(result, Err(Error::Forbidden { .. })), "{what}: {result:?}");
    }
    assert_eq!(row_counts(&fixture), before);
    for (what, result) in reads_of_application(&anna, id) {
        assert!(result.is_ok(), "{what}: {result:?}");
    }
    assert_eq!(list_applications(&anna, None, 10).unwrap().len(), 1);
    list_signing_keys(&anna).unwrap();
    list_edge_keys(&anna).unwrap();
    load_settings(&anna).unwrap();
}

fn a_client_manages_nothing(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.subscribe("pizza");
    let keys = fixture.generate();
    let client = fixture.instance.act(postern_model::Actor::Client(keys.consumer_key.clone()));
    let before = row_counts(&fixture);
    let id = &fixture.application;
    for (what, result) in changes_of_application(&client, id, &keys.token.id).into_iter().chain(global_changes(&client, id)) {
        assert!(matches!(result, Err(Error::Forbidden { .. })), "{what}: {result:?}");
    }
    assert_eq!(row_counts(&fixture), before);
}
