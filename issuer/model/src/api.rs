//! The issuer's records of APIs.

use postern_token::bundle::ApiDocument;

use super::{ApiText, TierName};

/// An API, with the fields that only the issuer uses.
#[derive(Debug, Clone)]
pub struct ApiRecord {
    /// The API as the bundle holds it.
    pub document: ApiDocument,
    /// Whether an administrator must approve a subscription to the API before the subscription becomes active.
    pub approval: bool,
    /// The tiers at which applications can subscribe; `None` means every tier.
    pub tiers: Option<Vec<TierName>>,
    /// What people read about it.
    pub text: ApiText,
}

impl ApiRecord {
    /// Whether applications can subscribe at the tier.
    pub fn offers(&self, tier: &TierName) -> bool {
        self.tiers.as_ref().is_none_or(|tiers| tiers.contains(tier))
    }

    /// The API's reference, `NAME/VERSION`.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.document.name, self.document.version)
    }
}
