//! The public signing keys (RFC 7517).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use postern_token::bundle::JwkSetDocument;

use postern_http_types::Problem;
use postern_operations::verifying_keys;
use postern_service::Service;

/// A signing key is published a day before it signs (by default), so a cache time of five minutes is short enough.
const CACHE_CONTROL: &str = "public, max-age=300";

/// `GET /oauth2/jwks`. HS256 keys are secret and never listed.
pub(crate) async fn fetch(State(service): State<Arc<Service>>) -> Response {
    match service.read(|service| verifying_keys(&service.act())).await {
        Ok(keys) => document(keys),
        Err(failure) => Problem::from(failure).into_plain_response(),
    }
}

fn document(keys: Vec<postern_token::JwkDocument>) -> Response {
    let Ok(body) = serde_json::to_vec(&JwkSetDocument { keys }) else { return Problem::Internal.into_plain_response() };
    ([(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, CACHE_CONTROL)], body).into_response()
}
