//! Checks, before a user's token is minted, that the user still exists and is active.

use crate::error::{GrantError, UserError};
use crate::user_stores::UserStore;
use crate::users::{check_standing, refresh_from_directory};
use crate::{Act, Error};
use postern_model::{User, UserId};
use postern_storage::UserTables;

/// The user, if it is active; otherwise the error `otherwise`.
pub(super) fn standing(tables: &UserTables<'_, '_>, id: &UserId, otherwise: GrantError) -> Result<User, Error> {
    check_standing(tables, id).map_err(|error| instead_of_wrong_credentials(error, otherwise))
}

/// Asks the user store's directory, if it has one, whether the user still exists and which roles the user has now: both may have changed
/// since the user signed in.
pub(super) fn still_known(act: &Act<'_>, store: &UserStore, id: &UserId, otherwise: GrantError) -> Result<(), Error> {
    refresh_from_directory(act, store, id).map_err(|error| instead_of_wrong_credentials(error, otherwise))
}

fn instead_of_wrong_credentials(error: Error, otherwise: GrantError) -> Error {
    match error {
        Error::User(UserError::WrongCredentials) => otherwise.into(),
        other => other,
    }
}
