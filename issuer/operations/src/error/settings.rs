//! Errors about the issuer's settings.

use thiserror::Error;

/// Why an operation on the issuer's settings did not succeed.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The database has settings, so it cannot be initialised again.
    #[error("the database is already initialised")]
    AlreadyInitialised,
    /// The database has no settings.
    #[error("the database is not initialised")]
    NotInitialised,
    /// A setting has a value that is not allowed: the message names it.
    #[error("{text}")]
    OutOfRange {
        /// The name of the setting to change.
        setting: &'static str,
        /// What is wrong.
        text: &'static str,
    },
}
