//! Views of an application: alone, and in a list with its key sets and subscriptions.

use serde::Serialize;
use utoipa::ToSchema;

use super::tokens::RestrictionsView;
use super::words::KeyTypeView;
use postern_model::{Application, ApplicationState, KeySet, Owner, Subscription};
use postern_operations::ApplicationDetails;

/// A program that calls APIs
#[derive(Serialize, ToSchema)]
#[schema(as = Application)]
pub(super) struct ApplicationView {
    /// The application's id, which is in its tokens
    id: String,
    /// A display name, not unique. It is user input: escape it where you show it
    name: String,
    /// Validity in seconds of application tokens, for key sets generated from now on. Negative: they never expire
    application_validity: i64,
    /// Validity in seconds of user tokens. Negative: they never expire
    user_validity: i64,
    /// When it was created (Unix time in seconds)
    created_at: u64,
    /// Whether the application can get tokens
    state: ApplicationStateView,
    /// The member who owns the application. Absent: a team owns it, or the administrators
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    owner: Option<String>,
    /// The team that owns the application. Absent: a member owns it, or the administrators
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    team: Option<String>,
    /// Whether the application may use the password grant (RFC 6749 section 4.3)
    passwords: bool,
}

/// Whether an application can get tokens
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ApplicationState)]
#[serde(rename_all = "lowercase")]
pub(super) enum ApplicationStateView {
    /// It can
    Active,
    /// It cannot, and its tokens are revoked
    Blocked,
}

impl From<ApplicationState> for ApplicationStateView {
    fn from(value: ApplicationState) -> Self {
        match value {
            ApplicationState::Active => Self::Active,
            ApplicationState::Blocked => Self::Blocked,
        }
    }
}

impl From<&Application> for ApplicationView {
    fn from(application: &Application) -> Self {
        Self {
            id: application.id.to_string(),
            name: application.name.as_str().to_owned(),
            application_validity: application.validities.application.as_seconds(),
            user_validity: application.validities.user.as_seconds(),
            created_at: application.created_at.0,
            state: application.state.into(),
            owner: application.owner.as_ref().and_then(Owner::member).map(ToString::to_string),
            team: application.owner.as_ref().and_then(Owner::team).map(ToString::to_string),
            passwords: application.passwords,
        }
    }
}

/// An application with its key sets and subscriptions
#[derive(Serialize, ToSchema)]
#[schema(as = ListedApplication)]
pub(super) struct ListedView {
    #[serde(flatten)]
    application: ApplicationView,
    /// The application's key sets, without secrets
    key_sets: Vec<KeySetView>,
    /// The application's subscriptions
    subscriptions: Vec<SubscribedView>,
}

/// An application's key set for one environment, in short
#[derive(Serialize, ToSchema)]
#[schema(as = ListedKeys)]
pub(super) struct KeySetView {
    /// The key type
    key_type: KeyTypeView,
    /// The client id, which is not secret
    consumer_key: String,
    #[serde(flatten)]
    restrictions: RestrictionsView,
    /// Validity of tokens in seconds. Negative: they never expire
    validity: i64,
}

/// A subscription, in short
#[derive(Serialize, ToSchema)]
#[schema(as = ListedSubscription)]
struct SubscribedView {
    /// The API, as `name/version`
    api: String,
    /// The tier
    tier: String,
    /// The subscription's state: `active`, `blocked` or `waiting`
    state: &'static str,
}

impl From<&ApplicationDetails> for ListedView {
    fn from(details: &ApplicationDetails) -> Self {
        Self {
            application: (&details.application).into(),
            key_sets: details.key_sets.iter().map(Into::into).collect(),
            subscriptions: details.subscriptions.iter().map(Into::into).collect(),
        }
    }
}

impl From<&KeySet> for KeySetView {
    fn from(key_set: &KeySet) -> Self {
        Self {
            key_type: key_set.key_type.into(),
            consumer_key: key_set.consumer_key.to_string(),
            restrictions: (&key_set.restrictions).into(),
            validity: key_set.validity.as_seconds(),
        }
    }
}

impl From<&Subscription> for SubscribedView {
    fn from(subscription: &Subscription) -> Self {
        Self {
            api: subscription.api.as_str().to_owned(),
            tier: subscription.tier.to_string(),
            state: subscription.state.as_str(),
        }
    }
}
