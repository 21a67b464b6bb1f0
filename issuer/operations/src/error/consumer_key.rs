//! Errors about an application's consumer keys and secrets.

use postern_model::{ApplicationId, ConsumerSecretId};
use postern_token::KeyType;
use thiserror::Error;

/// Why an operation on an application's keys, or by a client that authenticates with them, did not succeed.
#[derive(Debug, Error)]
pub enum ConsumerKeyError {
    /// The application has keys for the environment.
    #[error("the application `{application}` already has {} keys: regenerate its token to get a new one", .key_type.as_str())]
    AlreadyExist {
        /// The application.
        application: ApplicationId,
        /// The environment.
        key_type: KeyType,
    },
    /// The application has no keys for the environment.
    #[error("the application `{application}` has no {} keys: generate them first", .key_type.as_str())]
    NotFound {
        /// The application.
        application: ApplicationId,
        /// The environment.
        key_type: KeyType,
    },
    /// The consumer key has no secret with this id.
    #[error("there is no secret `{}`", .0.as_str())]
    SecretNotFound(ConsumerSecretId),
    /// The consumer key has two unexpired secrets, the maximum.
    #[error("the application `{application}` already has two {} secrets: remove one before you create another", .key_type.as_str())]
    TooManySecrets {
        /// The application.
        application: ApplicationId,
        /// The environment.
        key_type: KeyType,
    },
    /// The secret is the only one that has not expired.
    #[error("this is the only secret that has not expired: create another before you remove it")]
    LastSecret,
    /// The client is unknown, or its secret is wrong; the error does not say which.
    #[error("the client is unknown or its secret is wrong")]
    InvalidClient,
    /// The keys do not allow the grant type.
    #[error("the application's keys do not allow this grant type")]
    GrantTypeNotAllowed,
}
