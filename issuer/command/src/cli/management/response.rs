//! What a call is answered with: something, or a refusal.

use anyhow::Context as _;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::cli::output;

/// What the API answered, which may hold a secret.
pub(in crate::cli) struct ApiResponse {
    pub(super) body: Zeroizing<Vec<u8>>,
    /// The entity tag of what it shows.
    pub(in crate::cli) tag: Option<String>,
}

impl ApiResponse {
    /// The answer as JSON; where there is none, as after a removal, `null`.
    pub(in crate::cli) fn json(&self) -> anyhow::Result<Value> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body)
            .context("the server's response is not JSON: check that its address is that of a Postern issuer")
    }

    /// Prints it as it is.
    pub(in crate::cli) fn print(&self) -> anyhow::Result<()> {
        output::write_private(None, &self.line())
    }

    /// It as one line.
    pub(in crate::cli) fn line(&self) -> Zeroizing<Vec<u8>> {
        let mut line = Zeroizing::new(Vec::with_capacity(self.body.len() + 1));
        line.extend_from_slice(&self.body);
        line.push(b'\n');
        line
    }
}

/// The issuer does not do it.
#[derive(Debug, Error)]
#[error("{words}")]
pub(in crate::cli) struct ErrorResponse {
    pub(super) status: StatusCode,
    /// What it is, for programs; empty when the answer does not say.
    pub(in crate::cli) code: String,
    /// What it is, for people.
    pub(super) words: String,
}

/// What is read of a problem (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
}

impl ErrorResponse {
    /// What a body says that came with the status of a refusal.
    pub(super) fn read(status: StatusCode, body: &[u8]) -> Self {
        if let Ok(Problem { code, detail }) = serde_json::from_slice(body) {
            return Self { status, code, words: detail };
        }
        // Somebody between us and the issuer may have answered; what they say is theirs.
        Self { status, code: String::new(), words: format!("HTTP status {status} without an error code of the issuer") }
    }

    /// Whether `error` is a refusal with that code.
    pub(in crate::cli) fn is(error: &anyhow::Error, code: &str) -> bool {
        error.downcast_ref::<Self>().is_some_and(|refusal| refusal.code == code)
    }
}
