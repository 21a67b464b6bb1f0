//! Request bodies, read strictly: JSON without duplicate names or unknown fields. All problems are reported at once.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use postern_token::Node;
use postern_token::document::{At, Fields, Problems};
use sha2::{Digest as _, Sha256};

use crate::problem::ApiProblem;
use postern_service::Service;

/// A body, and the SHA-256 of its bytes.
pub(super) struct Body<T> {
    pub(super) value: T,
    pub(super) digest: [u8; 32],
}

/// A value that is read from fields: those of a body, or the parameters of a query.
pub(super) trait ReadFields: Sized {
    /// Reads every field that has a meaning; `None` when one is wrong, which is among `problems` then.
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self>;

    /// Reads the fields of `node`, which is at `at`, and reports unknown fields.
    fn from_node(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(node, at, problems)?;
        let value = Self::read(&mut fields, problems);
        fields.finish(problems);
        value
    }
}

/// A value that is read from a whole body.
pub(super) trait FromBody: Sized {
    /// Reads the whole body.
    fn from_json(json: &[u8]) -> Result<Self, Problems>;
}

impl<T: ReadFields> FromBody for T {
    fn from_json(json: &[u8]) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let node = problems.take(At::Root, Node::parse(json).map_err(|error| format!("is not JSON: {error}")));
        let value = node.and_then(|node| Self::from_node(&node, At::Root, &mut problems));
        problems.or(value)
    }
}

impl<T: FromBody> FromRequest<Arc<Service>> for Body<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, service: &Arc<Service>) -> Result<Self, ApiProblem> {
        if !has_media_type(&request, "application/json") {
            return Err(ApiProblem::not_json());
        }
        let Body { value, digest } = bytes(request, service).await?;
        let value = T::from_json(&value).map_err(|problems| ApiProblem::invalid_body(&problems))?;
        Ok(Self { value, digest })
    }
}

/// Whether the header `Content-Type` names that media type.
pub(super) fn has_media_type(request: &Request, media_type: &str) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let found = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    found.eq_ignore_ascii_case(media_type)
}

/// The body's bytes.
pub(super) async fn bytes(request: Request, service: &Arc<Service>) -> Result<Body<Bytes>, ApiProblem> {
    let value = Bytes::from_request(request, service).await.map_err(|rejection| unreadable(&rejection))?;
    let digest = Sha256::digest(&value).into();
    Ok(Body { value, digest })
}

fn unreadable(rejection: &BytesRejection) -> ApiProblem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiProblem::body_too_large(),
        _ => ApiProblem::invalid_request("the body could not be read to its end"),
    }
}
