//! Errors about an application's consumer keys and secrets.

use postern_model::{ApplicationId, ConsumerSecretId};
use postern_token::KeyType;
use thiserror::Error;

/// Why an operation on a key set, or by a client that authenticates with it, did not succeed.
#[derive(Debug, Error)]
pub enum ConsumerKeyError {
    /// The application already has a key set for the environment.
    #[error("the application `{application}` already has a {} key set: regenerate its token to get a new one", .key_type.as_str())]
    AlreadyExist {
        /// The application.
        application: ApplicationId,
        /// The environment.
        key_type: KeyType,
    },
    /// The application has no key set for the environment.
    #[error("the application `{application}` has no {} key set: create it first", .key_type.as_str())]
    NotFound {
        /// The application.
        application: ApplicationId,
        /// The environment.
        key_type: KeyType,
    },
    /// The consumer key has no secret with this id.
    #[error("there is no consumer secret `{}`", .0.as_str())]
    SecretNotFound(ConsumerSecretId),
    /// The consumer key has two unexpired secrets, the maximum.
    #[error("the application `{application}` already has two {} consumer secrets: delete one before you create another", .key_type.as_str())]
    TooManySecrets {
        /// The application.
        application: ApplicationId,
        /// The environment.
        key_type: KeyType,
    },
    /// The secret is the only one that has not expired.
    #[error("this is the only consumer secret that has not expired: create another one before you delete it")]
    LastSecret,
    /// The client is unknown, or its secret is wrong; the error does not say which.
    #[error("the client is unknown or its secret is wrong")]
    InvalidClient,
    /// The key set does not allow the grant type.
    #[error("the key set does not allow this grant type")]
    GrantTypeNotAllowed,
}
