//! Members, and their personal access tokens.

use super::super::*;
use super::*;
use crate::error::{ApplicationError, MemberError};
use postern_model::{MemberName, Role};
use postern_secrets::{HashedSecret, PlainSecret};

on_both!(
    a_personal_token_authenticates_until_it_expires_or_is_removed,
    the_last_administrator_cannot_be_removed,
    a_member_manages_only_its_own_tokens,
    a_member_removed_or_demoted_meanwhile_changes_nothing,
    a_new_member_with_a_reused_name_gets_nothing_of_the_old_one,
    a_personal_token_creates_no_token_that_expires_later,
);

fn new_token(member: &str) -> NewPersonalToken {
    NewPersonalToken { member: name(member), description: "test".parse().unwrap(), expiry: Expiry::Never }
}

fn name(text: &str) -> MemberName {
    text.parse().unwrap()
}

fn a_personal_token_authenticates_until_it_expires_or_is_removed(engine: Engine) {
    let fixture = Fixture::new(engine);
    let act = fixture.act();
    add_member(&act, &name("dora"), Role::Developer, None).unwrap();
    assert!(matches!(add_member(&act, &name("dora"), Role::Auditor, None), Err(Error::Member(MemberError::AlreadyExists(_)))));
    let (_, first) = create_personal_token(&act, &new_token("dora")).unwrap();
    let soon = NewPersonalToken { expiry: Expiry::At(UnixSeconds(NOW.0 + 10)), ..new_token("dora") };
    let (token, second) = create_personal_token(&act, &soon).unwrap();
    for secret in [&first, &second] {
        assert_eq!(authenticate_member(&act, secret).unwrap().role, Role::Developer);
    }
    let later = fixture.at(UnixSeconds(NOW.0 + 10));
    assert!(matches!(authenticate_member(&later, &second), Err(Error::Member(MemberError::InvalidCredential))));
    let guess = PlainSecret::presented("ppat_guess".into());
    assert!(matches!(authenticate_member(&act, &guess), Err(Error::Member(MemberError::InvalidCredential))));
    let past = NewPersonalToken { expiry: Expiry::At(NOW), ..new_token("dora") };
    assert!(matches!(create_personal_token(&act, &past), Err(Error::ExpiryInThePast)));
    remove_personal_token(&act, &name("dora"), &token.id, |_| true).unwrap();
    assert!(matches!(authenticate_member(&act, &second), Err(Error::Member(MemberError::InvalidCredential))));
    assert_eq!(list_personal_tokens(&act, &name("dora")).unwrap().len(), 1);
    remove_member(&act, &name("dora"), |_| true).unwrap();
    assert!(matches!(authenticate_member(&act, &first), Err(Error::Member(MemberError::InvalidCredential))));
}

fn the_last_administrator_cannot_be_removed(engine: Engine) {
    let fixture = Fixture::new(engine);
    let root = fixture.member("root", Role::Administrator);
    let demoted = MemberChange { role: Some(Role::Developer), account: None };
    assert!(matches!(
        change_member(&root, &name("root"), &demoted, |_| true),
        Err(Error::Member(MemberError::LastAdministrator(_)))
    ));
    assert!(matches!(remove_member(&root, &name("root"), |_| true), Err(Error::Member(MemberError::LastAdministrator(_)))));
    add_member(&root, &name("second"), Role::Administrator, None).unwrap();
    assert!(matches!(change_member(&root, &name("second"), &demoted, |_| false), Err(Error::PreconditionFailed)));
    change_member(&root, &name("second"), &demoted, |_| true).unwrap();
    assert!(matches!(remove_member(&root, &name("root"), |_| true), Err(Error::Member(MemberError::LastAdministrator(_)))));
    // The operator can remove the last administrator.
    remove_member(&fixture.act(), &name("root"), |_| true).unwrap();
}

