//! Scopes of application tokens: who may have which.

mod former_owners;

use postern_token::{KeyType, Scopes};

use super::super::*;
use super::*;
use crate::error::{ScopeError, TokenError};
use postern_model::{ApplicationId, HolderRule, KeySet, Restrictions, Role, ScopeRule};

on_both!(
    a_scope_that_no_subscribed_api_knows_is_refused_with_those_that_exist,
    a_scope_that_can_become_valid_later_is_accepted_with_a_warning,
    a_scope_is_bound_to_roles_of_members,
    a_scope_that_needs_approval_waits_for_an_administrator,
    an_administrator_approves_only_what_it_has_read,
    rules_apply_to_keys_from_before_at_their_next_token,
    regenerating_ends_the_token_of_fewer_scopes_too,
    a_token_without_a_subscription_opens_nothing,
    a_client_that_registers_itself_gets_no_restricted_scope,
    rules_and_approvals_need_an_administrator,
);

const PIZZA: &str = r#"{"name":"pizza","version":"1","context":"/pizza","resources":[
    {"path":"/orders","scopes":["orders","orders:write"]},{"path":"/all","scopes":["orders"]}]}"#;
const STOCK: &str = r#"{"name":"stock","version":"1","context":"/stock","resources":[{"path":"/*","scopes":["stock"]}]}"#;

fn scopes(text: &str) -> Scopes<'static> {
    Scopes::parse(text.to_owned()).unwrap()
}

fn request(application: &ApplicationId, text: &str) -> GenerateRequest {
    let restrictions = Restrictions { scopes: Some(scopes(text)), ..Restrictions::default() };
    GenerateRequest { restrictions, ..GenerateRequest::new(application.clone(), KeyType::Production) }
}

/// An issuer with two APIs, of which the application is subscribed to pizza, and an application of a developer.
fn fixture(engine: Engine) -> (Fixture, ApplicationId) {
    let fixture = Fixture::new(engine);
    add_api(&fixture.act(), &api(PIZZA)).unwrap();
    add_api(&fixture.act(), &api(STOCK)).unwrap();
    let dora = fixture.member("dora", Role::Developer);
    let doras = create_application(&dora, "Dora's".parse().unwrap()).unwrap().id;
    for application in [&fixture.application, &doras] {
        subscribe(&fixture.act(), application, &pizza(), &"gold".parse().unwrap()).unwrap();
    }
    (fixture, doras)
}

fn pizza() -> postern_token::ApiReference<'static> {
    postern_token::ApiReference::parse("pizza/1").unwrap()
}

fn bind(fixture: &Fixture, scope: &str, member_roles: &[Role], approval: bool) {
    let rule = ScopeRule { holders: HolderRule { member_roles: member_roles.to_vec(), approval }, ..ScopeRule::default() };
    bind_scope(&fixture.act(), scope, &rule, |_| true).unwrap();
}

fn dora(fixture: &Fixture) -> Act<'_> {
    fixture.instance.act(postern_model::Actor::Member("dora".parse().unwrap(), Role::Developer))
}

fn change(act: &Act<'_>, application: &ApplicationId, text: &str) -> Result<KeyDetails, Error> {
    let changes = KeyChanges { scopes: Some(Some(scopes(text))), ..KeyChanges::default() };
    change_keys(act, application, KeyType::Production, changes, |_| true)
}

fn held(token: &MintedToken) -> &str {
    token.scopes.as_ref().map(Scopes::as_str).unwrap_or_default()
}

fn found(keys: &KeyDetails) -> Vec<(&str, ScopeState)> {
    keys.scopes.iter().map(|held| (held.scope.as_str(), held.state)).collect()
}

