//! The validities that new applications start with.

use super::{Error, settings};
use crate::catalogue::{Validities, Validity};
use crate::storage::Storage;

/// The defaults.
pub fn defaults(storage: &Storage) -> Result<Validities, Error> {
    storage.read(|transaction| Ok(settings(transaction)?.default_validities))
}

/// Changes the ones that are given. Applications that exist keep what they have.
pub fn set_defaults(storage: &Storage, application: Option<Validity>, user: Option<Validity>) -> Result<Validities, Error> {
    storage.write(|transaction| {
        let current = settings(transaction)?.default_validities;
        let changed = Validities { application: application.unwrap_or(current.application), user: user.unwrap_or(current.user) };
        transaction.update_default_validities(&changed)?;
        Ok(changed)
    })
}
