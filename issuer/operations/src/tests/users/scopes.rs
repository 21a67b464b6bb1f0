//! Scopes that are bound to roles.

use super::*;

on_both!(
    a_bound_scope_is_given_with_one_of_its_roles,
    a_role_that_is_lost_takes_its_scopes_along_at_the_next_refresh,
    a_role_that_is_new_gives_no_grant_more_than_it_was_given_for,
    a_scope_is_bound_by_an_administrator_and_one_at_a_time,
);

fn bind(fixture: &Fixture, scope: &str, names: &[&str]) {
    bind_scope(&fixture.act(), scope, &roles(names), |_| true).unwrap();
}

fn a_bound_scope_is_given_with_one_of_its_roles(on: On) {
    let fixture = Fixture::new(on);
    let keys = fixture.user_keys();
    bind(&fixture, "orders", &["clerk", "manager"]);
    let (clerk, cook) = (fixture.user_with("clerk@local", &["clerk"]), fixture.user_with("cook@partners", &["cook", "Clerk"]));
    assert_eq!(scopes(&fixture.given(&keys, &clerk)), "orders menu");
    assert_eq!(scopes(&fixture.given(&keys, &cook)), "menu");
    // Who asks for that scope alone gets a token without any.
    assert_eq!(scopes(&fixture.given_at(&keys, &cook, Some("orders"), NOW)), "");
    let asked = prepare_authorization(&fixture.act(), &fixture.authorization_client(&keys), &cook, None).unwrap();
    assert_eq!(asked.scopes.unwrap().as_str(), "menu");
    bind(&fixture, "orders", &[]);
    assert_eq!(scopes(&fixture.given(&keys, &cook)), "orders menu");
    // An application's own tokens have no roles.
    bind(&fixture, "orders", &["manager"]);
    assert_eq!(fixture.grant(&keys, None, NOW).unwrap().scopes.unwrap().as_str(), "orders menu");
}

fn a_role_that_is_lost_takes_its_scopes_along_at_the_next_refresh(on: On) {
    let fixture = Fixture::new(on);
    let keys = fixture.user_keys();
    bind(&fixture, "orders", &["clerk"]);
    let clerk = fixture.user_with("clerk@local", &["clerk"]);
    let first = fixture.given(&keys, &clerk);
    set_user_roles(&fixture.act(), &clerk, &[], |_| true).unwrap();
    assert!(fixture.lives(&first));
    let second = fixture.refresh(&keys, &first, NOW).unwrap();
    assert_eq!(scopes(&second), "menu");
    let asked = RefreshGrant { scope: Some("orders".into()), ..Fixture::refresh_grant(&keys, &second) };
    let third = refresh(&fixture.act(), &asked).unwrap();
    assert_eq!(scopes(&third), "");
    set_user_roles(&fixture.act(), &clerk, &roles(&["clerk"]), |_| true).unwrap();
    assert_eq!(scopes(&fixture.refresh(&keys, &third, NOW).unwrap()), "orders menu");
}

fn a_role_that_is_new_gives_no_grant_more_than_it_was_given_for(on: On) {
    let fixture = Fixture::new(on);
    let keys = fixture.user_keys();
    bind(&fixture, "orders", &["clerk"]);
    let cook = fixture.user("cook@local");
    let by_code = fixture.given(&keys, &cook);
    let device = begin_device(&fixture.act(), &proof(client(&keys)), None).unwrap();
    assert_eq!(find_device(&fixture.act(), &cook, &device.user_code).unwrap().scopes.unwrap().as_str(), "menu");
    decide_device(&fixture.act(), &cook, &device.user_code, true).unwrap();
    set_user_roles(&fixture.act(), &cook, &roles(&["clerk"]), |_| true).unwrap();
    let asked = DeviceGrant { client: proof(client(&keys)), device_code: device.device_code, validity: None };
    let by_device = grant_device(&fixture.act(), &asked).unwrap();
    assert_eq!((scopes(&by_code), scopes(&by_device)), ("menu", "menu"));
    for token in [by_code, by_device] {
        assert_eq!(scopes(&fixture.refresh(&keys, &token, NOW).unwrap()), "menu");
    }
}

fn a_scope_is_bound_by_an_administrator_and_one_at_a_time(on: On) {
    let fixture = Fixture::new(on);
    let developer = fixture.member("dora", postern_model::Role::Developer);
    assert!(matches!(bind_scope(&developer, "orders", &[], |_| true), Err(Error::Forbidden { .. })));
    for bad in ["", "a b", " a", "\"", "\u{e9}"] {
        assert!(bind_scope(&fixture.act(), bad, &roles(&["clerk"]), |_| true).is_err(), "`{bad}`");
    }
    bind(&fixture, "orders", &["b", "a", "a"]);
    let bound = list_scope_roles(&fixture.act()).unwrap();
    assert_eq!(bound.into_iter().collect::<Vec<_>>(), [("orders".to_owned(), roles(&["a", "b"]))]);
}
