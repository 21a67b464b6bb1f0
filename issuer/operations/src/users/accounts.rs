//! Users as administrators see them.

use serde_json::{Value, json};

use super::lookup::find;
use super::password::{PreparedPassword, prepare_password};
use crate::error::UserError;
use crate::guessing::forget_failures;
use crate::last_administrator::keep_administrator_with;
use crate::tokens::end_all_of;
use crate::{Act, Error};
use postern_directories::password::PasswordHash;
use postern_model::{Action, User, UserId, UserName, UserRole, UserState, UserStoreName};
use postern_secrets::PlainSecret;

/// A new user.
#[derive(Debug)]
pub struct NewUser {
    /// The name, and the store, which must keep its users itself.
    pub id: UserId,
    /// The first password.
    pub password: PlainSecret,
    /// The roles of the user.
    pub roles: Vec<UserRole>,
    /// Whether the user must choose another password at the first sign-in.
    pub must_change_password: bool,
}

/// A new user with a hashed password.
#[derive(Debug)]
pub struct PreparedUser {
    id: UserId,
    password: PasswordHash,
    roles: Vec<UserRole>,
    must_change_password: bool,
}

/// Hashes the password for [`add_user`] and adds no user. It is slow, so do not call this in a transaction.
pub fn prepare_user(act: &Act<'_>, new: &NewUser) -> Result<PreparedUser, Error> {
    let NewUser { id, password, roles, must_change_password } = new;
    let PreparedPassword { id, hash } = prepare_password(act, id, password)?;
    let mut roles = roles.clone();
    roles.sort();
    roles.dedup();
    Ok(PreparedUser { id, password: hash, roles, must_change_password: *must_change_password })
}

/// Adds a user.
pub fn add_user(act: &Act<'_>, new: &PreparedUser) -> Result<User, Error> {
    act.require_administrator()?;
    let PreparedUser { id, password, roles, must_change_password } = new;
    let store = act.stores().find(&id.store)?;
    store.check_local()?;
    let (name, roles, state) = (id.name.clone(), roles.clone(), UserState::Active);
    let user = User {
        name,
        state,
        roles,
        created_at: act.now,
        password_set_at: Some(act.now),
        must_change_password: *must_change_password,
        second_factor_at: None,
    };
    act.storage().write(|transaction| {
        let details = json!({ "roles": user.roles });
        act.audit(transaction, Action::UserAdd, None, Some(&id.to_string()), Some(&details))?;
        // A store with its own database can have lost a user whose removal the main database has not recorded.
        transaction.forget_account(id)?;
        store.write(transaction, |tables| {
            let new = tables.insert_user(&user, Some(password.as_str()))?;
            if new { Ok(()) } else { Err(UserError::UserExists(id.clone()).into()) }
        })
    })?;
    Ok(user)
}

/// Adds a user, hashing the password first.
pub fn create_user(act: &Act<'_>, new: &NewUser) -> Result<User, Error> {
    add_user(act, &prepare_user(act, new)?)
}

/// A store's users by name, those that come after another one where that is given.
pub fn list_users(act: &Act<'_>, store: &UserStoreName, after: Option<&UserName>, limit: u32) -> Result<Vec<User>, Error> {
    act.require_auditor()?;
    let store = act.stores().find(store)?;
    act.storage().read(|transaction| store.read(transaction, |tables| Ok(tables.users(after, limit)?)))
}

/// A user.
pub fn show_user(act: &Act<'_>, id: &UserId) -> Result<User, Error> {
    act.require_auditor()?;
    let store = act.stores().find(&id.store)?;
    act.storage().read(|transaction| store.read(transaction, |tables| find(tables, id)))
}

