//! Entity tags of what the API shows, and changes that are made only to what the one who changes it has seen.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::IntoParams;

use crate::problem::ApiProblem;
use postern_http_types::EntityTag;
use postern_operations::Error;

/// The tag of a representation: the same one for the same bytes.
pub(super) fn of(body: &[u8]) -> Option<EntityTag> {
    EntityTag::new(&URL_SAFE_NO_PAD.encode(Sha256::digest(body)))
}

/// What is said of the header where something is changed.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "it documents a header that is read elsewhere")]
pub(super) struct IfMatch {
    /// The `ETag` of what is to be changed, as it was seen; when it is another one by now, nothing is changed
    #[param(rename = "If-Match", nullable = false)]
    if_match: Option<String>,
}

/// What is said of the header where something is shown.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "it documents a header that is read elsewhere")]
pub(super) struct IfNoneMatch {
    /// The `ETag` of what is known already; when it still is that, the answer is 304 without a body
    #[param(rename = "If-None-Match", nullable = false)]
    if_none_match: Option<String>,
}

/// What a thing must be to be changed (RFC 9110 section 13.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Precondition {
    /// Anything.
    None,
    /// One that has one of these tags.
    Tags(Vec<String>),
}

impl Precondition {
    /// What the headers ask for.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ApiProblem> {
        let mut tags = Vec::new();
        let mut there = false;
        for value in headers.get_all(header::IF_MATCH) {
            there = true;
            let value = value.to_str().map_err(|_| malformed())?;
            for tag in value.split(',').map(str::trim) {
                // It is there, or the operation says that it is not.
                if tag == "*" {
                    return Ok(Self::None);
                }
                // A weak tag never matches here, nor does what is none.
                tags.push(tag.to_owned());
            }
        }
        Ok(if there { Self::Tags(tags) } else { Self::None })
    }

    /// Whether it names what has been seen; what may be anything does not.
    pub(super) const fn is_of_what_was_seen(&self) -> bool {
        matches!(self, Self::Tags(_))
    }

    /// Refuses what is shown as `view` and is not what it must be.
    pub(super) fn check(&self, view: &impl Serialize) -> Result<(), Error> {
        if self.holds(view) { Ok(()) } else { Err(Error::PreconditionFailed) }
    }

    /// Whether what is shown as `view` is what it must be.
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
