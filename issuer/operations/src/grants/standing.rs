//! Checks, before a user's token is minted, that the user still exists and is active.

use crate::error::{GrantError, UserError};
use crate::user_stores::UserStore;
use crate::users::{check_standing, refresh_from_directory};
use crate::{Act, Error};
use postern_model::{User, UserId};
use postern_storage::UserTables;

/// The user, when it still is one who may have something; otherwise what is said of a code or a token whose user is not.
pub(super) fn standing(tables: &UserTables<'_, '_>, id: &UserId, otherwise: GrantError) -> Result<User, Error> {
    check_standing(tables, id).map_err(|error| instead_of_wrong_credentials(error, otherwise))
}

/// Makes sure, before somebody is handed anything for the user, that a directory that others keep still knows the user, and hears what the user is there now:
/// that one may have left, or be something else, since the session in which a client was allowed to ask began.
pub(super) fn still_known(act: &Act<'_>, store: &UserStore, id: &UserId, otherwise: GrantError) -> Result<(), Error> {
    refresh_from_directory(act, store, id).map_err(|error| instead_of_wrong_credentials(error, otherwise))
}

fn instead_of_wrong_credentials(error: Error, otherwise: GrantError) -> Error {
    match error {
        Error::User(UserError::WrongCredentials) => otherwise.into(),
        other => other,
    }
}