fn a_scope_that_no_subscribed_api_knows_is_refused_with_those_that_exist(engine: Engine) {
    let (fixture, doras) = fixture(engine);
    let expected = "unknown scope `orders:wrte`: the API `pizza/1` has `orders`, `orders:write`";
    let refused = generate(&dora(&fixture), &request(&doras, "orders orders:wrte")).unwrap_err();
    assert_eq!(refused.to_string(), expected);
    let keys = generate(&dora(&fixture), &request(&doras, "orders")).unwrap();
    assert!(keys.warnings.is_empty(), "{:?}", keys.warnings);
    assert_eq!(change(&dora(&fixture), &doras, "orders orders:wrte").unwrap_err().to_string(), expected);
    let again = RegenerateRequest {
        scopes: Some(Some(scopes("orders:wrte"))),
        ..RegenerateRequest::new(doras.clone(), KeyType::Production)
    };
    assert_eq!(regenerate(&dora(&fixture), &again).unwrap_err().to_string(), expected);
    // An administrator mistypes as easily.
    assert_eq!(change(&fixture.act(), &doras, "orders:wrte").unwrap_err().to_string(), expected);
    // A scope that an upstream checks can be declared.
    bind(&fixture, "orders:wrte", &[], false);
    assert_eq!(found(&change(&dora(&fixture), &doras, "orders:wrte").unwrap()), [("orders:wrte", ScopeState::Active)]);
    // A scope that a key set already has does not prevent a change, although the scope is no longer known.
    remove_scope(&fixture.act(), "orders:wrte", |_| true).unwrap();
    let kept = change(&dora(&fixture), &doras, "orders:wrte orders").unwrap();
    assert_eq!(found(&kept), [("orders:wrte", ScopeState::Unlisted), ("orders", ScopeState::Active)]);
}

fn a_scope_that_can_become_valid_later_is_accepted_with_a_warning(engine: Engine) {
    let (fixture, doras) = fixture(engine);
    let keys = generate(&dora(&fixture), &request(&doras, "orders stock")).unwrap();
    let expected = TokenWarning::NotSubscribed { scope: "stock".to_owned(), api: "stock/1".to_owned() };
    assert_eq!(keys.warnings, [expected]);
    assert_eq!(held(&keys.token), "orders stock");
    let stock = postern_token::ApiReference::parse("stock/1").unwrap();
    subscribe(&dora(&fixture), &doras, &stock, &"gold".parse().unwrap()).unwrap();
    let again = regenerate(&dora(&fixture), &RegenerateRequest::new(doras, KeyType::Production)).unwrap();
    assert!(again.warnings.is_empty(), "{:?}", again.warnings);
}

fn a_scope_is_bound_to_roles_of_members(engine: Engine) {
    let (fixture, doras) = fixture(engine);
    bind(&fixture, "orders:write", &[Role::Administrator], false);
    let expected = "the scope `orders:write` is only for applications whose owner has the role `administrator`; \
                    the owner of this application has the role `developer`";
    // For an administrator who changes the developer's keys too: it is the owner who may not have it.
    for act in [dora(&fixture), fixture.act()] {
        assert_eq!(generate(&act, &request(&doras, "orders orders:write")).unwrap_err().to_string(), expected);
    }
    generate(&dora(&fixture), &request(&doras, "orders")).unwrap();
    assert_eq!(change(&dora(&fixture), &doras, "orders:write").unwrap_err().to_string(), expected);
    // The application of the administrators may have it.
    let own = generate(&fixture.act(), &request(&fixture.application, "orders orders:write")).unwrap();
    assert_eq!(held(&own.token), "orders orders:write");
    // The owner's role counts when the token is minted.
    let promote = MemberChange { role: Some(Role::Administrator), account: None };
    change_member(&fixture.act(), &"dora".parse().unwrap(), &promote, |_| true).unwrap();
    change(&fixture.act(), &doras, "orders orders:write").unwrap();
    let mint = || regenerate(&fixture.act(), &RegenerateRequest::new(doras.clone(), KeyType::Production)).unwrap();
    assert_eq!(held(&mint().token), "orders orders:write");
    let demote = MemberChange { role: Some(Role::Developer), account: None };
    change_member(&fixture.act(), &"dora".parse().unwrap(), &demote, |_| true).unwrap();
    let less = mint();
    assert_eq!(held(&less.token), "orders");
    let warning = TokenWarning::Forbidden {
        scope: "orders:write".to_owned(),
        roles: vec![Role::Administrator],
        owner: Some(Role::Developer),
    };
    assert_eq!(less.warnings, [warning]);
    remove_member(&fixture.act(), &"dora".parse().unwrap(), |_| true).unwrap();
    assert_eq!(held(&mint().token), "orders");
}

