//! Users as administrators see them.

use serde_json::json;

use super::UserError;
use crate::catalogue::{Action, TokenState, User, UserId, UserName, UserRole, UserState, UserStoreName};
use crate::directory::password::PasswordHash;
use crate::directory::password_rules;
use crate::operations::grants::end_grants;
use crate::operations::{Act, Error};
use crate::secrets::PlainSecret;
use crate::storage::{UserTables, WhichGrants};

/// A user who is to be.
#[derive(Debug)]
pub struct NewUser {
    /// The name, and the store, which must keep its users itself.
    pub id: UserId,
    /// The first password.
    pub password: PlainSecret,
    /// What the user is.
    pub roles: Vec<UserRole>,
}

/// Adds a user. It hashes a password: not to be called where that may not take its time.
pub fn create_user(act: &Act<'_>, new: &NewUser) -> Result<User, Error> {
    act.administer()?;
    let NewUser { id, password, roles } = new;
    let store = act.stores().find(&id.store)?;
    store.check_local()?;
    password_rules::check(password, &id.name, &id.store).map_err(UserError::from)?;
    let hash = PasswordHash::of(password, act.entropy).map_err(UserError::from)?;
    let mut roles = roles.clone();
    roles.sort();
    roles.dedup();
    let state = UserState::Active;
    let user = User { name: id.name.clone(), state, roles, created_at: act.now, password_set_at: Some(act.now) };
    act.storage().write(|transaction| {
        let details = json!({ "roles": user.roles });
        act.record(transaction, Action::UserAdd, None, Some(&id.to_string()), Some(&details))?;
        store.write(transaction, |tables| match tables.insert_user(&user, Some(hash.as_str()))? {
            true => Ok(()),
            false => Err(UserError::UserExists(id.clone()).into()),
        })
    })?;
    Ok(user)
}

/// A store's users by name, those that come after another one where that is given.
pub fn list_users(act: &Act<'_>, store: &UserStoreName, after: Option<&UserName>, limit: u32) -> Result<Vec<User>, Error> {
    act.inspect()?;
    let store = act.stores().find(store)?;
    act.storage().read(|transaction| store.read(transaction, |tables| Ok(tables.users(after, limit)?)))
}

/// A user.
pub fn show_user(act: &Act<'_>, id: &UserId) -> Result<User, Error> {
    act.inspect()?;
    let store = act.stores().find(&id.store)?;
    act.storage().read(|transaction| store.read(transaction, |tables| find(tables, id)))
}

/// Gives a user these roles and no others, if the user is as `expected` thinks. Tokens that are there keep their scopes until they are renewed.
pub fn set_user_roles(
    act: &Act<'_>,
    id: &UserId,
    roles: &[UserRole],
    expected: impl FnOnce(&User) -> bool,
) -> Result<User, Error> {
    act.administer()?;
    let store = act.stores().find(&id.store)?;
    store.check_local()?;
    act.storage().write(|transaction| {
        act.record(transaction, Action::UserChange, None, Some(&id.to_string()), Some(&json!({ "roles": roles })))?;
        store.write(transaction, |tables| {
            if !expected(&find(tables, id)?) {
                return Err(Error::Changed);
            }
            tables.replace_roles(&id.name, roles)?;
            find(tables, id)
        })
    })
}

/// Locks a user, which ends every session, grant and token of that user, or unlocks one, who then has to sign in again.
pub fn set_user_state(act: &Act<'_>, id: &UserId, state: UserState, expected: impl FnOnce(&User) -> bool) -> Result<User, Error> {
    act.administer()?;
    let store = act.stores().find(&id.store)?;
    act.storage().write(|transaction| {
        let action = if state == UserState::Locked { Action::UserLock } else { Action::UserUnlock };
        act.record(transaction, action, None, Some(&id.to_string()), None)?;
        store.write(transaction, |tables| {
            if !expected(&find(tables, id)?) {
                return Err(Error::Changed);
            }
            tables.set_user_state(&id.name, state)?;
            if state == UserState::Locked {
                tables.delete_sessions(&id.name, None)?;
                end_grants(act, transaction, tables, WhichGrants::Of(&id.name), TokenState::Revoked)?;
            }
            find(tables, id)
        })
    })
}

/// Removes a user with all that belongs to one. Whoever is given the name next has nothing of it.
pub fn delete_user(act: &Act<'_>, id: &UserId) -> Result<(), Error> {
    act.administer()?;
    let store = act.stores().find(&id.store)?;
    act.storage().write(|transaction| {
        act.record(transaction, Action::UserRemove, None, Some(&id.to_string()), None)?;
        store.write(transaction, |tables| {
            find(tables, id)?;
            end_grants(act, transaction, tables, WhichGrants::Of(&id.name), TokenState::Revoked)?;
            tables.delete_user(&id.name)?;
            Ok(())
        })
    })
}

pub(super) fn find(tables: &UserTables<'_, '_>, id: &UserId) -> Result<User, Error> {
    tables.user(&id.name)?.ok_or_else(|| UserError::NoSuchUser(id.clone()).into())
}
