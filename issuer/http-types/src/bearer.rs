//! Bearer credentials (RFC 6750 section 2.1).

use axum::http::{HeaderMap, header};
use postern_secrets::PlainSecret;

/// Why a request has no bearer credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BearerError {
    /// No `Authorization` header, or another scheme.
    Missing,
    /// More than one `Authorization` header.
    Repeated,
    /// The credential is not ASCII text, so the issuer has not created it.
    Malformed,
}

/// The bearer credential in the `Authorization` header, and only there: never in a query or a body.
pub fn bearer(headers: &HeaderMap) -> Result<PlainSecret, BearerError> {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    let only = authorizations.next().ok_or(BearerError::Missing)?;
    if authorizations.next().is_some() {
        return Err(BearerError::Repeated);
    }
    let text = only.to_str().map_err(|_| BearerError::Malformed)?;
    match text.split_once(' ') {
        Some((scheme, credential)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(PlainSecret::presented(credential.trim_matches(' ').to_owned()))
        }
        _ => Err(BearerError::Missing),
    }
}
