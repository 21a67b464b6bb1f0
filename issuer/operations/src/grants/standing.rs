//! Checks, before a user's token is minted, that the user still exists and is active.

use crate::error::{GrantError, UserError};
use crate::user_stores::UserStore;
use crate::users::refresh_from_directory;
use crate::{Act, Error};
use postern_model::{User, UserId, UserState};

/// The user, if there is one and it is active; otherwise the error `otherwise`.
pub(super) fn active(user: Option<&User>, otherwise: GrantError) -> Result<&User, Error> {
    user.filter(|user| user.state == UserState::Active).ok_or_else(|| otherwise.into())
}

/// Asks the user store's directory, if it has one, whether the user still exists and which roles the user has now: both may have changed
/// since the user signed in.
pub(super) fn still_known(act: &Act<'_>, store: &UserStore, id: &UserId, otherwise: GrantError) -> Result<(), Error> {
    refresh_from_directory(act, store, id).map_err(|error| match error {
        Error::User(UserError::WrongCredentials) => otherwise.into(),
        other => other,
    })
}
