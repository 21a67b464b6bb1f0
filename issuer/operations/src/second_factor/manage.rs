//! Shows, removes and resets second factors, and renews recovery codes.

use postern_token::UnixSeconds;

use super::RecoveryCodes;
use super::verify::accept;
use crate::error::UserError;
use crate::guessing::forget_failures;
use crate::users::{find, find_session};
use crate::{Act, Error, settings};
use postern_model::{Action, SecondFactorPolicy, User, UserId};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::{Transaction, UserTables};

/// A user's second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactorDetails {
    /// When it was set up; `None` if the user has none.
    pub since: Option<UnixSeconds>,
    /// The recovery codes that were not used.
    pub recovery_codes: u64,
    /// Whether users may have one.
    pub policy: SecondFactorPolicy,
}

fn details(transaction: &Transaction<'_>, tables: &UserTables<'_, '_>, id: &UserId) -> Result<SecondFactorDetails, Error> {
    let (since, recovery_codes) = (find(tables, id)?.second_factor_at, tables.recovery_codes(&id.name)?);
    Ok(SecondFactorDetails { since, recovery_codes, policy: settings::current(transaction)?.policies.second_factor })
}

/// The second factor of the user of a session; `None` if the store does not keep passwords, so that its users cannot have one.
pub fn find_own_second_factor(act: &Act<'_>, session: &PlainSecret) -> Result<Option<SecondFactorDetails>, Error> {
    let user = find_session(act, session)?.user;
    let store = act.stores().find(&user.store)?;
    if !store.keeps_passwords() {
        return Ok(None);
    }
    act.storage().read(|transaction| store.read(transaction, |tables| details(transaction, tables, &user)).map(Some))
}

/// The second factor of a user.
pub fn show_second_factor(act: &Act<'_>, id: &UserId) -> Result<SecondFactorDetails, Error> {
    act.require_auditor()?;
    let store = act.stores().find(&id.store)?;
    act.storage().read(|transaction| store.read(transaction, |tables| details(transaction, tables, id)))
}

/// Removes the second factor of the user of a session, who has entered a code or a recovery code of it.
pub fn remove_own_second_factor(act: &Act<'_>, session: &PlainSecret, entered: &PlainSecret) -> Result<(), Error> {
    with_code(act, session, entered, Action::SecondFactorRemove, |transaction, tables, user| {
        if settings::current(transaction)?.policies.second_factor == SecondFactorPolicy::Required {
            return Err(UserError::SecondFactorRequired.into());
        }
        tables.delete_second_factor(&user.name)?;
        Ok(())
    })
}

/// Replaces the recovery codes of the user of a session, who has entered a code or a recovery code.
pub fn renew_recovery_codes(act: &Act<'_>, session: &PlainSecret, entered: &PlainSecret) -> Result<RecoveryCodes, Error> {
    with_code(act, session, entered, Action::RecoveryCodesRenew, |_, tables, user| RecoveryCodes::replace(act, tables, user))
}

fn with_code<T>(
    act: &Act<'_>,
    session: &PlainSecret,
    entered: &PlainSecret,
    action: Action,
    work: impl FnOnce(&Transaction<'_>, &UserTables<'_, '_>, &UserId) -> Result<T, Error>,
) -> Result<T, Error> {
    let user = find_session(act, session)?.user;
    let store = act.stores().find(&user.store)?;
    let act = &act.of_user(&user);
    act.storage().write(|transaction| {
        act.audit(transaction, action, None, Some(&user.to_string()), None)?;
        store.write(transaction, |tables| {
            if tables.session(&HashedSecret::of(session))?.is_none() {
                return Err(UserError::NoSession.into());
            }
            if tables.second_factor(&user.name)?.is_none() {
                return Err(UserError::NoSecondFactor(user.clone()).into());
            }
            accept(act, transaction, tables, &user, entered)?;
            work(transaction, tables, &user)
        })
    })
}

/// Removes a user's second factor, if `expected` accepts the user's current state, and ends the user's sessions: whoever lost the app may have
/// lost a browser too.
pub fn reset_second_factor(act: &Act<'_>, id: &UserId, expected: impl FnOnce(&User) -> bool) -> Result<User, Error> {
    act.require_administrator()?;
    let store = act.stores().find(&id.store)?;
    act.storage().write(|transaction| {
        act.audit(transaction, Action::SecondFactorReset, None, Some(&id.to_string()), None)?;
        forget_failures(transaction, id)?;
        store.write(transaction, |tables| {
            if !expected(&find(tables, id)?) {
                return Err(Error::PreconditionFailed);
            }
            if !tables.delete_second_factor(&id.name)? {
                return Err(UserError::NoSecondFactor(id.clone()).into());
            }
            tables.delete_sessions(&id.name, None)?;
            find(tables, id)
        })
    })
}