fn a_scope_that_needs_approval_waits_for_an_administrator(engine: Engine) {
    let (fixture, doras) = fixture(engine);
    bind(&fixture, "orders:write", &[], true);
    let keys = generate(&dora(&fixture), &request(&doras, "orders:write orders")).unwrap();
    assert_eq!(held(&keys.token), "orders");
    assert_eq!(keys.warnings, [TokenWarning::Waiting { scope: "orders:write".to_owned() }]);
    let ask = |scope| fixture.grant(&keys, scope, NOW);
    assert_eq!(held(&ask(None).unwrap()), "orders");
    assert!(matches!(ask(Some("orders:write")), Err(Error::Token(TokenError::ScopeNotAllowed { .. }))));
    let waiting = list_waiting_scopes(&fixture.act()).unwrap();
    let [waiting] = waiting.as_slice() else { panic!("{waiting:?}") };
    assert_eq!((&waiting.application, waiting.key_type, waiting.scope.as_str()), (&doras, KeyType::Production, "orders:write"));
    let decide = |act: &Act<'_>, scope: &str, approved| decide_scope(act, &doras, KeyType::Production, scope, approved);
    assert!(matches!(decide(&dora(&fixture), "orders:write", true), Err(Error::Forbidden { .. })));
    assert!(matches!(decide(&fixture.act(), "stock", true), Err(Error::Scope(ScopeError::NotHeld(_)))));
    assert_eq!(decide(&fixture.act(), "orders:write", true).unwrap().state, ScopeState::Active);
    assert!(list_waiting_scopes(&fixture.act()).unwrap().is_empty());
    assert_eq!(held(&ask(None).unwrap()), "orders:write orders");
    assert_eq!(held(&ask(Some("orders:write")).unwrap()), "orders:write");
    // The approval is withdrawn, or ends with the scope.
    assert_eq!(decide(&fixture.act(), "orders:write", false).unwrap().state, ScopeState::Waiting);
    assert_eq!(held(&ask(None).unwrap()), "orders");
    decide(&fixture.act(), "orders:write", true).unwrap();
    change(&dora(&fixture), &doras, "orders").unwrap();
    let again = change(&dora(&fixture), &doras, "orders orders:write").unwrap();
    assert_eq!(found(&again), [("orders", ScopeState::Active), ("orders:write", ScopeState::Waiting)]);
    // What waits is not approved by an administrator who changes something else.
    let same = change(&fixture.act(), &doras, "orders:write orders").unwrap();
    assert!(found(&same).contains(&("orders:write", ScopeState::Waiting)), "{same:?}");
    let actions: Vec<_> = fixture.audit().into_iter().map(|entry| entry.action).collect();
    for action in ["scope.bind", "scope.approve", "scope.withdraw"] {
        assert!(actions.iter().any(|found| found == action), "{action}");
    }
}

