//! What holds for the whole issuer.

mod change;
mod check_health;
mod initialise;
mod policies;

pub use change::{SettingsChange, change_settings};
pub use check_health::check_health;
pub use initialise::{check_not_initialised, initialise};
pub use policies::PolicyChange;

use super::{Act, Error};
use crate::error::{SettingsError, TokenError};
use postern_model::{Settings, Validity};
use postern_storage::Transaction;

/// The settings, which `initialise` has written.
pub(super) fn current(transaction: &Transaction<'_>) -> Result<Settings, Error> {
    transaction.settings()?.ok_or(Error::Settings(SettingsError::NotInitialised))
}

/// The issuer's settings.
pub fn load_settings(act: &Act<'_>) -> Result<Settings, Error> {
    act.storage().read(current)
}

/// Makes sure that tokens may last so long.
pub(super) fn check_validity(transaction: &Transaction<'_>, validity: Validity) -> Result<(), Error> {
    let forbidden = validity == Validity::Forever && !current(transaction)?.policies.forever_allowed;
    if forbidden { Err(Error::Token(TokenError::UnlimitedValidityForbidden)) } else { Ok(()) }
}
