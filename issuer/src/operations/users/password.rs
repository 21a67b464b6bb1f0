//! Changing passwords. A password that was changed ends what was given while the old one counted: somebody else may have known it.

use super::accounts::find;
use super::{UserError, authenticate_user};
use crate::catalogue::{Action, TokenState, UserId};
use crate::directory::password::PasswordHash;
use crate::directory::password_rules;
use crate::operations::grants::end_grants;
use crate::operations::{Act, Error};
use crate::secrets::{HashedSecret, PlainSecret};
use crate::storage::WhichGrants;

/// Changes a user's own password. Every other session, and every grant and token of the user, ends.
pub fn change_own_password(act: &Act<'_>, session: &PlainSecret, present: &PlainSecret, new: &PlainSecret) -> Result<(), Error> {
    let signed_in = super::find_session(act, session)?;
    authenticate_user(act, &signed_in.user.to_string(), present)?;
    set(&act.of_user(&signed_in.user), &signed_in.user, new, Some(&HashedSecret::of(session)))
}

/// Gives a user another password. Every session, grant and token of the user ends.
pub fn reset_password(act: &Act<'_>, id: &UserId, new: &PlainSecret) -> Result<(), Error> {
    act.administer()?;
    set(act, id, new, None)
}

fn set(act: &Act<'_>, id: &UserId, new: &PlainSecret, kept: Option<&HashedSecret>) -> Result<(), Error> {
    let store = act.stores().find(&id.store)?;
    store.check_local()?;
    password_rules::check(new, &id.name, &id.store).map_err(UserError::from)?;
    let hash = PasswordHash::of(new, act.entropy).map_err(UserError::from)?;
    act.storage().write(|transaction| {
        act.record(transaction, Action::UserPassword, None, Some(&id.to_string()), None)?;
        store.write(transaction, |tables| {
            find(tables, id)?;
            tables.set_password(&id.name, hash.as_str(), Some(act.now))?;
            tables.delete_sessions(&id.name, kept)?;
            end_grants(act, transaction, tables, WhichGrants::Of(&id.name), TokenState::Revoked)?;
            Ok(())
        })
    })
}