fn a_member_manages_only_its_own_tokens(engine: Engine) {
    let fixture = Fixture::new(engine);
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

/// An act of a member, authenticated by a personal access token that expires at `expires_at`.
fn act_with_personal_token<'a>(fixture: &'a Fixture, member: &str, role: Role, expires_at: Option<UnixSeconds>) -> Act<'a> {
    let token = NewPersonalToken { expiry: expires_at.map_or(Expiry::Never, Expiry::At), ..new_token(member) };
    let (_, secret) = create_personal_token(&fixture.act(), &token).unwrap();
    fixture.member(member, role).authenticated_by(Credential::PersonalToken(HashedSecret::of(&secret)))
}

fn a_member_removed_or_demoted_meanwhile_changes_nothing(engine: Engine) {
    let fixture = Fixture::new(engine);
    for after in [None, Some(Role::Developer)] {
        add_member(&fixture.act(), &name("adam"), Role::Administrator, None).unwrap();
        let adam = act_with_personal_token(&fixture, "adam", Role::Administrator, None);
        add_member(&adam, &name("eve"), Role::Auditor, None).unwrap();
        match after {
            None => remove_member(&fixture.act(), &name("adam"), |_| true).unwrap(),
            role => drop(change_member(&fixture.act(), &name("adam"), &MemberChange { role, account: None }, |_| true).unwrap()),
        }
        // The member was authenticated before the change, and its operation runs after it.
        assert!(matches!(
            add_member(&adam, &name("mallory"), Role::Administrator, None),
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

fn a_new_member_with_a_reused_name_gets_nothing_of_the_old_one(engine: Engine) {
    let fixture = Fixture::new(engine);
    add_member(&fixture.act(), &name("alice"), Role::Developer, None).unwrap();
    let alice = act_with_personal_token(&fixture, "alice", Role::Developer, None);
    let application = create_application(&alice, "Hers".parse().unwrap()).unwrap().id;
    let request = IdempotentRequest { key: "keys".into(), fingerprint: [7; 32] };
    assert_eq!(run_idempotent(&alice, &request, |_| Ok(b"a secret".to_vec())).unwrap().answer.as_slice(), b"a secret");
    // With another role, the member does not get the stored response of its earlier role.
    let demoted = MemberChange { role: Some(Role::Auditor), account: None };
    change_member(&fixture.act(), &name("alice"), &demoted, |_| true).unwrap();
    let auditor = act_with_personal_token(&fixture, "alice", Role::Auditor, None);
    assert!(matches!(run_idempotent(&auditor, &request, |_| Ok(b"another".to_vec())), Err(Error::IdempotencyKeyReused)));

    remove_member(&fixture.act(), &name("alice"), |_| true).unwrap();
    add_member(&fixture.act(), &name("alice"), Role::Developer, None).unwrap();
    let successor = act_with_personal_token(&fixture, "alice", Role::Developer, None);
    assert!(list_applications(&successor, None, 10).unwrap().is_empty());
    assert!(matches!(show_application(&successor, &application), Err(Error::Application(ApplicationError::NotFound(_)))));
    assert_eq!(run_idempotent(&successor, &request, |_| Ok(b"another".to_vec())).unwrap().answer.as_slice(), b"another");
    assert!(show_application(&fixture.act(), &application).unwrap().application.owner.is_none());
}

fn a_personal_token_creates_no_token_that_expires_later(engine: Engine) {
    let fixture = Fixture::new(engine);
    add_member(&fixture.act(), &name("dora"), Role::Developer, None).unwrap();
    let end = UnixSeconds(NOW.0 + 60);
    let dora = act_with_personal_token(&fixture, "dora", Role::Developer, Some(end));
    let until = |expires_at: Option<UnixSeconds>| {
        let expiry = expires_at.map_or(Expiry::Never, Expiry::At);
        create_personal_token(&dora, &NewPersonalToken { expiry, ..new_token("dora") })
    };
    assert!(matches!(until(None), Err(Error::Member(MemberError::OutlivesItsCreator))));
    assert!(matches!(until(Some(UnixSeconds(end.0 + 1))), Err(Error::Member(MemberError::OutlivesItsCreator))));
    until(Some(end)).unwrap();
}
