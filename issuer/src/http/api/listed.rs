//! An application as lists show it: with what belongs to it.

use postern_token::AddressBlock;
use serde::Serialize;
use utoipa::ToSchema;

use super::application_view::ApplicationView;
use super::words::KeyTypeWord;
use crate::catalogue::{KeySet, Subscription};
use crate::operations::ApplicationDetails;

/// An application, its keys and what it is subscribed to
#[derive(Serialize, ToSchema)]
#[schema(as = ListedApplication)]
pub(super) struct ListedView {
    #[serde(flatten)]
    application: ApplicationView,
    /// Its keys, without any secret
    key_sets: Vec<KeySetView>,
    /// What it is subscribed to
    subscriptions: Vec<SubscribedView>,
}

/// An application's keys of a type, in short
#[derive(Serialize, ToSchema)]
#[schema(as = ListedKeys)]
struct KeySetView {
    /// Their type
    #[schema(value_type = KeyTypeWord)]
    key_type: &'static str,
    /// The client id, which is no secret
    consumer_key: String,
    /// The scopes that tokens may hold; absent when they may hold none
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope: Option<String>,
    /// The client domains that may use tokens; absent means any
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    domains: Vec<String>,
    /// The blocks of client addresses that may use tokens; absent means any
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    ips: Vec<String>,
    /// How many seconds tokens last; negative means for ever
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
    /// Whether it counts: `active`, `blocked` or `waiting`
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
        let restrictions = &key_set.restrictions;
        Self {
            key_type: key_set.key_type.as_str(),
            consumer_key: key_set.consumer_key.to_string(),
            scope: restrictions.scopes.as_ref().map(ToString::to_string),
            domains: restrictions.domains.iter().map(|domain| domain.as_str().to_owned()).collect(),
            ips: restrictions.ips.iter().map(AddressBlock::to_string).collect(),
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
