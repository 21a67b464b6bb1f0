//! Errors about tokens and their minting.

use postern_token::{Kind, Scopes, SignError};
use thiserror::Error;

/// Why a token was not found or not minted.
#[derive(Debug, Clone, Error)]
pub enum TokenError {
    /// No token has the id that was given. The id is not repeated, because it may be a token given by mistake.
    #[error("there is no token with this id")]
    NotFound,
    /// An administrator does not allow tokens that never expire.
    #[error("tokens that never expire are not allowed: choose a validity of 1 second or more")]
    UnlimitedValidityForbidden,
    /// The validity is longer than an administrator allows.
    #[error("{} tokens may last at most {maximum} seconds: choose a shorter validity", .kind.as_str())]
    ValidityTooLong {
        /// The kind of token.
        kind: Kind,
        /// The maximum in seconds.
        maximum: u64,
    },
    /// The scope is malformed, or the client may not have all of it.
    #[error("the scope is malformed, or holds a value that the client may not have")]
    ScopeNotAllowed {
        /// The scopes that the client may ask for; `None` if there are none, or if the caller may not learn them.
        available: Option<Scopes<'static>>,
    },
    /// The client has as many live tokens as it may have.
    #[error("the client has {0} live tokens, and no client may have more: use them until they expire, or revoke some")]
    TooMany(u32),
    /// The client has obtained as many tokens in the last hour as it may, itself or for one user.
    #[error("the client has obtained {most} tokens in the last hour, and no client may obtain more: use each until it expires")]
    TooManyInAnHour {
        /// The bound.
        most: u32,
        /// The seconds until the client may obtain another one, at least 1.
        seconds: u64,
    },
    /// The token cannot be signed, usually because it would be too large.
    #[error("the token cannot be minted: {0}")]
    Sign(SignError),
    /// The reserved status index belongs to a status list that was deleted, or to an epoch that has ended.
    #[error("the status list of the new token was deleted, or the issuer was recovered meanwhile: request the token again")]
    StatusListDeleted,
}
