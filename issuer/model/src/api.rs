//! The issuer's records of APIs.

use postern_token::bundle::ApiDocument;

/// An API, with the fields that only the issuer uses.
#[derive(Debug, Clone)]
pub struct ApiRecord {
    /// The API as the bundle holds it.
    pub document: ApiDocument,
    /// Whether an administrator must approve a subscription to the API before the subscription becomes active.
    pub approval: bool,
}

impl ApiRecord {
    /// The API's reference, `NAME/VERSION`.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.document.name, self.document.version)
    }
}
