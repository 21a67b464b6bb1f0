//! Listing an application's tokens.

use super::Error;
use crate::catalogue::{ApplicationId, TokenRecord};
use crate::storage::Storage;

/// The records of an application's tokens, the oldest first, also of an application that was deleted.
pub fn list_tokens(storage: &Storage, application: &ApplicationId) -> Result<Vec<TokenRecord>, Error> {
    storage.read(|transaction| {
        if !transaction.knows_application(application)? {
            return Err(Error::NoSuchApplication(application.clone()));
        }
        Ok(transaction.tokens(application)?)
    })
}
