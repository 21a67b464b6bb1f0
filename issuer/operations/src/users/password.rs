//! Changes passwords. A change ends all sessions and grants, because another person may have known the old password.

use super::authenticate_user;
use super::lookup::find;
use crate::error::UserError;
use crate::guessing::forget_failures;
use crate::tokens::end_all_of;
use crate::{Act, Error};
use postern_directories::password::PasswordHash;
use postern_directories::password_rules;
use postern_model::{Action, User, UserId};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::UserTables;

/// A new password, as a hash.
#[derive(Debug)]
pub struct PreparedPassword {
    pub(super) id: UserId,
    pub(super) hash: PasswordHash,
}

/// Hashes a new password for a user of a store that keeps passwords, and stores nothing. It is slow, so do not call this in a transaction.
pub fn prepare_password(act: &Act<'_>, id: &UserId, new: &PlainSecret) -> Result<PreparedPassword, Error> {
    act.require_administrator()?;
    prepare(act, id, new)
}

fn prepare(act: &Act<'_>, id: &UserId, new: &PlainSecret) -> Result<PreparedPassword, Error> {
    act.stores().find(&id.store)?.check_local()?;
    password_rules::check(new, &id.name, &id.store).map_err(UserError::from)?;
    let hash = PasswordHash::of(new, act.entropy).map_err(UserError::from)?;
    Ok(PreparedPassword { id: id.clone(), hash })
}

/// Changes a user's own password. Every other session, and every grant and token of the user, ends.
pub fn change_own_password(act: &Act<'_>, session: &PlainSecret, present: &PlainSecret, new: &PlainSecret) -> Result<(), Error> {
    let signed_in = super::find_session(act, session)?;
    let known = authenticate_user(act, &signed_in.user.to_string(), present)?;
    let prepared = prepare(act, &known.id, new)?;
    let session = HashedSecret::of(session);
    set(&act.of_user(&known.id), &prepared, Some(&session), |tables| {
        // An administrator may have reset the password since, because others know the old one: then a change with the old one must fail.
        known.check_unchanged(tables)?;
        if tables.session(&session)?.is_some() { Ok(()) } else { Err(UserError::NoSession.into()) }
    })
}

/// Sets a user's password, if `expected` accepts the user's current state. Every session, grant and token of the user ends.
pub fn give_password(act: &Act<'_>, new: &PreparedPassword, expected: impl FnOnce(&User) -> bool) -> Result<(), Error> {
    act.require_administrator()?;
    set(act, new, None, |tables| if expected(&find(tables, &new.id)?) { Ok(()) } else { Err(Error::PreconditionFailed) })
}

/// Sets a user's password, hashing it first.
pub fn reset_password(act: &Act<'_>, id: &UserId, new: &PlainSecret) -> Result<(), Error> {
    give_password(act, &prepare_password(act, id, new)?, |_| true)
}

fn set(
    act: &Act<'_>,
    new: &PreparedPassword,
    kept: Option<&HashedSecret>,
    check: impl FnOnce(&UserTables<'_, '_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let PreparedPassword { id, hash } = new;
    let store = act.stores().find(&id.store)?;
    store.check_local()?;
    act.storage().write(|transaction| {
        act.audit(transaction, Action::UserPassword, None, Some(&id.to_string()), None)?;
        forget_failures(transaction, id)?;
        store.write(transaction, |tables| {
            check(tables)?;
            tables.set_password(&id.name, hash.as_str(), Some(act.now))?;
            tables.delete_sessions(&id.name, kept)?;
            end_all_of(act, transaction, tables, id, None).map(drop)
        })
    })
}
