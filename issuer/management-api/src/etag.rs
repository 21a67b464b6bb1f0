//! Entity tags of resources, and preconditions: changes only to the version that the client has seen.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::IntoParams;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{RefOr, ResponseBuilder};

use crate::extractor::Extractor;
use crate::problem::ApiProblem;
use postern_http_types::EntityTag;
use postern_service::Service;

/// The entity tag of a representation; the same bytes have the same tag.
pub(super) fn of(body: &[u8]) -> Option<EntityTag> {
    EntityTag::new(&URL_SAFE_NO_PAD.encode(Sha256::digest(body)))
}

/// Documents the header of a request that changes or removes something.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "it documents a header that is read elsewhere")]
struct IfMatch {
    /// The `ETag` that you last saw. The request is refused with 412 when the resource has changed since
    #[param(rename = "If-Match", nullable = false)]
    if_match: Option<String>,
}

/// Documents the header of a request that shows something.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "it documents a header that is read elsewhere")]
pub(super) struct IfNoneMatch {
    /// The `ETag` of the copy that you have. While it is current, the answer is 304 without a body
    #[param(rename = "If-None-Match", nullable = false)]
    if_none_match: Option<String>,
}

/// The condition for changing or removing a resource: the header `If-Match` (RFC 9110 section 13.1.1). A handler that takes this extractor
/// documents the header and the answer 412. It hands the operation a closure that calls [`Precondition::holds`] with the view of what the
/// operation found, so that the check and the change are in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Precondition {
    /// Any version: there is no header, or it is `*`.
    None,
    /// The version with one of these entity tags.
    Tags(Vec<String>),
}

impl FromRequestParts<Arc<Service>> for Precondition {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Service>) -> Result<Self, ApiProblem> {
        Self::of(&parts.headers)
    }
}

impl Extractor for Precondition {
    fn document(operation: &mut Operation) {
        operation.parameters.get_or_insert_default().extend(IfMatch::into_params(|| None).into_iter().map(RefOr::T));
        let refused = ResponseBuilder::new().description("`changed`: the resource is not the one of `If-Match`");
        operation.responses.responses.entry("412".to_owned()).or_insert_with(|| refused.build().into());
    }
}

impl Precondition {
    fn of(headers: &HeaderMap) -> Result<Self, ApiProblem> {
        let mut tags = Vec::new();
        let mut there = false;
        for value in headers.get_all(header::IF_MATCH) {
            there = true;
            let value = value.to_str().map_err(|_| malformed())?;
            for tag in value.split(',').map(str::trim) {
                // Any version will do; whether the resource exists, the operation checks.
                if tag == "*" {
                    return Ok(Self::None);
                }
                // A weak tag never matches here, nor does text that is no tag.
                tags.push(tag.to_owned());
            }
        }
        Ok(if there { Self::Tags(tags) } else { Self::None })
    }

    /// Whether it names the version that the client has seen.
    pub(super) const fn names_a_version(&self) -> bool {
        matches!(self, Self::Tags(_))
    }

    /// Whether the resource that is shown as `view` may be changed.
    pub(super) fn holds(&self, view: &impl Serialize) -> bool {
        match self {
            Self::None => true,
            Self::Tags(tags) => {
                let tag = serde_json::to_vec(view).ok().and_then(|body| of(&body));
                tag.is_some_and(|tag| tags.iter().any(|expected| tag.value() == expected.as_str()))
            }
        }
    }
}

fn malformed() -> ApiProblem {
    ApiProblem::invalid_request("`If-Match` must be visible ASCII characters")
}
