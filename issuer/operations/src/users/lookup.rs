//! Finds a user in a store.

use postern_model::{User, UserId};
use postern_storage::UserTables;

use crate::error::{Error, UserError};

/// The user, or the error that there is none.
pub(crate) fn find(tables: &UserTables<'_, '_>, id: &UserId) -> Result<User, Error> {
    tables.user(&id.name)?.ok_or_else(|| UserError::NoSuchUser(id.clone()).into())
}
