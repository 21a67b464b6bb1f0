//! Failed operations, and whether a retry may succeed.

use std::fmt::Write as _;

use postern_operations::{Error, UserError};
use postern_storage::StorageError;

/// Why an operation gave no result.
#[derive(Debug)]
pub enum Failure {
    /// The operation refused or failed; its error says why.
    Operation(Error),
    /// The operation got no turn in time, because too many operations were running.
    Busy,
    /// The thread that ran the operation ended before the operation did.
    Interrupted,
    /// The result cannot be written as JSON.
    Encode(serde_json::Error),
}

impl Failure {
    /// Logs a failure that is not the client's fault, and says whether a retry may succeed.
    pub fn report(&self) -> Retry {
        match self {
            Self::Operation(Error::Storage(
                error @ (StorageError::Unavailable(_) | StorageError::Gone { .. } | StorageError::File { .. }),
            )) => {
                tracing::error!(cause = chain(error), "the database is unavailable");
                Retry::Later
            }
            Self::Operation(Error::User(error @ (UserError::Directory(_) | UserError::Hash(_)))) => {
                tracing::error!(cause = chain(error), "the user directory lookup failed");
                Retry::Later
            }
            Self::Operation(Error::User(UserError::Provider(error))) if error.is_temporary() => {
                tracing::error!(cause = chain(error), "the identity provider is unavailable");
                Retry::Later
            }
            Self::Busy => {
                tracing::error!("the request waited too long for its turn at the database");
                Retry::Later
            }
            Self::Operation(error) => {
                tracing::error!(cause = chain(error), "an operation failed");
                Retry::Never
            }
            Self::Encode(error) => {
                tracing::error!(cause = chain(error), "a result cannot be written as JSON");
                Retry::Never
            }
            Self::Interrupted => {
                tracing::error!("an operation was interrupted");
                Retry::Never
            }
        }
    }
}

/// Whether the same request may succeed when it is sent again.
pub enum Retry {
    /// It may: something outside the issuer is temporarily unavailable.
    Later,
    /// It will not.
    Never,
}

/// The error and its chain of causes, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
