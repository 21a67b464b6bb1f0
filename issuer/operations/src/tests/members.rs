//! Members, and their personal access tokens.

use super::super::*;
use super::*;
use crate::error::{ApplicationError, MemberError};
use postern_model::{MemberName, Role};
use postern_secrets::{HashedSecret, PlainSecret};

on_both!(
    a_token_lets_its_member_in_until_it_is_over,
    one_administrator_remains,
    each_manages_their_own,
    who_is_removed_or_demoted_meanwhile_changes_nothing_any_more,
    who_is_given_a_name_next_has_nothing_of_who_had_it,
    no_token_makes_one_that_outlives_it,
);

fn new_token(member: &str) -> NewPersonalToken {
    NewPersonalToken { member: name(member), description: "test".parse().unwrap(), expires_at: None }
}

fn name(text: &str) -> MemberName {
    text.parse().unwrap()
}

fn a_token_lets_its_member_in_until_it_is_over(on: On) {
    let fixture = Fixture::new(on);
    let act = fixture.act();
    add_member(&act, &name("dora"), Role::Developer).unwrap();
    assert!(matches!(add_member(&act, &name("dora"), Role::Auditor), Err(Error::Member(MemberError::AlreadyExists(_)))));
    let (_, first) = create_personal_token(&act, &new_token("dora")).unwrap();
    let soon = NewPersonalToken { expires_at: Some(UnixSeconds(NOW.0 + 10)), ..new_token("dora") };
    let (token, second) = create_personal_token(&act, &soon).unwrap();
    for secret in [&first, &second] {
        assert_eq!(authenticate_member(&act, secret).unwrap().role, Role::Developer);
    }
    let later = fixture.at(UnixSeconds(NOW.0 + 10));
    assert!(matches!(authenticate_member(&later, &second), Err(Error::Member(MemberError::InvalidCredential))));
    let guess = PlainSecret::presented("ppat_guess".into());
    assert!(matches!(authenticate_member(&act, &guess), Err(Error::Member(MemberError::InvalidCredential))));
    let past = NewPersonalToken { expires_at: Some(NOW), ..new_token("dora") };
    assert!(matches!(create_personal_token(&act, &past), Err(Error::ExpiryInThePast)));
    remove_personal_token(&act, &name("dora"), &token.id, |_| true).unwrap();
    assert!(matches!(authenticate_member(&act, &second), Err(Error::Member(MemberError::InvalidCredential))));
    assert_eq!(list_personal_tokens(&act, &name("dora")).unwrap().len(), 1);
    remove_member(&act, &name("dora"), |_| true).unwrap();
    assert!(matches!(authenticate_member(&act, &first), Err(Error::Member(MemberError::InvalidCredential))));
}

fn one_administrator_remains(on: On) {
    let fixture = Fixture::new(on);
    let root = fixture.member("root", Role::Administrator);
    let demoted = MemberChange { role: Some(Role::Developer) };
    assert!(matches!(
        change_member(&root, &name("root"), demoted, |_| true),
        Err(Error::Member(MemberError::LastAdministrator(_)))
    ));
    assert!(matches!(remove_member(&root, &name("root"), |_| true), Err(Error::Member(MemberError::LastAdministrator(_)))));
    add_member(&root, &name("second"), Role::Administrator).unwrap();
    assert!(matches!(change_member(&root, &name("second"), demoted, |_| false), Err(Error::PreconditionFailed)));
    change_member(&root, &name("second"), demoted, |_| true).unwrap();
    assert!(matches!(remove_member(&root, &name("root"), |_| true), Err(Error::Member(MemberError::LastAdministrator(_)))));
    // Whoever has the database can make another one.
    remove_member(&fixture.act(), &name("root"), |_| true).unwrap();
}

fn each_manages_their_own(on: On) {
    let fixture = Fixture::new(on);
    let (dora, dave) = (fixture.member("dora", Role::Developer), fixture.member("dave", Role::Developer));
    let auditor = fixture.member("audrey", Role::Auditor);
    let (token, _) = create_personal_token(&dora, &new_token("dora")).unwrap();
    assert!(matches!(create_personal_token(&dave, &new_token("dora")), Err(Error::Member(MemberError::NotFound(_)))));
    assert!(matches!(
        remove_personal_token(&dave, &name("dora"), &token.id, |_| true),
        Err(Error::Member(MemberError::NotFound(_)))
    ));
    assert!(matches!(
        remove_personal_token(&dave, &name("dave"), &token.id, |_| true),
        Err(Error::Member(MemberError::PersonalTokenNotFound(_)))
    ));
    assert_eq!(list_personal_tokens(&auditor, &name("dora")).unwrap().len(), 1);
    assert!(matches!(create_personal_token(&auditor, &new_token("dora")), Err(Error::Forbidden { .. })));
    assert!(matches!(list_members(&dora), Err(Error::Forbidden { .. })));
    assert_eq!(show_member(&dora, &name("dora")).unwrap().role, Role::Developer);
    assert!(matches!(show_member(&dora, &name("audrey")), Err(Error::Member(MemberError::NotFound(_)))));
    assert!(matches!(list_audit(&dora, &AuditFilter::default(), 10), Err(Error::Forbidden { .. })));
}

