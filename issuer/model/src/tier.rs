//! Tiers, and the subscriptions that name them.

use std::fmt;
use std::str::FromStr;

use postern_token::{ApiReference, Identifier};
use serde::Serialize;
use thiserror::Error;

/// What an application may have of an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Its name, which stands in tokens.
    pub name: TierName,
    /// What people are told of it.
    pub description: Option<String>,
    /// Its limit; `None` means that there is none. Whoever runs the edges sets it there.
    pub limit: Option<TierLimit>,
}

/// So many requests in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TierLimit {
    /// How many requests, at least 1.
    pub requests: u32,
    /// In how many seconds, at least 1.
    pub seconds: u32,
}

/// The name of a tier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct TierName(Identifier<'static>);

/// A text is not a tier's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a tier's name holds 1 to 64 lower-case letters, digits, `_` and `-`")]
pub struct TierNameError;

/// What people are told of a tier: 1 to 1000 characters, none of them a control character but line breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierDescription(String);

/// A text is not a tier's description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a tier's description holds 1 to 1000 characters, and no control character but line breaks")]
pub struct TierDescriptionError;

impl FromStr for TierDescription {
    type Err = TierDescriptionError;

    fn from_str(text: &str) -> Result<Self, TierDescriptionError> {
        let fits = (1..=1000).contains(&text.chars().count());
        let plain = !text.chars().any(|character| character.is_control() && character != '\n');
        if fits && plain { Ok(Self(text.to_owned())) } else { Err(TierDescriptionError) }
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
        let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'));
        if !plain || text.len() > 64 {
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

/// What an application may call, and at which tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The API.
    pub api: ApiReference<'static>,
    /// The tier.
    pub tier: TierName,
    /// Whether it counts.
    pub state: SubscriptionState,
}

/// Whether a subscription counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionState {
    /// Tokens that are minted now hold it.
    Active,
    /// None does, and those that did were revoked.
    Blocked,
    /// None does until an administrator approves of it.
    Waiting,
}

impl SubscriptionState {
    const ALL: [Self; 3] = [Self::Active, Self::Blocked, Self::Waiting];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Waiting => "waiting",
        }
    }

    /// What the word `text` stands for.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
