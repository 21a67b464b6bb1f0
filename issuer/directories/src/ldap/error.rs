//! Errors of directories.

use std::io;

use thiserror::Error;

use super::ber::Malformed;
use crate::concurrency_limit::Busy;

/// A directory did not answer whether a user may sign in. The cause is the directory or its configuration, never a wrong
/// password.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// The directory cannot be reached, or the connection failed.
    #[error("the directory is not available: {0}")]
    Unavailable(#[from] ConnectError),
    /// The directory refused an operation.
    #[error("the directory refuses {operation} with LDAP result {code}{}", hint(*.code))]
    Refused {
        /// The refused operation.
        operation: Operation,
        /// The result code (RFC 4511, appendix A).
        code: u32,
    },
    /// Several entries match the user's name.
    #[error("`user_filter` finds several entries in the directory for one name: make it match one")]
    Ambiguous,
    /// Too many requests are already waiting for the directory.
    #[error("too many sign-ins are waiting for the directory")]
    Busy,
}

/// An operation of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// The bind as the service account.
    ServiceBind,
    /// The search for a user.
    UserSearch,
    /// The search for a user's groups.
    GroupSearch,
    /// The bind as a user, which verifies the password.
    UserBind,
}

/// A connection to a directory failed.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The host name cannot be resolved.
    #[error("its host name cannot be resolved: {0}")]
    Name(#[source] io::Error),
    /// The TCP connection failed.
    #[error("the connection failed: {0}")]
    Connect(#[source] io::Error),
    /// The TLS handshake failed, for example because the certificate is not trusted.
    #[error("the TLS handshake failed: {0}")]
    Tls(#[source] io::Error),
    /// The server refused `StartTLS`, with this result code.
    #[error("it refuses StartTLS with LDAP result {0}")]
    StartTls(u32),
    /// The connection ended unexpectedly.
    #[error("the connection was lost: {0}")]
    Lost(#[source] io::Error),
    /// The server did not answer within the timeout.
    #[error("it did not answer in time")]
    TimedOut,
    /// The response is not valid LDAP, is too large, or answers another request.
    #[error("its response is not valid LDAP")]
    Malformed,
}

impl std::fmt::Display for Operation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::ServiceBind => "the bind of `bind_dn`",
            Self::UserSearch => "the search for a user",
            Self::GroupSearch => "the search for a user's groups",
            Self::UserBind => "the bind of a user",
        })
    }
}

/// Explains the result codes that are common while a directory is being set up.
const fn hint(code: u32) -> &'static str {
    match code {
        3 => " (time limit exceeded)",
        4 => " (size limit exceeded)",
        8 => " (stronger authentication required)",
        10 => " (referral; these are not followed)",
        13 => " (confidentiality required)",
        32 => " (no such object: look at `base_dn`)",
        34 => " (invalid DN)",
        48 => " (inappropriate authentication)",
        49 => " (invalid credentials)",
        50 => " (insufficient access rights)",
        51 => " (busy)",
        52 => " (unavailable)",
        53 => " (unwilling to perform)",
        _ => "",
    }
}

impl ConnectError {
    /// Converts an I/O error: a timeout becomes [`Self::TimedOut`], any other error becomes `otherwise`.
    pub(super) fn of(error: io::Error, otherwise: fn(io::Error) -> Self) -> Self {
        // Which of the two a socket's timeout gives depends on the platform.
        if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) {
            Self::TimedOut
        } else {
            otherwise(error)
        }
    }
}

impl From<Malformed> for ConnectError {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<Busy> for DirectoryError {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}
