//! Errors of identity providers.

use std::fmt;

use thiserror::Error;

use super::id_token::IdTokenError;
use super::person::PersonError;
use crate::concurrency_limit::Busy;

/// A provider did not tell who signs in. No error holds a code, a token or a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProviderError {
    /// The provider cannot be reached, or the connection failed.
    #[error("{endpoint} of the provider is not available: {reason}")]
    Unavailable {
        /// What was requested.
        endpoint: Endpoint,
        /// What happened, without anything that was sent.
        reason: String,
    },
    /// The provider answers with an error.
    #[error("{endpoint} of the provider answers with the HTTP status {status}{}", hint(*.status))]
    Status {
        /// What was requested.
        endpoint: Endpoint,
        /// The status.
        status: u16,
    },
    /// An answer is not what `OpenID` Connect describes.
    #[error("the response of {0} of the provider is not valid OpenID Connect")]
    Malformed(Endpoint),
    /// The provider's metadata cannot be used.
    #[error("the provider's metadata {0}")]
    Metadata(&'static str),
    /// The provider refuses the code or the client (RFC 6749 section 5.2).
    #[error("the provider refuses the code with the error `{0}`: check `client_id`, `client_secret_file` and the redirect URI")]
    Refused(String),
    /// The authorization response is of another issuer (RFC 9207 section 2.4).
    #[error("the authorization response does not name the provider as its issuer (`iss`)")]
    OtherIssuer,
    /// The ID token is refused.
    #[error("the provider's ID token is refused: {0}")]
    IdToken(#[from] IdTokenError),
    /// The user information is about another person than the ID token (`OpenID` Connect Core 1.0, section 5.3.2).
    #[error("the provider's user information has a different `sub` than the ID token")]
    OtherSubject,
    /// The claims do not make a user.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// Too many requests are already waiting for the provider.
    #[error("too many sign-ins are waiting for the provider")]
    Busy,
}

impl ProviderError {
    /// Whether the provider, or the way to it, is at fault at the moment, so that a later sign-in may succeed.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Busy | Self::Status { .. })
    }
}

impl From<Busy> for ProviderError {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

/// An endpoint of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// The metadata, at `/.well-known/openid-configuration`.
    Metadata,
    /// The signing keys, at `jwks_uri`.
    Keys,
    /// The token endpoint.
    Token,
    /// The endpoint of the user information.
    UserInfo,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Metadata => "the metadata (`/.well-known/openid-configuration`)",
            Self::Keys => "the signing keys (`jwks_uri`)",
            Self::Token => "the token endpoint",
            Self::UserInfo => "the user information endpoint",
        })
    }
}

const fn hint(status: u16) -> &'static str {
    match status {
        300..400 => " (a redirect, which is not followed)",
        404 => " (not found: check `issuer`)",
        _ => "",
    }
}
