//! The response to a call: what was asked for, or an error.

use anyhow::Context as _;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use zeroize::Zeroizing;

/// A successful response. It may hold a secret.
pub(in crate::cli) struct ApiResponse {
    pub(in crate::cli) body: Zeroizing<Vec<u8>>,
    /// The entity tag of the resource.
    pub(in crate::cli) tag: Option<String>,
}

impl ApiResponse {
    /// The body as JSON; `null` if the body is empty, as after a removal.
    pub(in crate::cli) fn json(&self) -> anyhow::Result<Value> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body)
            .context("the server's response is not JSON: check that its address is that of a Postern issuer")
    }

    /// The warnings in the body: a token gives access to nothing, tokens do not hold a scope, or a scope has no effect.
    pub(in crate::cli) fn warnings(&self) -> Vec<String> {
        let remarks = serde_json::from_slice::<Remarks>(&self.body).unwrap_or_default();
        remarks.warnings.into_iter().chain(remarks.scopes.into_iter().filter_map(|scope| scope.detail)).collect()
    }

    /// The body as one line.
    pub(in crate::cli) fn line(&self) -> Zeroizing<Vec<u8>> {
        let mut line = Zeroizing::new(Vec::with_capacity(self.body.len() + 1));
        line.extend_from_slice(&self.body);
        line.push(b'\n');
        line
    }
}

/// The fields of a response that a warning is made of. The others may be secrets.
#[derive(Default, Deserialize)]
struct Remarks {
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    scopes: Vec<HeldScope>,
}

#[derive(Deserialize)]
struct HeldScope {
    detail: Option<String>,
}

/// A response with the status of an error. Hints about it are in [`crate::cli::hints`].
#[derive(Debug, Error)]
#[error("{message}")]
pub(in crate::cli) struct ErrorResponse {
    pub(in crate::cli) status: StatusCode,
    /// The stable code; empty if the response has none. Such a response may come from a proxy.
    pub(in crate::cli) code: String,
    pub(super) message: String,
}

/// The fields that are read of a problem (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
}

impl ErrorResponse {
    /// The error that the issuer would return, for a problem that the command finds itself.
    pub(in crate::cli) fn new(status: StatusCode, code: &str, message: String) -> Self {
        Self { status, code: code.to_owned(), message }
    }

    /// Reads a body. A body that comes from a proxy instead of the issuer is not shown.
    pub(super) fn read(status: StatusCode, body: &[u8]) -> Self {
        let (code, message) = match serde_json::from_slice(body) {
            Ok(Problem { code, detail }) => (code, detail),
            Err(_) => (String::new(), format!("HTTP status {status} without an error code")),
        };
        Self { status, code, message }
    }

    /// Whether `error` is an error response with this code.
    pub(in crate::cli) fn has_code(error: &anyhow::Error, code: &str) -> bool {
        error.downcast_ref::<Self>().is_some_and(|response| response.code == code)
    }
}