/// A member's act, recognised by a personal access token of theirs that runs out at `expires_at`.
fn recognised<'a>(fixture: &'a Fixture, member: &str, role: Role, expires_at: Option<UnixSeconds>) -> Act<'a> {
    let token = NewPersonalToken { expires_at, ..new_token(member) };
    let (_, secret) = create_personal_token(&fixture.act(), &token).unwrap();
    fixture.member(member, role).authenticated_by(HashedSecret::of(&secret))
}

fn who_is_removed_or_demoted_meanwhile_changes_nothing_any_more(on: On) {
    let fixture = Fixture::new(on);
    for after in [None, Some(Role::Developer)] {
        add_member(&fixture.act(), &name("adam"), Role::Administrator).unwrap();
        let adam = recognised(&fixture, "adam", Role::Administrator, None);
        add_member(&adam, &name("eve"), Role::Auditor).unwrap();
        match after {
            None => remove_member(&fixture.act(), &name("adam"), |_| true).unwrap(),
            role => drop(change_member(&fixture.act(), &name("adam"), MemberChange { role }, |_| true).unwrap()),
        }
        // The act was begun before, and is carried out after.
        assert!(matches!(
            add_member(&adam, &name("mallory"), Role::Administrator),
            Err(Error::Member(MemberError::InvalidCredential))
        ));
        assert!(create_personal_token(&adam, &new_token("eve")).is_err());
        assert!(matches!(create_application(&adam, "Late".parse().unwrap()), Err(Error::Member(MemberError::InvalidCredential))));
        let request = IdempotentRequest { key: "k".into(), fingerprint: [1; 32] };
        assert!(matches!(
            run_idempotent(&adam, &request, |_| Ok(Vec::new())),
            Err(Error::Member(MemberError::InvalidCredential))
        ));
        assert!(show_member(&fixture.act(), &name("mallory")).is_err());
        remove_member(&fixture.act(), &name("eve"), |_| true).unwrap();
    }
}

fn who_is_given_a_name_next_has_nothing_of_who_had_it(on: On) {
    let fixture = Fixture::new(on);
    add_member(&fixture.act(), &name("alice"), Role::Developer).unwrap();
    let alice = recognised(&fixture, "alice", Role::Developer, None);
    let application = create_application(&alice, "Hers".parse().unwrap()).unwrap().id;
    let request = IdempotentRequest { key: "keys".into(), fingerprint: [7; 32] };
    assert_eq!(run_idempotent(&alice, &request, |_| Ok(b"a secret".to_vec())).unwrap().answer.as_slice(), b"a secret");
    // Another role is not given what came of the one before either.
    let demoted = MemberChange { role: Some(Role::Auditor) };
    change_member(&fixture.act(), &name("alice"), demoted, |_| true).unwrap();
    let auditor = recognised(&fixture, "alice", Role::Auditor, None);
    assert!(matches!(run_idempotent(&auditor, &request, |_| Ok(b"another".to_vec())), Err(Error::IdempotencyKeyReused)));

    remove_member(&fixture.act(), &name("alice"), |_| true).unwrap();
    add_member(&fixture.act(), &name("alice"), Role::Developer).unwrap();
    let successor = recognised(&fixture, "alice", Role::Developer, None);
    assert!(list_applications(&successor, None, 10).unwrap().is_empty());
    assert!(matches!(show_application(&successor, &application), Err(Error::Application(ApplicationError::NotFound(_)))));
    assert_eq!(run_idempotent(&successor, &request, |_| Ok(b"another".to_vec())).unwrap().answer.as_slice(), b"another");
    assert!(show_application(&fixture.act(), &application).unwrap().application.owner.is_none());
}

fn no_token_makes_one_that_outlives_it(on: On) {
    let fixture = Fixture::new(on);
    add_member(&fixture.act(), &name("dora"), Role::Developer).unwrap();
    let end = UnixSeconds(NOW.0 + 60);
    let dora = recognised(&fixture, "dora", Role::Developer, Some(end));
    let until = |expires_at| create_personal_token(&dora, &NewPersonalToken { expires_at, ..new_token("dora") });
    assert!(matches!(until(None), Err(Error::Member(MemberError::OutlivesItsCreator))));
    assert!(matches!(until(Some(UnixSeconds(end.0 + 1))), Err(Error::Member(MemberError::OutlivesItsCreator))));
    until(Some(end)).unwrap();
}
