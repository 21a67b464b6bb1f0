//! What an edge fetches.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_token::KeyType;
use sha2::{Digest as _, Sha256};

use super::entity_tag::EntityTag;
use super::error::Problem;
use super::form::Form;
use super::service::Service;
use crate::operations::{authenticate_edge, compose_live_bundle};
use crate::secrets::PlainSecret;

/// `GET /edge/bundle?environment=production|sandbox`
pub(super) async fn fetch(State(service): State<Arc<Service>>, uri: Uri, headers: HeaderMap) -> Response {
    respond(&service, &uri, &headers).await.unwrap_or_else(|problem| problem.into_response(&service.settings.issuer))
}

async fn respond(service: &Arc<Service>, uri: &Uri, headers: &HeaderMap) -> Result<Response, Problem> {
    let key = edge_key(headers)?;
    let edge = service.read(move |service| authenticate_edge(&service.storage, &key)).await?;
    let environment = environment(uri.query().unwrap_or_default())?;
    let document = service.read(move |service| compose_live_bundle(&service.storage, environment, &service.master_key)).await?;
    let body = serde_json::to_vec(&document).map_err(|_| Problem::Internal)?;
    let tag = EntityTag::new(&URL_SAFE_NO_PAD.encode(Sha256::digest(&body))).ok_or(Problem::Internal)?;
    let mut response = if tag.is_known(headers) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        tracing::info!(edge = edge.as_str(), "handed out the bundle");
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag.value());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// The credential, from the `Authorization` header alone (RFC 6750 section 2.1).
fn edge_key(headers: &HeaderMap) -> Result<PlainSecret, Problem> {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    let only = authorizations.next().ok_or(Problem::MissingEdgeKey)?;
    if authorizations.next().is_some() {
        return Err(Problem::InvalidRequest("there are two `Authorization` headers"));
    }
    let text = only.to_str().map_err(|_| Problem::UnknownEdgeKey)?;
    match text.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(PlainSecret::presented(key.trim_matches(' ').to_owned()))
        }
        _ => Err(Problem::MissingEdgeKey),
    }
}

/// The environment that the edge serves; absent means both.
fn environment(query: &str) -> Result<Option<KeyType>, Problem> {
    let form = Form::parse(query.as_bytes()).map_err(|error| Problem::InvalidRequest(error.describe()))?;
    if form.names().any(|name| name != "environment") {
        return Err(Problem::InvalidRequest("the only parameter is `environment`"));
    }
    match form.value("environment") {
        None if form.names().next().is_none() => Ok(None),
        Some("production") => Ok(Some(KeyType::Production)),
        Some("sandbox") => Ok(Some(KeyType::Sandbox)),
        // An empty one is refused too: it could come from a variable that was not set, and would let both key types pass.
        _ => Err(Problem::InvalidRequest("`environment` must be `production` or `sandbox`")),
    }
}
