//! APIs, as far as the edges need not know of them.

use postern_token::bundle::ApiDocument;

/// An API, and what is to be known of it here.
#[derive(Debug, Clone)]
pub struct ApiRecord {
    /// What edges know of it.
    pub document: ApiDocument,
    /// Whether a subscription to it must be approved before it counts.
    pub approval: bool,
}

impl ApiRecord {
    /// `name/version`.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.document.name, self.document.version)
    }
}
