//! Idempotency keys: a request that creates something can be sent again safely.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use sha2::{Digest as _, Sha256};
use utoipa::IntoParams;

use super::answer::Answer;
use crate::problem::ApiProblem;
use postern_operations::{self as operations, Act, Error, IdempotentRequest, IdempotentResponse};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Documents the header of a request that creates something.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "it documents a header that is read elsewhere")]
pub(super) struct IdempotencyKey {
    /// A unique key for this request. A repetition of the request with it within 24 hours gets the same answer, with
    /// `Idempotency-Replayed: true`, and nothing is created twice
    #[param(rename = "Idempotency-Key", nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    idempotency_key: Option<String>,
}

/// The request, when it has an idempotency key.
pub(super) fn repeatable(headers: &HeaderMap, target: &str, body: &[u8; 32]) -> Result<Option<IdempotentRequest>, ApiProblem> {
    let mut keys = headers.get_all(&KEY).iter();
    let Some(only) = keys.next() else { return Ok(None) };
    let key = only.to_str().ok().filter(|key| (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
    let (Some(key), None) = (key, keys.next()) else {
        return Err(ApiProblem::invalid_request("`Idempotency-Key` must be 1 to 255 visible ASCII characters, once"));
    };
    let fingerprint = Sha256::new().chain_update(target).chain_update([0]).chain_update(body).finalize().into();
    Ok(Some(IdempotentRequest { key: key.to_owned(), fingerprint }))
}

/// An answer, and whether it is replayed.
pub(super) struct IdempotentAnswer {
    answer: Answer,
    replayed: bool,
}

impl IdempotentAnswer {
    fn of(response: &IdempotentResponse) -> Result<Self, Error> {
        Ok(Self { answer: Answer::from_bytes(&response.answer)?, replayed: response.again })
    }

    /// The response to a request with these headers; a header says when it is replayed.
    pub(super) fn into_response(self, request: &HeaderMap) -> Result<Response, ApiProblem> {
        let mut response = self.answer.into_response(request)?;
        if self.replayed {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        Ok(response)
    }
}

/// The stored answer to the request, if there is one.
pub(super) fn find(act: &Act<'_>, request: &IdempotentRequest) -> Result<Option<IdempotentAnswer>, Error> {
    operations::find_response(act, request)?.as_ref().map(IdempotentAnswer::of).transpose()
}

/// Runs the operation, or returns its stored answer when the request was answered before.
pub(super) fn run(
    act: &Act<'_>,
    request: &IdempotentRequest,
    operation: impl Fn(&Act<'_>) -> Result<Answer, Error>,
) -> Result<IdempotentAnswer, Error> {
    IdempotentAnswer::of(&operations::run_idempotent(act, request, |act| operation(act)?.to_bytes())?)
}
