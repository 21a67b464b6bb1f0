//! An application as lists show it: with what belongs to it, in short.

use serde::Serialize;
use utoipa::ToSchema;

use super::application_view::ApplicationView;
use super::restrictions::RestrictionsView;
use super::words::KeyTypeView;
use postern_model::{KeySet, Subscription};
use postern_operations::ApplicationDetails;

/// An application with its keys and subscriptions
#[derive(Serialize, ToSchema)]
#[schema(as = ListedApplication)]
pub(super) struct ListedView {
    #[serde(flatten)]
    application: ApplicationView,
    /// The application's keys, without secrets
    key_sets: Vec<KeySetView>,
    /// The application's subscriptions
    subscriptions: Vec<SubscribedView>,
}

/// An application's keys of one key type, in short
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
