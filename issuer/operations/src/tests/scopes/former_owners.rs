//! Scopes of applications whose owner has changed or was removed: the former owner still knows their secrets.

use super::*;

on_both!(
    secrets_of_former_owners_and_strangers_get_no_scope_of_administrators,
    an_approval_ends_with_the_scope_of_a_removed_owner,
    an_application_of_a_removed_administrator_has_the_scopes_of_a_developer,
    a_new_owner_removes_scopes_that_the_owner_may_not_have,
);

fn remove(fixture: &Fixture, member: &str) {
    remove_member(&fixture.act(), &member.parse().unwrap(), |_| true).unwrap();
}

fn give(fixture: &Fixture, application: &ApplicationId, owner: Option<&str>) {
    let owner = Some(owner.map(|owner| postern_model::Owner::Member(owner.parse().unwrap())));
    let change = ApplicationChange { owner, ..ApplicationChange::default() };
    change_application(&fixture.act(), application, change, |_| true).unwrap();
}

fn states(fixture: &Fixture, application: &ApplicationId) -> Vec<(String, ScopeState)> {
    let keys = show_keys(&fixture.act(), application, KeyType::Production).unwrap();
    keys.scopes.into_iter().map(|held| (held.scope, held.state)).collect()
}

fn active(scope: &str) -> (String, ScopeState) {
    (scope.to_owned(), ScopeState::Active)
}

fn secrets_of_former_owners_and_strangers_get_no_scope_of_administrators(engine: Engine) {
    let (fixture, doras) = fixture(engine);
    let keys = generate(&dora(&fixture), &request(&doras, "orders orders:write")).unwrap();
    remove_member(&fixture.act(), &"dora".parse().unwrap(), |_| true).unwrap();
    fixture.never_find_current_token();
    assert_eq!(held(&fixture.grant(&keys, None, NOW).unwrap()), "orders orders:write");
    bind(&fixture, "orders:write", &[Role::Administrator], false);
    assert_eq!(held(&fixture.grant(&keys, None, NOW).unwrap()), "orders");
    // What the former owner's role allows stays.
    bind(&fixture, "orders", &[Role::Administrator, Role::Developer], false);
    assert_eq!(held(&fixture.grant(&keys, None, NOW).unwrap()), "orders");
    // An administrator who renames the application does not take it yet.
    let change = |change| drop(change_application(&fixture.act(), &doras, change, |_| true).unwrap());
    change(ApplicationChange { name: Some("Renamed".parse().unwrap()), ..ApplicationChange::default() });
    assert_eq!(held(&fixture.grant(&keys, None, NOW).unwrap()), "orders");
    change(ApplicationChange { owner: Some(None), ..ApplicationChange::default() });
    assert_eq!(held(&fixture.grant(&keys, None, NOW).unwrap()), "orders orders:write");
}

fn an_approval_ends_with_the_scope_of_a_removed_owner(engine: Engine) {
    let (fixture, doras) = fixture(engine);
    bind(&fixture, "orders:write", &[], true);
    generate(&dora(&fixture), &request(&doras, "orders orders:write")).unwrap();
    decide_scope(&fixture.act(), &doras, KeyType::Production, "orders:write", true).unwrap();
    bind(&fixture, "orders:write", &[Role::Administrator], true);
    remove(&fixture, "dora");
    assert_eq!(states(&fixture, &doras), [active("orders")]);
    // Under a laxer rule, the next owner asks for it again.
    bind(&fixture, "orders:write", &[], true);
    fixture.member("dave", Role::Developer);
    give(&fixture, &doras, Some("dave"));
    let dave = fixture.instance.act(postern_model::Actor::Member("dave".parse().unwrap(), Role::Developer));
    let again = change(&dave, &doras, "orders orders:write").unwrap();
    assert_eq!(found(&again), [("orders", ScopeState::Active), ("orders:write", ScopeState::Waiting)]);
}

fn an_application_of_a_removed_administrator_has_the_scopes_of_a_developer(engine: Engine) {
    let (fixture, _) = fixture(engine);
    bind(&fixture, "orders:write", &[Role::Administrator], false);
    bind(&fixture, "orders", &[Role::Administrator, Role::Developer], false);
    let adam = fixture.member("adam", Role::Administrator);
    let adams = create_application(&adam, "Adam's".parse().unwrap()).unwrap().id;
    give(&fixture, &adams, Some("adam"));
    subscribe(&fixture.act(), &adams, &pizza(), &"gold".parse().unwrap()).unwrap();
    let keys = generate(&adam, &request(&adams, "orders orders:write stock")).unwrap();
    fixture.never_find_current_token();
    assert_eq!(held(&fixture.grant(&keys, None, NOW).unwrap()), "orders orders:write stock");
    // An administrator can remove itself.
    fixture.member("eve", Role::Administrator);
    remove_member(&adam, &"adam".parse().unwrap(), |_| true).unwrap();
    assert_eq!(held(&fixture.grant(&keys, None, NOW).unwrap()), "orders stock");
    let details: Vec<_> = fixture.audit().into_iter().filter_map(|entry| entry.details).collect();
    assert!(details.contains(&serde_json::json!({ "scopes_removed": ["orders:write"] })), "{details:?}");
    // Neither a later rule nor a member of the same name gives it any.
    bind(&fixture, "stock", &[Role::Administrator], false);
    fixture.member("adam", Role::Administrator);
    assert_eq!(held(&fixture.grant(&keys, None, NOW).unwrap()), "orders");
    give(&fixture, &adams, None);
    assert_eq!(states(&fixture, &adams), [active("orders"), active("stock")], "what was removed stays removed");
}

fn a_new_owner_removes_scopes_that_the_owner_may_not_have(engine: Engine) {
    let (fixture, doras) = fixture(engine);
    bind(&fixture, "orders:write", &[Role::Administrator], true);
    give(&fixture, &doras, None);
    let keys = generate(&fixture.act(), &request(&doras, "orders orders:write")).unwrap();
    decide_scope(&fixture.act(), &doras, KeyType::Production, "orders:write", true).unwrap();
    // Another name is no other owner.
    let renamed = ApplicationChange { name: Some("Renamed".parse().unwrap()), ..ApplicationChange::default() };
    change_application(&fixture.act(), &doras, renamed, |_| true).unwrap();
    assert_eq!(states(&fixture, &doras), [active("orders"), active("orders:write")]);
    give(&fixture, &doras, Some("dora"));
    assert_eq!(states(&fixture, &doras), [active("orders")]);
    let entry = fixture.audit().pop().unwrap();
    assert_eq!(entry.details.unwrap()["scopes_removed"], serde_json::json!(["orders:write"]));
    // The developer knows the secret now, so it gets nothing when an administrator has the application again.
    give(&fixture, &doras, None);
    fixture.never_find_current_token();
    assert_eq!(held(&fixture.grant(&keys, None, NOW).unwrap()), "orders");
    // An administrator can add it again.
    bind(&fixture, "orders:write", &[Role::Administrator], false);
    change(&fixture.act(), &doras, "orders orders:write").unwrap();
    assert_eq!(held(&fixture.grant(&keys, None, NOW).unwrap()), "orders orders:write");
}