fn an_administrator_approves_only_what_it_has_read(engine: Engine) {
    let (fixture, doras) = fixture(engine);
    bind(&fixture, "orders:write", &[], true);
    generate(&dora(&fixture), &request(&doras, "orders orders:write")).unwrap();
    let seen = show_keys(&fixture.act(), &doras, KeyType::Production).unwrap().key_set;
    // The owner removes the scope, and the administrator sends the list that it has read.
    change(&dora(&fixture), &doras, "orders").unwrap();
    let refused = change(&fixture.act(), &doras, "orders orders:write");
    assert!(matches!(&refused, Err(Error::Scope(ScopeError::VersionRequired(scope))) if scope == "orders:write"), "{refused:?}");
    let with_version = |expected: &KeySet| {
        let wanted = Some(Some(scopes("orders orders:write")));
        let changes = KeyChanges { scopes: wanted, version_named: true, ..KeyChanges::default() };
        change_keys(&fixture.act(), &doras, KeyType::Production, changes, |keys| {
            keys.key_set.restrictions.scopes == expected.restrictions.scopes
        })
    };
    assert!(matches!(with_version(&seen), Err(Error::PreconditionFailed)));
    // Neither does a new token approve it.
    let request = RegenerateRequest {
        scopes: Some(Some(scopes("orders orders:write"))),
        ..RegenerateRequest::new(doras.clone(), KeyType::Production)
    };
    assert_eq!(held(&regenerate(&fixture.act(), &request).unwrap().token), "orders");
    change(&dora(&fixture), &doras, "orders").unwrap();
    // What an administrator adds to the current version is approved.
    let now = show_keys(&fixture.act(), &doras, KeyType::Production).unwrap().key_set;
    let added = with_version(&now).unwrap();
    assert_eq!(found(&added), [("orders", ScopeState::Active), ("orders:write", ScopeState::Active)]);
    // A change that approves nothing needs no version.
    change(&fixture.act(), &doras, "orders").unwrap();
}

fn rules_apply_to_keys_from_before_at_their_next_token(engine: Engine) {
    let (fixture, doras) = fixture(engine);
    let keys = generate(&dora(&fixture), &request(&doras, "orders orders:write")).unwrap();
    assert_eq!(held(&keys.token), "orders orders:write");
    // An approval ahead of the rule leaves no gap; without it, keys that took the scope before wait like all others.
    decide_scope(&fixture.act(), &doras, KeyType::Production, "orders", true).unwrap();
    bind(&fixture, "orders", &[], true);
    bind(&fixture, "orders:write", &[], true);
    assert_eq!(held(&fixture.grant(&keys, None, NOW).unwrap()), "orders");
    assert!(matches!(fixture.grant(&keys, Some("orders:write"), NOW), Err(Error::Token(TokenError::ScopeNotAllowed { .. }))));
}

fn regenerating_ends_the_token_of_fewer_scopes_too(engine: Engine) {
    let (fixture, doras) = fixture(engine);
    bind(&fixture, "orders:write", &[], true);
    let keys = generate(&dora(&fixture), &request(&doras, "orders orders:write")).unwrap();
    fixture.never_find_current_token();
    let granted = fixture.grant(&keys, None, NOW).unwrap();
    regenerate(&dora(&fixture), &RegenerateRequest::new(doras.clone(), KeyType::Production)).unwrap();
    let records = list_tokens(&fixture.act(), &doras, None, 10).unwrap();
    let live: Vec<_> = records.iter().filter(|record| record.state == postern_model::TokenState::Active).collect();
    assert_eq!(live.len(), 1, "{records:?}");
    assert!(live[0].id != granted.id && live[0].id != keys.token.id);
}

