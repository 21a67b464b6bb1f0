//! Why an operation did not succeed: one enum for each area, and [`enum@Error`] over all of them.
//!
//! A message says what is wrong and what to do, in words that fit every caller. It names no flag, command, header or status: each caller
//! adds its own advice, by variant.

mod application;
mod catalogue;
mod consumer_key;
mod edge;
mod grant;
mod member;
mod scope;
mod settings;
mod signing_key;
mod team;
mod token;
mod user;

use std::fmt::Display;

use postern_model::Role;
use postern_secrets::EntropyError;
use postern_signing::GenerateError;
use postern_storage::StorageError;
use postern_token::SignError;
use thiserror::Error;

pub use application::{ApplicationError, SubscriptionError};
pub use catalogue::{ApiError, TierError};
pub use consumer_key::ConsumerKeyError;
pub use edge::EdgeError;
pub use grant::GrantError;
pub use member::{InitialAccessTokenError, MemberError};
pub use scope::{LISTED_APIS, LISTED_SCOPES, ScopeError, listed_scopes};
pub use settings::SettingsError;
pub use signing_key::SigningKeyError;
pub use team::TeamError;
pub use token::TokenError;
pub use user::{SignInRefusal, UserError};

/// Why an operation did not succeed. None of its changes were made, and the error never holds a secret.
#[derive(Debug, Error)]
pub enum Error {
    /// The actor's role does not allow the operation.
    #[error("this needs the role `{}`", .needed.as_str())]
    Forbidden {
        /// A role that allows it.
        needed: Role,
    },
    /// The resource is not as the caller expects it.
    #[error("the resource has changed since it was read: read it again, then repeat the change")]
    PreconditionFailed,
    /// The expiry given for something new is not in the future.
    #[error("the expiry is in the past: choose a time in the future")]
    ExpiryInThePast,
    /// The idempotency key was used with another request.
    #[error(
        "the idempotency key was used for another request: choose a new idempotency key, and reuse one only to retry the same request"
    )]
    IdempotencyKeyReused,
    /// An application.
    #[error(transparent)]
    Application(#[from] ApplicationError),
    /// An API.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A subscription tier.
    #[error(transparent)]
    Tier(#[from] TierError),
    /// A subscription.
    #[error(transparent)]
    Subscription(#[from] SubscriptionError),
    /// An application's consumer keys and secrets.
    #[error(transparent)]
    ConsumerKey(#[from] ConsumerKeyError),
    /// A scope of a key set, or the rules for a scope.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// A token, or the minting of one.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A signing key, or the master key that encrypts it.
    #[error(transparent)]
    SigningKey(#[from] SigningKeyError),
    /// A member, or a personal access token of one.
    #[error(transparent)]
    Member(#[from] MemberError),
    /// A team.
    #[error(transparent)]
    Team(#[from] TeamError),
    /// An initial access token, with which clients are registered.
    #[error(transparent)]
    InitialAccessToken(#[from] InitialAccessTokenError),
    /// An edge, its key or its bundle.
    #[error(transparent)]
    Edge(#[from] EdgeError),
    /// The issuer's settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A user, a user store or a directory.
    #[error(transparent)]
    User(#[from] UserError),
    /// A grant that gives a client no token.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The random source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Error {
    /// The failure of a transaction, for each of the requests in it.
    pub(crate) fn for_each<T>(self, requests: usize) -> Vec<Result<T, Self>> {
        let Self::Storage(shared) = &self else {
            // Only the first of them learns more than that the transaction failed.
            let others = (1..requests).map(|_| Err(StorageError::failed().into()));
            return std::iter::once(Err(self)).chain(others).collect();
        };
        (0..requests).map(|_| Err(shared.shared().into())).collect()
    }
}

impl From<SignError> for Error {
    fn from(error: SignError) -> Self {
        TokenError::Sign(error).into()
    }
}

impl From<GenerateError> for Error {
    fn from(error: GenerateError) -> Self {
        SigningKeyError::Generate(error).into()
    }
}

/// The names in backticks, separated by commas.
fn quoted(names: &[impl Display]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
