//! Tiers and subscriptions.

use std::fmt;
use std::str::FromStr;

use postern_token::{ApiReference, Identifier};
use serde::Serialize;
use thiserror::Error;

use super::visible_text::is_visible;

/// A named level of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// The name, which tokens hold for each subscription.
    pub name: TierName,
    /// A description for people.
    pub description: Option<String>,
    /// The rate limit; `None` means unlimited. The issuer only records the limit; the edge's host enforces it.
    pub limit: Option<TierLimit>,
    /// Whether an administrator must approve a subscription at the tier before the subscription becomes active.
    pub approval: bool,
}

/// A rate limit: `requests` in each period of `seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TierLimit {
    /// The number of requests, at least 1.
    pub requests: u32,
    /// The length of the period in seconds, at least 1.
    pub seconds: u32,
}

/// The name of a tier: 1 to 64 lower-case letters, digits, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct TierName(Identifier<'static>);

/// The text is not a tier's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a tier's name must be 1 to 64 characters long, each a lower-case letter, a digit, `_` or `-`")]
pub struct TierNameError;

/// A tier's description: 1 to 1000 visible characters, with line breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierDescription(String);

/// The text is not a tier's description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a tier's description must be 1 to 1000 visible characters, and no control characters except line breaks")]
pub struct TierDescriptionError;

impl FromStr for TierDescription {
    type Err = TierDescriptionError;

    fn from_str(text: &str) -> Result<Self, TierDescriptionError> {
        let length_allowed = (1..=1000).contains(&text.chars().count());
        let characters_allowed = text.split('\n').all(is_visible);
        if length_allowed && characters_allowed { Ok(Self(text.to_owned())) } else { Err(TierDescriptionError) }
    }
}

impl From<TierDescription> for String {
    fn from(description: TierDescription) -> Self {
        description.0
    }
}

impl TierName {
    /// The name as a claim.
    pub const fn identifier(&self) -> &Identifier<'static> {
        &self.0
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for TierName {
    type Err = TierNameError;

    fn from_str(text: &str) -> Result<Self, TierNameError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        if !text.bytes().all(allowed) || text.len() > 64 {
            return Err(TierNameError);
        }
        super::owned_identifier(text).map(Self).map_err(|_| TierNameError)
    }
}

impl fmt::Display for TierName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The right of an application to call an API, at a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The API.
    pub api: ApiReference<'static>,
    /// The tier.
    pub tier: TierName,
    /// The state of the subscription.
    pub state: SubscriptionState,
}

/// The state of a subscription, which decides whether new tokens hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionState {
    /// New tokens hold the subscription.
    Active,
    /// New tokens do not hold the subscription. Blocking revoked the tokens that held it.
    Blocked,
    /// New tokens do not hold the subscription until an administrator approves it.
    Waiting,
}

impl SubscriptionState {
    const ALL: [Self; 3] = [Self::Active, Self::Blocked, Self::Waiting];

    /// The state's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Waiting => "waiting",
        }
    }

    /// The state with the stable name `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
