//! The validities that new applications start with.

use super::{SettingsChange, change_settings, current};
use crate::catalogue::{Validities, Validity};
use crate::operations::{Act, Error};

/// The defaults.
pub fn defaults(act: &Act<'_>) -> Result<Validities, Error> {
    act.storage().read(|transaction| Ok(current(transaction)?.default_validities))
}

/// Changes the ones that are given. Applications that exist keep what they have.
pub fn set_defaults(act: &Act<'_>, application: Option<Validity>, user: Option<Validity>) -> Result<Validities, Error> {
    let change = SettingsChange { application_validity: application, user_validity: user, ..SettingsChange::default() };
    Ok(change_settings(act, &change, |_| true)?.default_validities)
}
