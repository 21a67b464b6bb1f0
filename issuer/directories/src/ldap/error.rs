//! Why a directory gives no answer.

use std::io;

use thiserror::Error;

use super::ber::Malformed;
use crate::concurrency_limit::Busy;

/// A directory does not say whether somebody is who they say. It is never the user's fault, and never means that a password is
/// wrong.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// It cannot be reached, or does not go on.
    #[error("the directory is not available: {0}")]
    Unavailable(#[from] ConnectError),
    /// It refuses what a directory of users must do.
    #[error("the directory refuses {operation} with LDAP result {code}{}", hint(*.code))]
    Refused {
        /// What it refuses.
        operation: Operation,
        /// The result code (RFC 4511, appendix A).
        code: u32,
    },
    /// Several entries have the name. Nobody can say whose password counts.
    #[error("`user_filter` finds several entries in the directory for one name: make it match one")]
    Ambiguous,
    /// Too many ask it already.
    #[error("too many sign-ins are waiting for the directory")]
    Busy,
}

/// What a directory is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// To take the service account's password.
    ServiceBind,
    /// To find a user.
    UserSearch,
    /// To find a user's groups.
    GroupSearch,
    /// To check a user's password.
    UserBind,
}

/// What keeps a directory from being asked.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// Its name has no address.
    #[error("its host name cannot be resolved: {0}")]
    Name(#[source] io::Error),
    /// Nobody answers there.
    #[error("the connection failed: {0}")]
    Connect(#[source] io::Error),
    /// It is somebody else, or does not speak our TLS.
    #[error("the TLS handshake failed: {0}")]
    Tls(#[source] io::Error),
    /// It does not do `StartTLS`.
    #[error("it refuses StartTLS with LDAP result {0}")]
    StartTls(u32),
    /// The connection ended.
    #[error("the connection was lost: {0}")]
    Lost(#[source] io::Error),
    /// It is too slow.
    #[error("it did not answer in time")]
    TimedOut,
    /// It says what is no LDAP, or more than anybody asked for.
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

/// What the codes mean that somebody who sets a directory up will see.
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
    /// What an error of a connection is.
    pub(super) fn of(error: io::Error, otherwise: fn(io::Error) -> Self) -> Self {
        // A socket's own timeout shows as either.
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
