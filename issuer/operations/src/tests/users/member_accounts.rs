//! Members who sign in with an account of a user store.

use super::*;
use crate::error::{ApplicationError, MemberError};
use postern_model::{Actor, ApplicationId, MemberName, Role};

on_both!(
    a_user_who_was_lost_leaves_no_account_to_the_next_one,
    a_member_acts_while_the_session_lives,
    an_account_belongs_to_one_member_and_to_one_user,
    a_member_of_a_store_with_its_own_database_acts_too,
    the_end_of_an_account_ends_the_credentials_of_its_member,
    the_account_of_the_last_administrator_stays,
);

const ENDS: usize = 6;

fn name(text: &str) -> MemberName {
    text.parse().unwrap()
}

/// Makes `member` a developer who signs in as `user`.
fn link(fixture: &Fixture, member: &str, user: &UserId) {
    add_member(&fixture.act(), &name(member), Role::Developer, Some(user)).unwrap();
}

fn change(account: Option<UserId>) -> MemberChange {
    MemberChange { role: None, account: Some(account) }
}

/// An act of the signed-in member.
fn signed_in<'a>(fixture: &'a Fixture, session: &PlainSecret) -> Result<Act<'a>, Error> {
    let (member, credential) = find_signed_in_member(&fixture.act(), session)?;
    Ok(fixture.instance.act(Actor::Member(member.name, member.role)).authenticated_by(credential))
}

fn is_refused<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Member(MemberError::InvalidCredential)))
}

fn is_no_member<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Member(MemberError::NotAMember(_))))
}

fn a_member_acts_while_the_session_lives(engine: Engine) {
    acts_while_the_session_lives(&Fixture::new(engine), "alice@local");
}

fn a_member_of_a_store_with_its_own_database_acts_too(engine: Engine) {
    let (fixture, _store) = Fixture::with_own_store(engine);
    acts_while_the_session_lives(&fixture, "alice@own");
}

fn acts_while_the_session_lives(fixture: &Fixture, user: &str) {
    let alice = fixture.user(user);
    link(fixture, "dora", &alice);
    // What ends the rights of a member who has signed in.
    let ends: [fn(&Fixture, &PlainSecret, &UserId); ENDS] = [
        |fixture, session, _| sign_out(&fixture.act(), session).unwrap(),
        |fixture, _, user| fixture.lock(user),
        |fixture, _, _| drop(change_member(&fixture.act(), &name("dora"), &change(None), |_| true).unwrap()),
        |fixture, _, _| {
            let auditor = MemberChange { role: Some(Role::Auditor), account: None };
            change_member(&fixture.act(), &name("dora"), &auditor, |_| true).unwrap();
        },
        |fixture, _, _| remove_member(&fixture.act(), &name("dora"), |_| true).unwrap(),
        |fixture, _, user| delete_user(&fixture.act(), user, |_| true).unwrap(),
    ];
    for (index, end) in ends.into_iter().enumerate() {
        let session = fixture.session(&alice, NOW);
        let dora = signed_in(fixture, &session).unwrap();
        let application = create_application(&dora, format!("App {index}").parse().unwrap()).unwrap();
        assert_eq!(application.owner, Some(postern_model::Owner::Member(name("dora"))));
        end(fixture, &session, &alice);
        assert!(is_refused(&create_application(&dora, "Late".parse().unwrap())), "{index}");
        assert!(is_refused(&revoke_all_tokens(&dora, &application.id)), "{index}");
        assert!(signed_in(fixture, &session).and_then(|act| create_application(&act, "Late".parse().unwrap())).is_err());
        if index + 1 == ENDS {
            break;
        }
        // As before.
        fixture.unlock(&alice);
        let _ = add_member(&fixture.act(), &name("dora"), Role::Developer, None);
        let back = MemberChange { role: Some(Role::Developer), account: Some(Some(alice.clone())) };
        let _ = change_member(&fixture.act(), &name("dora"), &back, |_| true);
    }
}

/// A store with its own database commits first: a process that dies then has removed the user, and not the link.
fn a_user_who_was_lost_leaves_no_account_to_the_next_one(engine: Engine) {
    let (fixture, _store) = Fixture::with_own_store(engine);
    let alice = fixture.user("alice@own");
    link(&fixture, "dora", &alice);
    let act = fixture.act();
    let store = act.stores().find(&alice.store).unwrap();
    let lost = |main: &postern_storage::Transaction<'_>| store.write(main, |tables| Ok(tables.delete_user(&alice.name)?));
    fixture.instance.storage.write(lost).unwrap();
    let new = NewUser { id: alice.clone(), password: secret(PASSWORD), roles: Vec::new(), must_change_password: false };
    create_user(&fixture.act(), &new).unwrap();
    let session = fixture.session(&alice, NOW);
    assert!(is_no_member(&signed_in(&fixture, &session)));
}

