//! Scopes that are bound to roles.

use super::*;
use postern_model::ScopeRule;

on_both!(
    a_bound_scope_is_granted_only_to_users_with_one_of_its_roles,
    a_removed_role_removes_its_scopes_at_the_next_refresh,
    a_new_role_does_not_widen_existing_grants,
    binding_a_scope_needs_an_administrator_and_one_valid_scope,
);

fn bind(fixture: &Fixture, scope: &str, names: &[&str]) {
    bind_scope(&fixture.act(), scope, &rule(names), |_| true).unwrap();
}

/// The rule that only users with one of these roles may have a scope.
fn rule(names: &[&str]) -> ScopeRule {
    ScopeRule { roles: roles(names), ..ScopeRule::default() }
}

fn a_bound_scope_is_granted_only_to_users_with_one_of_its_roles(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.user_keys();
    bind(&fixture, "orders", &["clerk", "manager"]);
    let (clerk, cook) = (fixture.user_with("clerk@local", &["clerk"]), fixture.user_with("cook@partners", &["cook", "Clerk"]));
    assert_eq!(scopes(&fixture.authorize(&keys, &clerk)), "orders menu");
    assert_eq!(scopes(&fixture.authorize(&keys, &cook)), "menu");
    // A request for that scope alone gets a token without scopes.
    assert_eq!(scopes(&fixture.authorize_at(&keys, &cook, Some("orders"), NOW)), "");
    let asked = prepare_authorization(&fixture.act(), &fixture.authorization_client(&keys), &cook, None).unwrap();
    assert_eq!(asked.scopes.unwrap().as_str(), "menu");
    bind(&fixture, "orders", &[]);
    assert_eq!(scopes(&fixture.authorize(&keys, &cook)), "orders menu");
    // Application tokens are not restricted by roles of users.
    bind(&fixture, "orders", &["manager"]);
    assert_eq!(fixture.grant(&keys, None, NOW).unwrap().scopes.unwrap().as_str(), "orders menu");
}

fn a_removed_role_removes_its_scopes_at_the_next_refresh(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.user_keys();
    bind(&fixture, "orders", &["clerk"]);
    let clerk = fixture.user_with("clerk@local", &["clerk"]);
    let first = fixture.authorize(&keys, &clerk);
    set_user_roles(&fixture.act(), &clerk, &[], |_| true).unwrap();
    assert!(fixture.is_live(&first));
    let second = fixture.refresh(&keys, &first, NOW).unwrap();
    assert_eq!(scopes(&second), "menu");
    let asked = RefreshGrant { scope: Some("orders".into()), ..Fixture::refresh_grant(&keys, &second) };
    let third = refresh(&fixture.act(), &asked).unwrap();
    assert_eq!(scopes(&third), "");
    set_user_roles(&fixture.act(), &clerk, &roles(&["clerk"]), |_| true).unwrap();
    assert_eq!(scopes(&fixture.refresh(&keys, &third, NOW).unwrap()), "orders menu");
}

fn a_new_role_does_not_widen_existing_grants(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.user_keys();
    bind(&fixture, "orders", &["clerk"]);
    let cook = fixture.user("cook@local");
    let by_code = fixture.authorize(&keys, &cook);
    let device = begin_device(&fixture.act(), &proof(client(&keys)), None).unwrap();
    assert_eq!(find_device(&fixture.act(), &cook, &device.user_code).unwrap().scopes.unwrap().as_str(), "menu");
    decide(&fixture.act(), &cook, &device.user_code, true).unwrap();
    set_user_roles(&fixture.act(), &cook, &roles(&["clerk"]), |_| true).unwrap();
    let asked = DeviceGrant { client: proof(client(&keys)), device_code: device.device_code, validity: None };
    let by_device = grant_device(&fixture.act(), &asked).unwrap();
    assert_eq!((scopes(&by_code), scopes(&by_device)), ("menu", "menu"));
    for token in [by_code, by_device] {
        assert_eq!(scopes(&fixture.refresh(&keys, &token, NOW).unwrap()), "menu");
    }
}

fn binding_a_scope_needs_an_administrator_and_one_valid_scope(engine: Engine) {
    let fixture = Fixture::new(engine);
    let developer = fixture.member("dora", postern_model::Role::Developer);
    assert!(matches!(bind_scope(&developer, "orders", &ScopeRule::default(), |_| true), Err(Error::Forbidden { .. })));
    for bad in ["", "a b", " a", "\"", "\u{e9}"] {
        assert!(bind_scope(&fixture.act(), bad, &rule(&["clerk"]), |_| true).is_err(), "`{bad}`");
    }
    bind(&fixture, "orders", &["b", "a", "a"]);
    let bound = list_scope_rules(&fixture.act()).unwrap();
    assert_eq!(bound.into_iter().collect::<Vec<_>>(), [("orders".to_owned(), rule(&["a", "b"]))]);
}
