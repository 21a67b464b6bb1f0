//! The answer to a call, in a form that can be stored and sent again.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::etag;
use crate::problem::ApiProblem;
use postern_operations::Error;
use postern_storage::StorageError;

/// An answer. It is stored for a request with an idempotency key, which may be sent again.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Answer {
    status: u16,
    location: Option<String>,
    /// Whether the body is the current state of one resource, which has an entity tag.
    tagged: bool,
    /// Whether the body holds a secret.
    secret: bool,
    body: Zeroizing<String>,
}

impl Answer {
    fn new(status: StatusCode, view: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_string(view).map_err(|_| unwritable())?;
        Ok(Self { status: status.as_u16(), location: None, tagged: false, secret: false, body: body.into() })
    }

    /// 200 with the current state of one resource, and its entity tag.
    pub(super) fn resource(view: &impl Serialize) -> Result<Self, Error> {
        Ok(Self { tagged: true, ..Self::new(StatusCode::OK, view)? })
    }

    /// 200 with any other body.
    pub(super) fn ok(view: &impl Serialize) -> Result<Self, Error> {
        Self::new(StatusCode::OK, view)
    }

    /// 201 with a resource that was created at `location`.
    pub(super) fn created(view: &impl Serialize, location: String) -> Result<Self, Error> {
        Ok(Self { location: Some(location), ..Self::new(StatusCode::CREATED, view)? })
    }

    /// 204 without a body.
    pub(super) fn no_content() -> Response {
        StatusCode::NO_CONTENT.into_response()
    }

    /// Marks the answer as one that holds a secret, so that no cache stores it.
    #[must_use]
    pub(super) fn with_secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// The answer as bytes, to be stored.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(|_| unwritable())
    }

    /// The answer that was stored as `bytes`.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(bytes).map_err(|_| unwritable())
    }

    /// The response to a request with these headers.
    pub(super) fn into_response(self, request: &HeaderMap) -> Result<Response, ApiProblem> {
        let status = StatusCode::from_u16(self.status).map_err(|_| ApiProblem::internal())?;
        let tag = if self.tagged { Some(etag::of(self.body.as_bytes()).ok_or_else(ApiProblem::internal)?) } else { None };
        let known = tag.as_ref().is_some_and(|tag| tag.is_known(request));
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            (status, [(header::CONTENT_TYPE, "application/json")], String::clone(&self.body)).into_response()
        };
        let headers = response.headers_mut();
        if let Some(tag) = tag {
            headers.insert(header::ETAG, tag.value());
        }
        if let Some(location) = self.location {
            headers.insert(header::LOCATION, HeaderValue::from_str(&location).map_err(|_| ApiProblem::internal())?);
        }
        let cache = if self.secret { "no-store" } else { "private, no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        Ok(response)
    }
}

/// Views are always JSON, and what is stored was written here.
fn unwritable() -> Error {
    StorageError::Corrupt { table: postern_storage::StoredResponse::TABLE, column: "answer" }.into()
}
