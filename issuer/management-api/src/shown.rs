//! What the API would show after it carried out a request with a body: without carrying it out, to compare with what it shows now.

use postern_model::{ApiRecord, TierName};
use postern_token::bundle::ApiDocument;
use postern_token::document::Problems;
use serde::Serialize;
use serde_json::Value;

use crate::apis::{ApiBody, ApiView, text_of};
use crate::body::FromBody as _;
use crate::scopes::{BoundScopeBody, ScopeView};
use crate::tiers::{NewTier, TierView};

/// The API of `POST /api/v1/apis` with this body.
///
/// # Errors
/// Everything that is wrong with the body.
pub fn shown_api(json: &[u8]) -> Result<Value, Problems> {
    ApiBody::from_json(json).map(|ApiBody(api)| value(&ApiView::from(&api)))
}

/// The API that was imported from the `OpenAPI` document `content`, with this approval and these tiers.
pub fn shown_imported_api(document: ApiDocument, content: &[u8], approval: bool, tiers: Option<Vec<TierName>>) -> Value {
    value(&ApiView::from(&ApiRecord { document, approval, tiers, text: text_of(content) }))
}

/// The tier of `POST /api/v1/tiers` with this body.
///
/// # Errors
/// Everything that is wrong with the body.
pub fn shown_tier(json: &[u8]) -> Result<Value, Problems> {
    NewTier::from_json(json).map(|NewTier(tier)| value(&TierView::from(&tier)))
}

/// The scope of `PUT /api/v1/scopes/{scope}` with this body.
///
/// # Errors
/// Everything that is wrong with the body.
pub fn shown_scope(scope: &str, json: &[u8]) -> Result<Value, Problems> {
    BoundScopeBody::from_json(json).map(|body| value(&ScopeView::new(scope, &body.rule())))
}

/// The view as JSON. Views have neither maps nor numbers that JSON lacks.
fn value(view: &impl Serialize) -> Value {
    serde_json::to_value(view).unwrap_or_default()
}
