//! The form body of an OAuth request (RFC 6749 section 3.2).

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, Uri, header};

use crate::oauth::error::TokenError;
use postern_http_types::Form;

/// Reads the form from the body, never from the URL.
pub(crate) fn read(uri: &Uri, headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Form, TokenError> {
    // A secret in a URL ends up in the logs of every proxy.
    if uri.query().is_some_and(|query| !query.is_empty()) {
        return Err(TokenError::InvalidRequest("send parameters in the body, not in the URL"));
    }
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => TokenError::BodyTooLarge,
        _ => TokenError::InvalidRequest("the body is incomplete"),
    })?;
    if !is_form(headers) {
        return Err(TokenError::InvalidRequest("the body must be `application/x-www-form-urlencoded`"));
    }
    Form::parse(&body).map_err(|error| TokenError::InvalidRequest(error.describe()))
}

fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let essence = only.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
