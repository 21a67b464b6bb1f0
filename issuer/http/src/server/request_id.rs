//! An id for each request, which all of its log lines carry.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use postern_secrets::random_name;
use postern_service::Service;

/// The header that carries the id in requests and responses.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is accepted from a request.
const MAX_LEN: usize = 64;

/// The id in the request if it is plain, else a new one.
pub(super) fn of(service: &Service, request: &Request) -> String {
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|text| is_plain(text));
    match given {
        Some(id) => id.to_owned(),
        None => random_name(&*service.entropy, 20).unwrap_or_default(),
    }
}

/// Names the id in the response.
pub(super) fn add(response: &mut Response, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
}

fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.len() <= MAX_LEN && text.bytes().all(plain)
}
