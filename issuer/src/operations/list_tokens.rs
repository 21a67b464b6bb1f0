//! Listing an application's tokens.

use super::Error;
use crate::catalogue::{ApplicationId, TokenRecord};
use crate::storage::Storage;

/// The records of an application's tokens, the oldest first.
pub fn list_tokens(storage: &Storage, application: &ApplicationId) -> Result<Vec<TokenRecord>, Error> {
    storage.read(|transaction| {
        if transaction.application(application)?.is_none() {
            return Err(Error::NoSuchApplication(application.clone()));
        }
        Ok(transaction.tokens(application)?)
    })
}