/// The changes of a user. A field that is `None` stays unchanged.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// The new roles, which replace the current ones. Existing tokens keep their scopes until they are renewed.
    pub roles: Option<Vec<UserRole>>,
    /// Whether the user may sign in. Locking ends every session, grant and token of the user, and the personal access tokens and initial
    /// access tokens of the member with this account; a user who is unlocked has to sign in again. The account of the last administrator
    /// cannot be locked.
    pub state: Option<UserState>,
}

/// Changes a user, if `expected` accepts the user's current state.
pub fn change_user(act: &Act<'_>, id: &UserId, change: &UserChange, expected: impl FnOnce(&User) -> bool) -> Result<User, Error> {
    act.require_administrator()?;
    let store = act.stores().find(&id.store)?;
    if change.roles.is_some() {
        store.check_local()?;
    }
    act.storage().write(|transaction| {
        // The audit entry comes first, because a store with its own database commits its change before the main database commits the entry.
        let log = |action, details: Option<Value>| act.audit(transaction, action, None, Some(&id.to_string()), details.as_ref());
        if let Some(roles) = &change.roles {
            log(Action::UserChange, Some(json!({ "roles": roles })))?;
        }
        if change.state == Some(UserState::Active) {
            forget_failures(transaction, id)?;
        }
        match change.state {
            Some(UserState::Locked) => {
                keep_administrator_with(act, transaction, id)?;
                log(Action::UserLock, ended(transaction.delete_credentials_of_account(id)?))?;
            }
            Some(UserState::Active) => log(Action::UserUnlock, None)?,
            None => {}
        }
        store.write(transaction, |tables| {
            if !expected(&find(tables, id)?) {
                return Err(Error::PreconditionFailed);
            }
            if let Some(roles) = &change.roles {
                tables.replace_roles(&id.name, roles)?;
            }
            if let Some(state) = change.state {
                tables.set_user_state(&id.name, state)?;
            }
            if change.state == Some(UserState::Locked) {
                tables.delete_sessions(&id.name, None)?;
                end_all_of(act, transaction, tables, id, None)?;
            }
            find(tables, id)
        })
    })
}

/// Replaces the roles of a user: [`change_user`] with roles only.
pub fn set_user_roles(
    act: &Act<'_>,
    id: &UserId,
    roles: &[UserRole],
    expected: impl FnOnce(&User) -> bool,
) -> Result<User, Error> {
    change_user(act, id, &UserChange { roles: Some(roles.to_vec()), state: None }, expected)
}

/// Locks or unlocks a user: [`change_user`] with the state only.
pub fn set_user_state(act: &Act<'_>, id: &UserId, state: UserState, expected: impl FnOnce(&User) -> bool) -> Result<User, Error> {
    change_user(act, id, &UserChange { roles: None, state: Some(state) }, expected)
}

/// What the audit log says of the credentials of a member that ended with the account.
fn ended(credentials: usize) -> Option<Value> {
    (credentials > 0).then(|| json!({ "member_credentials_deleted": credentials }))
}

/// Removes a user, if `expected` accepts the user's current state, with all that belongs to the user. A later user with the same name gets
/// nothing of it. A member with this account stays, but without its personal access tokens and initial access tokens. The account of the
/// last administrator cannot be removed.
pub fn delete_user(act: &Act<'_>, id: &UserId, expected: impl FnOnce(&User) -> bool) -> Result<(), Error> {
    act.require_administrator()?;
    let store = act.stores().find(&id.store)?;
    act.storage().write(|transaction| {
        keep_administrator_with(act, transaction, id)?;
        let details = ended(transaction.delete_credentials_of_account(id)?);
        act.audit(transaction, Action::UserRemove, None, Some(&id.to_string()), details.as_ref())?;
        transaction.forget_account(id)?;
        forget_failures(transaction, id)?;
        store.write(transaction, |tables| {
            if !expected(&find(tables, id)?) {
                return Err(Error::PreconditionFailed);
            }
            end_all_of(act, transaction, tables, id, None)?;
            tables.delete_user(&id.name)?;
            Ok(())
        })
    })
}
