//! Errors about applications and their subscriptions.

use postern_model::{ApplicationId, TierName};
use postern_token::ApiReference;
use thiserror::Error;

use super::quoted;

/// Why an operation on an application did not succeed.
#[derive(Debug, Error)]
pub enum ApplicationError {
    /// No application has this id, or the actor may not see the application.
    #[error("there is no application `{0}`")]
    NotFound(ApplicationId),
    /// No application has this id or name.
    #[error("there is no application with the id or the name `{0}`")]
    NameNotFound(String),
    /// More than one application has this name.
    #[error("several applications have the name `{name}`: give the id of one of them: {}", quoted(.ids))]
    AmbiguousName {
        /// The name.
        name: String,
        /// Their ids.
        ids: Vec<ApplicationId>,
    },
    /// A blocked application gets no tokens.
    #[error("the application `{0}` is blocked")]
    Blocked(ApplicationId),
}

/// Why an operation on a subscription did not succeed.
#[derive(Debug, Error)]
pub enum SubscriptionError {
    /// The application has a subscription for the API.
    #[error("the application `{application}` is already subscribed to `{api}`")]
    AlreadyExists {
        /// The application.
        application: ApplicationId,
        /// The API.
        api: ApiReference<'static>,
    },
    /// The application has no subscription for the API.
    #[error("the application `{application}` is not subscribed to `{api}`")]
    NotFound {
        /// The application.
        application: ApplicationId,
        /// The API.
        api: ApiReference<'static>,
    },
    /// The API is not offered at the tier.
    #[error("the API `{api}` is not offered at the tier `{tier}`: choose one of {}", quoted(.offered))]
    TierNotOffered {
        /// The API.
        api: ApiReference<'static>,
        /// The tier that was asked for.
        tier: TierName,
        /// The tiers at which the API is offered.
        offered: Vec<TierName>,
    },
    /// The approval does not name the version of the subscription.
    #[error(
        "the approval needs the entity tag (ETag) of the subscription: read the subscription, and send its entity tag with the approval, so that you approve the tier that you have seen"
    )]
    VersionRequired,
}
