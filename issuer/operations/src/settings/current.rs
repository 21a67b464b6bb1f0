//! Reading the issuer's settings.

use crate::error::SettingsError;
use crate::{Act, Error};
use postern_model::Settings;
use postern_storage::Transaction;

/// The settings, which `initialise` has written.
pub(crate) fn current(transaction: &Transaction<'_>) -> Result<Settings, Error> {
    transaction.settings()?.ok_or(Error::Settings(SettingsError::NotInitialised))
}

/// The issuer's settings.
pub fn load_settings(act: &Act<'_>) -> Result<Settings, Error> {
    act.storage().read(current)
}

/// Checks that the database answers.
pub fn check_health(act: &Act<'_>) -> Result<(), Error> {
    load_settings(act).map(drop)
}
