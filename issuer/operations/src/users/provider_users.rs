//! The users of a store whose people sign in with an identity provider.

use serde_json::json;

use crate::error::{MemberError, UserError};
use crate::tokens::end_all_of;
use crate::user_stores::UserStore;
use crate::{Act, Error};
use postern_directories::openid_connect::Person;
use postern_model::{Action, User, UserId, UserState};
use postern_storage::{Transaction, UserTables};

/// What the provider's words about a person change.
enum Step {
    /// Nothing.
    None,
    /// The person signs in for the first time.
    Add,
    /// The person has other roles.
    Roles,
    /// The person had this name before.
    Rename(User),
}

/// Records a person whom the provider has signed in, and returns the user's id. A person is known by the provider's identifier (`sub`); the
/// name may change.
///
/// With another name, the user is the same, but signs in again everywhere: tokens name the user by the name.
pub(crate) fn record_person(act: &Act<'_>, store: &UserStore, person: &Person) -> Result<UserId, Error> {
    let id = UserId { name: person.name.clone(), store: store.name().clone() };
    let next = |transaction: &Transaction<'_>| store.read(transaction, |tables| next_step(tables, &id, person));
    let act = &act.of_user(&id);
    match act.storage().read(next)? {
        Step::None => {}
        Step::Roles => act.storage().write_concurrent(|transaction| {
            store.write(transaction, |tables| Ok(tables.replace_roles(&id.name, &person.roles())?))
        })?,
        Step::Add | Step::Rename(_) => act.storage().write(|transaction| match next(transaction)? {
            Step::None | Step::Roles => Ok(()),
            Step::Add => store.write(transaction, |tables| add(act, tables, &id, person)),
            Step::Rename(before) => rename(act, transaction, store, &before, &id, person),
        })?,
    }
    Ok(id)
}

fn next_step(tables: &UserTables<'_, '_>, id: &UserId, person: &Person) -> Result<Step, Error> {
    match tables.user_with_subject(&person.subject)? {
        Some(known) if known.state == UserState::Locked => {
            Err(UserError::Locked(UserId { name: known.name, store: id.store.clone() }).into())
        }
        Some(known) if known.name == id.name => Ok(if known.roles == person.roles() { Step::None } else { Step::Roles }),
        // The name of a user is never given to another person: grants and tokens of the one would become those of the other.
        _ if tables.user(&id.name)?.is_some() => Err(UserError::NameTaken(id.clone()).into()),
        Some(known) => Ok(Step::Rename(known)),
        None => Ok(Step::Add),
    }
}

fn add(act: &Act<'_>, tables: &UserTables<'_, '_>, id: &UserId, person: &Person) -> Result<(), Error> {
    let (name, roles, state) = (id.name.clone(), person.roles(), UserState::Active);
    let user = User {
        name,
        state,
        roles,
        created_at: act.now,
        password_set_at: None,
        must_change_password: false,
        second_factor_at: None,
    };
    if !tables.insert_user(&user, None)? {
        return Err(UserError::NameTaken(id.clone()).into());
    }
    Ok(tables.set_subject(&id.name, &person.subject)?)
}

fn rename(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    store: &UserStore,
    before: &User,
    id: &UserId,
    person: &Person,
) -> Result<(), Error> {
    let old = UserId { name: before.name.clone(), store: id.store.clone() };
    if transaction.member_with_account(id)?.is_some() {
        return Err(MemberError::AccountTaken(id.clone()).into());
    }
    act.audit(transaction, Action::UserRename, None, Some(&id.to_string()), Some(&json!({ "before": old })))?;
    transaction.rename_account(&old, id)?;
    store.write(transaction, |tables| {
        end_all_of(act, transaction, tables, &old, None)?;
        tables.rename_user(&before.name, &id.name, &person.subject)?;
        Ok(tables.replace_roles(&id.name, &person.roles())?)
    })
}