fn an_account_belongs_to_one_member_and_to_one_user(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, bob) = (fixture.user("alice@local"), fixture.user("bob@local"));
    link(&fixture, "dora", &alice);
    let taken = |result: Result<postern_model::Member, Error>| matches!(result, Err(Error::Member(MemberError::AccountTaken(_))));
    assert!(taken(add_member(&fixture.act(), &name("eve"), Role::Administrator, Some(&alice))));
    add_member(&fixture.act(), &name("eve"), Role::Developer, Some(&bob)).unwrap();
    assert!(taken(change_member(&fixture.act(), &name("eve"), &change(Some(alice.clone())), |_| true)));
    for (account, expected) in [("nobody@local", "nobody@local"), ("alice@elsewhere", "elsewhere")] {
        let error = change_member(&fixture.act(), &name("eve"), &change(Some(id(account))), |_| true).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    // A developer sees nothing of another one.
    let (hers, his) = (fixture.session(&alice, NOW), fixture.session(&bob, NOW));
    let (dora, eve) = (signed_in(&fixture, &hers).unwrap(), signed_in(&fixture, &his).unwrap());
    let application: ApplicationId = create_application(&dora, "Hers".parse().unwrap()).unwrap().id;
    let hidden = revoke_all_tokens(&eve, &application);
    assert!(matches!(hidden, Err(Error::Application(ApplicationError::NotFound(_)))), "{hidden:?}");
    // A later user with the same name is another person.
    delete_user(&fixture.act(), &alice, |_| true).unwrap();
    fixture.user("alice@local");
    let session = fixture.session(&alice, NOW);
    assert!(is_no_member(&signed_in(&fixture, &session)));
    assert_eq!(show_member(&fixture.act(), &name("dora")).unwrap().account, None);
    let stranger = PlainSecret::presented("pse_local.unknown".to_owned());
    assert!(matches!(signed_in(&fixture, &stranger), Err(Error::User(UserError::NoSession))));
    let direct = fixture.instance.storage().write(|transaction| {
        let eve = transaction.member(&name("eve"))?.unwrap();
        transaction.update_member(&postern_model::Member { name: name("dora"), ..eve })
    });
    assert!(direct.is_err(), "two members with one account");
}

fn the_end_of_an_account_ends_the_credentials_of_its_member(engine: Engine) {
    let fixture = Fixture::new(engine);
    let bob = fixture.user("bob@local");
    link(&fixture, "bert", &bob);
    let token = |member: &str| {
        let new = NewPersonalToken { member: name(member), description: "test".parse().unwrap(), expiry: Expiry::Never };
        create_personal_token(&fixture.act(), &new).unwrap().1
    };
    let others = token("bert");
    let ends: [fn(&Fixture, &UserId); 2] =
        [|fixture, user| fixture.lock(user), |fixture, user| delete_user(&fixture.act(), user, |_| true).unwrap()];
    for (index, end) in ends.into_iter().enumerate() {
        let (member, alice) = (format!("dora-{index}"), fixture.user(&format!("alice-{index}@local")));
        link(&fixture, &member, &alice);
        let own = token(&member);
        assert!(authenticate_member(&fixture.act(), &own).is_ok());
        end(&fixture, &alice);
        assert!(is_refused(&authenticate_member(&fixture.act(), &own)), "{index}");
        assert_eq!(list_personal_tokens(&fixture.act(), &name(&member)).unwrap(), []);
        assert!(authenticate_member(&fixture.act(), &others).is_ok());
    }
}

fn the_account_of_the_last_administrator_stays(engine: Engine) {
    let fixture = Fixture::new(engine);
    let alice = fixture.user("alice@local");
    let root = fixture.member("root", Role::Administrator);
    change_member(&fixture.act(), &name("root"), &change(Some(alice.clone())), |_| true).unwrap();
    let is_kept = |result: Result<(), Error>| matches!(result, Err(Error::Member(MemberError::LastAdministrator(_))));
    let lock = || set_user_state(&root, &alice, postern_model::UserState::Locked, |_| true).map(drop);
    assert!(is_kept(lock()));
    assert!(is_kept(delete_user(&root, &alice, |_| true)));
    add_member(&fixture.act(), &name("second"), Role::Administrator, None).unwrap();
    lock().unwrap();
}
