//! Why a client gets nothing from a user.

use thiserror::Error;

/// Why a client gets nothing from a user; nothing was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GrantError {
    /// The code, the refresh token, the device code or the password does not count (RFC 6749 section 5.2): the words say how, as far as its owner may know.
    #[error("{0}")]
    Invalid(&'static str),
    /// The client is not one that users can be sent back to.
    #[error("no application has that client id")]
    UnknownClient,
    /// The client has not registered the redirect URI.
    #[error("the redirect URI is not one of the application's")]
    UnknownRedirectUri,
    /// The user has not decided yet (RFC 8628 section 3.5).
    #[error("the user has not decided yet")]
    Pending,
    /// The client asks too often (RFC 8628 section 3.5).
    #[error("the client asks too often: wait five seconds longer each time")]
    SlowDown,
    /// The user said no.
    #[error("the user said no")]
    Denied,
    /// Nobody decided in time.
    #[error("the device code ran out")]
    DeviceCodeExpired,
    /// No device waits for that code.
    #[error("no device waits for that code, or not any more")]
    UnknownUserCode,
    /// The application may not ask its users for their passwords.
    #[error("an administrator has not allowed the application to ask for passwords")]
    PasswordsNotAllowed,
}
