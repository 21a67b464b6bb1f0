//! Errors of the OAuth grants, for the client that asked.

use thiserror::Error;

/// Why a client gets no token from a user's grant. No token was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GrantError {
    /// The code, the refresh token, the device code or the password is not valid (`invalid_grant` in RFC 6749 section 5.2). The text gives
    /// the reason, as far as the client may know it.
    #[error("{0}")]
    Invalid(&'static str),
    /// No application with this client id can use the authorization endpoint.
    #[error("no application has this client id")]
    UnknownClient,
    /// The application has not registered the redirect URI.
    #[error("the redirect URI is not registered for the client")]
    UnknownRedirectUri,
    /// The user has not decided yet (RFC 8628 section 3.5).
    #[error("the user has not decided yet")]
    Pending,
    /// The client polls faster than it may (RFC 8628 section 3.5).
    #[error("the client polls too often: add five seconds to its interval")]
    SlowDown,
    /// The user denied the request.
    #[error("the user denied the request")]
    Denied,
    /// The maximum number of devices of the client wait for their users.
    #[error("too many devices of this client wait for a decision of their users: try again later")]
    TooManyDevices,
    /// The device code expired before the user decided.
    #[error("the device code has expired")]
    DeviceCodeExpired,
    /// No device waits for this user code.
    #[error("no device waits for this code: it is mistyped, used or expired")]
    UnknownUserCode,
    /// The password is right, but it is not enough for this user.
    #[error(
        "the user needs more than a password to sign in (a second factor, or a new password): let the user sign in with a browser, by the authorization code grant or the device grant"
    )]
    NeedsBrowser,
    /// The application is not allowed the password grant.
    #[error("an administrator has not allowed the application to ask for passwords")]
    PasswordsNotAllowed,
}