fn a_token_without_a_subscription_opens_nothing(engine: Engine) {
    let (fixture, _) = fixture(engine);
    let lonely = create_application(&fixture.act(), "Lonely".parse().unwrap()).unwrap().id;
    let keys = generate(&fixture.act(), &request(&lonely, "ordrs")).unwrap();
    // Its scope may become valid with a subscription, but the typing error can be seen.
    let listed = |api: &str, scopes: &[&str]| (api.to_owned(), scopes.iter().map(|scope| (*scope).to_owned()).collect());
    let known = vec![listed("pizza/1", &["orders", "orders:write"]), listed("stock/1", &["stock"])];
    let unknown = TokenWarning::Unknown { scope: "ordrs".to_owned(), known };
    assert_eq!(keys.warnings, [TokenWarning::NoAccess(NoAccess::NotSubscribed), unknown]);
    subscribe(&fixture.act(), &lonely, &pizza(), &"gold".parse().unwrap()).unwrap();
    let again = regenerate(&fixture.act(), &RegenerateRequest::new(lonely.clone(), KeyType::Production)).unwrap();
    assert_eq!(again.warnings, [TokenWarning::Unlisted { scope: "ordrs".to_owned() }]);
    let block = Some(postern_model::SubscriptionState::Blocked);
    change_subscription(&fixture.act(), &lonely, &pizza(), block, None, None).unwrap();
    let blocked = regenerate(&fixture.act(), &RegenerateRequest::new(lonely, KeyType::Production)).unwrap();
    assert_eq!(blocked.warnings.first(), Some(&TokenWarning::NoAccess(NoAccess::Blocked)));
}

fn a_client_that_registers_itself_gets_no_restricted_scope(engine: Engine) {
    let (fixture, _) = fixture(engine);
    bind(&fixture, "orders:write", &[Role::Administrator], false);
    bind(&fixture, "orders", &[], true);
    // The clients will belong to the administrators, but it is a stranger who chooses the scopes.
    let new =
        NewRegistrationToken { owner: None, description: "test".parse().unwrap(), registrations: 2, expiry: Expiry::Default };
    let (record, token) = create_registration_token(&fixture.act(), &new).unwrap();
    let stranger = fixture.instance.act(postern_model::Actor::Stranger);
    let register = |text| {
        let registration = ClientRegistration {
            name: "Stranger".parse().unwrap(),
            grant_types: vec![postern_model::GrantType::ClientCredentials],
            redirect_uris: Vec::new(),
            scopes: Some(scopes(text)),
            public: false,
        };
        register_client(&stranger, &token, &registration)
    };
    let refused = register("orders:write");
    assert!(matches!(refused, Err(Error::Scope(ScopeError::Forbidden { .. }))), "{refused:?}");
    // A refused registration is not used up.
    assert_eq!(show_registration_token(&fixture.act(), &record.id).unwrap().registrations, 2);
    let client = register("orders stock").unwrap();
    assert_eq!(client.scopes.unwrap().as_str(), "stock");
    let waiting = list_waiting_scopes(&fixture.act()).unwrap();
    assert_eq!(waiting.len(), 1);
    // A scope that is bound to administrators later is not theirs either.
    bind(&fixture, "stock", &[Role::Administrator], false);
    let keys = show_keys(&fixture.act(), &waiting[0].application, KeyType::Production).unwrap();
    assert!(found(&keys).contains(&("stock", ScopeState::Forbidden)), "{keys:?}");
}

fn rules_and_approvals_need_an_administrator(engine: Engine) {
    let (fixture, doras) = fixture(engine);
    let rule = ScopeRule::default();
    let auditor = fixture.member("audrey", Role::Auditor);
    for act in [dora(&fixture), auditor.clone()] {
        assert!(matches!(bind_scope(&act, "orders", &rule, |_| true), Err(Error::Forbidden { .. })));
        assert!(matches!(remove_scope(&act, "orders", |_| true), Err(Error::Forbidden { .. })));
        assert!(matches!(decide_scope(&act, &doras, KeyType::Production, "orders", true), Err(Error::Forbidden { .. })));
    }
    assert!(list_waiting_scopes(&auditor).is_ok() && list_scope_rules(&auditor).is_ok());
    assert!(matches!(list_waiting_scopes(&dora(&fixture)), Err(Error::Forbidden { .. })));
    assert!(matches!(remove_scope(&fixture.act(), "orders", |_| true), Err(Error::Scope(ScopeError::NotFound(_)))));
}
