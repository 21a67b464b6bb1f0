//! Errors about APIs and tiers.

use postern_model::TierName;
use postern_token::ApiReference;
use postern_token::bundle::Problems;
use thiserror::Error;

use super::quoted;

/// Why an operation on an API did not succeed.
#[derive(Debug, Error)]
pub enum ApiError {
    /// No API has this name and version.
    #[error("there is no API `{0}`")]
    NotFound(ApiReference<'static>),
    /// The API was not imported from an `OpenAPI` document.
    #[error("the API `{0}` has no OpenAPI document: import one")]
    NoOpenApi(ApiReference<'static>),
    /// The API's document is wrong.
    #[error("the API is not valid: {0}")]
    Invalid(Problems),
    /// An API with this name and version exists.
    #[error("the API `{0}` already exists: give the new one another `version`")]
    AlreadyExists(String),
    /// A change would give the API another name or version.
    #[error("the name and the version of `{0}` cannot be changed: create a new API, and delete this one")]
    Renamed(String),
    /// Applications are subscribed to the API.
    #[error(
        "applications are subscribed to the API `{api}` ({subscribers} in all): end these subscriptions first, or use `force` to end them and to revoke their tokens"
    )]
    InUse {
        /// The API.
        api: ApiReference<'static>,
        /// The number of applications.
        subscribers: usize,
    },
    /// Another API serves the same paths.
    #[error("the API `{existing}` already serves `{context}`: choose another `context`, or other `hosts`")]
    Overlaps {
        /// The other API.
        existing: String,
        /// The path that both would serve.
        context: String,
    },
}

/// Why an operation on a subscription tier did not succeed.
#[derive(Debug, Error)]
pub enum TierError {
    /// No tier has this name.
    #[error("there is no tier `{tier}`: choose one of {}, or create it first", quoted(.existing))]
    NotFound {
        /// The name that was given.
        tier: TierName,
        /// The tiers that exist.
        existing: Vec<TierName>,
    },
    /// A tier with this name exists.
    #[error("the tier `{0}` already exists")]
    AlreadyExists(TierName),
    /// Applications are subscribed at the tier.
    #[error("applications are subscribed at the tier `{0}`: change these subscriptions first")]
    InUse(TierName),
    /// APIs offer the tier by name.
    #[error("APIs offer the tier `{tier}`: {}: change the tiers that they offer first", quoted(.apis))]
    Offered {
        /// The tier.
        tier: TierName,
        /// The APIs.
        apis: Vec<String>,
    },
}
