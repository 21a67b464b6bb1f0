//! Changes passwords. A change ends all sessions and grants, because another person may have known the old password.

use super::authenticate_user;
use super::lookup::find;
use crate::error::UserError;
use crate::guessing::forget_failures;
use crate::tokens::end_all_of;
use crate::{Act, Error};
use postern_directories::password::{PasswordError, PasswordHash, Verification};
use postern_directories::password_rules;
use postern_model::{Action, User, UserId};
use postern_secrets::{HashedSecret, PlainSecret, random_name};
use postern_storage::{Transaction, UserTables};

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

/// A random password of 80 bits, for an administrator to give to a user, who must change it.
pub fn generate_password(act: &Act<'_>) -> Result<PlainSecret, Error> {
    act.require_administrator()?;
    let groups: Vec<String> = (0..4).map(|_| random_name(act.entropy, 4)).collect::<Result<_, _>>()?;
    Ok(PlainSecret::presented(groups.join("-")))
}

/// Hashes a password that the user has chosen; see [`prepare_password`].
pub(crate) fn prepare(act: &Act<'_>, id: &UserId, new: &PlainSecret) -> Result<PreparedPassword, Error> {
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
    set(&act.of_user(&known.id), &prepared, Kept { session: Some(&session), must_change: false }, |_, tables| {
        // An administrator may have reset the password since, because others know the old one: then a change with the old one must fail.
        known.check_unchanged(tables)?;
        if tables.session(&session)?.is_some() { Ok(()) } else { Err(UserError::NoSession.into()) }
    })
}

/// Sets a user's password, if `expected` accepts the user's current state. Every session, grant and token of the user ends. With
/// `must_change`, the user must choose another password at the next sign-in.
pub fn give_password(
    act: &Act<'_>,
    new: &PreparedPassword,
    must_change: bool,
    expected: impl FnOnce(&User) -> bool,
) -> Result<(), Error> {
    act.require_administrator()?;
    set(act, new, Kept { session: None, must_change }, |_, tables| {
        if expected(&find(tables, &new.id)?) { Ok(()) } else { Err(Error::PreconditionFailed) }
    })
}

/// Sets a user's password, hashing it first.
pub fn reset_password(act: &Act<'_>, id: &UserId, new: &PlainSecret) -> Result<(), Error> {
    give_password(act, &prepare_password(act, id, new)?, false, |_| true)
}

/// Whether this is the password that the user has now. It is slow, so do not call this in a transaction.
pub(crate) fn is_present_password(act: &Act<'_>, id: &UserId, password: &PlainSecret) -> Result<bool, Error> {
    let store = act.stores().find(&id.store)?;
    let hash = act.storage().read(|main| store.read(main, |tables| Ok(tables.password(&id.name)?)))?;
    let hash = hash.as_deref().map(PasswordHash::parse).transpose().map_err(|_| UserError::WrongCredentials)?;
    match hash.map(|hash| hash.verify(password)).transpose() {
        Ok(verified) => Ok(matches!(verified, Some(Verification::Right { .. }))),
        Err(PasswordError::TooLong) => Ok(false),
        Err(error) => Err(UserError::from(error).into()),
    }
}

/// What a new password leaves.
#[derive(Clone, Copy, Default)]
pub(crate) struct Kept<'a> {
    /// The session that goes on.
    session: Option<&'a HashedSecret>,
    /// Whether the user must choose another password.
    must_change: bool,
}

/// Sets a password, after a `check` in the same transaction.
pub(crate) fn set(
    act: &Act<'_>,
    new: &PreparedPassword,
    kept: Kept<'_>,
    check: impl FnOnce(&Transaction<'_>, &UserTables<'_, '_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let PreparedPassword { id, hash } = new;
    let store = act.stores().find(&id.store)?;
    store.check_local()?;
    act.storage().write(|transaction| {
        act.audit(transaction, Action::UserPassword, None, Some(&id.to_string()), None)?;
        forget_failures(transaction, id)?;
        store.write(transaction, |tables| {
            check(transaction, tables)?;
            tables.set_password(&id.name, hash.as_str(), Some(act.now))?;
            tables.set_must_change_password(&id.name, kept.must_change)?;
            tables.delete_sessions(&id.name, kept.session)?;
            end_all_of(act, transaction, tables, id, None).map(drop)
        })
    })
}
