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

/// Checks that the database can be written to: writes, and waits until the write is on the disk. With `much`, it writes as much as a large
/// operation.
pub fn check_writable(act: &Act<'_>, much: bool) -> Result<(), Error> {
    act.storage().write_concurrent(|transaction| {
        current(transaction)?;
        let probed = if much { transaction.probe_with_filler(act.now.0.to_le_bytes()[0]) } else { transaction.probe() };
        Ok(probed?)
    })
}
