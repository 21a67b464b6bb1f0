//! Members, and their personal access tokens.

use super::super::*;
use super::*;
use crate::catalogue::{MemberName, Role};
use crate::secrets::PlainSecret;

on_both!(a_token_lets_its_member_in_until_it_is_over, one_administrator_remains, each_manages_their_own);

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
    assert!(matches!(add_member(&act, &name("dora"), Role::Auditor), Err(Error::MemberExists(_))));
    let (_, first) = create_personal_token(&act, &new_token("dora")).unwrap();
    let soon = NewPersonalToken { expires_at: Some(UnixSeconds(NOW.0 + 10)), ..new_token("dora") };
    let (token, second) = create_personal_token(&act, &soon).unwrap();
    for secret in [&first, &second] {
        assert_eq!(authenticate_member(&act, secret).unwrap().role, Role::Developer);
    }
    let later = fixture.at(UnixSeconds(NOW.0 + 10));
    assert!(matches!(authenticate_member(&later, &second), Err(Error::UnknownMember)));
    let guess = PlainSecret::presented("ppat_guess".into());
    assert!(matches!(authenticate_member(&act, &guess), Err(Error::UnknownMember)));
    let past = NewPersonalToken { expires_at: Some(NOW), ..new_token("dora") };
    assert!(matches!(create_personal_token(&act, &past), Err(Error::ExpiresInThePast)));
    remove_personal_token(&act, &name("dora"), &token.id, |_| true).unwrap();
    assert!(matches!(authenticate_member(&act, &second), Err(Error::UnknownMember)));
    assert_eq!(list_personal_tokens(&act, &name("dora")).unwrap().len(), 1);
    remove_member(&act, &name("dora"), |_| true).unwrap();
    assert!(matches!(authenticate_member(&act, &first), Err(Error::UnknownMember)));
}

fn one_administrator_remains(on: On) {
    let fixture = Fixture::new(on);
    let root = fixture.member("root", Role::Administrator);
    let demoted = MemberChange { role: Some(Role::Developer) };
    assert!(matches!(change_member(&root, &name("root"), demoted, |_| true), Err(Error::LastAdministrator(_))));
    assert!(matches!(remove_member(&root, &name("root"), |_| true), Err(Error::LastAdministrator(_))));
    add_member(&root, &name("second"), Role::Administrator).unwrap();
    assert!(matches!(change_member(&root, &name("second"), demoted, |_| false), Err(Error::Changed)));
    change_member(&root, &name("second"), demoted, |_| true).unwrap();
    assert!(matches!(remove_member(&root, &name("root"), |_| true), Err(Error::LastAdministrator(_))));
    // Whoever has the database can make another one.
    remove_member(&fixture.act(), &name("root"), |_| true).unwrap();
}

fn each_manages_their_own(on: On) {
    let fixture = Fixture::new(on);
    let (dora, dave) = (fixture.member("dora", Role::Developer), fixture.member("dave", Role::Developer));
    let auditor = fixture.member("audrey", Role::Auditor);
    let (token, _) = create_personal_token(&dora, &new_token("dora")).unwrap();
    assert!(matches!(create_personal_token(&dave, &new_token("dora")), Err(Error::NoSuchMember(_))));
    assert!(matches!(remove_personal_token(&dave, &name("dora"), &token.id, |_| true), Err(Error::NoSuchMember(_))));
    assert!(matches!(remove_personal_token(&dave, &name("dave"), &token.id, |_| true), Err(Error::NoSuchPersonalToken(_))));
    assert_eq!(list_personal_tokens(&auditor, &name("dora")).unwrap().len(), 1);
    assert!(matches!(create_personal_token(&auditor, &new_token("dora")), Err(Error::Forbidden { .. })));
    assert!(matches!(list_members(&dora), Err(Error::Forbidden { .. })));
    assert_eq!(show_member(&dora, &name("dora")).unwrap().role, Role::Developer);
    assert!(matches!(show_member(&dora, &name("audrey")), Err(Error::NoSuchMember(_))));
    assert!(matches!(list_audit(&dora, &AuditFilter::default(), 10), Err(Error::Forbidden { .. })));
}
