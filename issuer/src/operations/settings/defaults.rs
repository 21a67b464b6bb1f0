//! The validities that new applications start with.

use serde_json::json;

use super::current;
use crate::catalogue::{Action, Validities, Validity};
use crate::operations::{Act, Error};

/// The defaults.
pub fn defaults(act: &Act<'_>) -> Result<Validities, Error> {
    act.storage().read(|transaction| Ok(current(transaction)?.default_validities))
}

/// Changes the ones that are given. Applications that exist keep what they have.
pub fn set_defaults(act: &Act<'_>, application: Option<Validity>, user: Option<Validity>) -> Result<Validities, Error> {
    act.administer()?;
    act.storage().write(|transaction| {
        let before = current(transaction)?.default_validities;
        let changed = Validities { application: application.unwrap_or(before.application), user: user.unwrap_or(before.user) };
        for validity in [application, user].into_iter().flatten() {
            super::check_validity(transaction, validity)?;
        }
        transaction.update_default_validities(&changed)?;
        act.record(transaction, Action::SettingsChange, None, None, Some(&json!(changed)))?;
        Ok(changed)
    })
}
