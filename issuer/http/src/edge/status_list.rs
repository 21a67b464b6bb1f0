//! Status lists (draft-ietf-oauth-status-list section 8). They are public: they hold bits, and nothing about whose tokens those are.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use postern_http_types::EntityTag;
use postern_http_types::Problem;
use postern_model::StatusListId;
use postern_operations::{sign_status_list, status_list_edition};
use postern_service::Service;

/// The media type of a Status List Token in compact form (section 14.7 of the draft).
const MEDIA_TYPE: &str = "application/statuslist+jwt";

/// Shared caches may keep a list for one second, which limits the load for any number of readers.
const CACHE_CONTROL: &str = "public, max-age=1";

/// `GET /status/{id}`
pub(crate) async fn fetch(
    State(service): State<Arc<Service>>,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    // A path that is not UTF-8 is not a number.
    let id = id.map(|Path(id)| id).unwrap_or_default();
    respond(&service, &id, version(&uri), &headers).await.unwrap_or_else(Problem::into_plain_response)
}

/// The version that an edge asks for. A version needs no escapes, so the text is compared unchanged.
fn version(uri: &Uri) -> Option<String> {
    uri.query().and_then(|query| query.strip_prefix("version=")).map(str::to_owned)
}

async fn respond(service: &Arc<Service>, id: &str, version: Option<String>, headers: &HeaderMap) -> Result<Response, Problem> {
    let id = list_id(id).ok_or(Problem::NotFound)?;
    let asked = version.clone();
    let edition = service.read(move |service| status_list_edition(&service.act(), id, asked.as_deref())).await?;
    let Some(edition) = edition else {
        service.signed_lists.remove(id);
        return Err(Problem::NotFound);
    };
    let tag = EntityTag::new(&edition.name()).ok_or(Problem::Internal)?;
    if tag.is_known(headers) {
        return Ok(with_headers(StatusCode::NOT_MODIFIED.into_response(), &tag));
    }
    if let Some(token) = service.signed_lists.find(id, &edition) {
        return Ok(with_headers(list(token), &tag));
    }
    let signed = service.read(move |service| sign_status_list(&service.act(), id, version.as_deref())).await?;
    // The list may have changed or may have been deleted in the meantime.
    let signed = signed.ok_or(Problem::NotFound)?;
    let tag = EntityTag::new(&signed.edition.name()).ok_or(Problem::Internal)?;
    let token = Bytes::from(signed.token);
    service.signed_lists.insert(id, signed.edition, token.clone());
    Ok(with_headers(list(token), &tag))
}

fn list(token: Bytes) -> Response {
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], token).into_response()
}

fn with_headers(mut response: Response, tag: &EntityTag) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag.value());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL));
    response
}

/// The number of a list in its only valid form: no sign, no leading zero.
fn list_id(text: &str) -> Option<StatusListId> {
    text.parse().ok().map(StatusListId).filter(|id| id.to_string() == text)
}
