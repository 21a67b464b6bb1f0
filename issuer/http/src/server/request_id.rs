//! An id for each request, which all of its log lines carry.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use postern_secrets::random_name;
use postern_service::Service;

/// The header that carries the id in requests and responses.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is accepted from a request.
const MAX_LEN: usize = 64;

/// Handles a request under its id: the id in the request if it is plain, else a new one.
pub(crate) async fn name(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|text| is_plain(text));
    let id = match given {
        Some(id) => id.to_owned(),
        None => random_name(&*service.entropy, 20).unwrap_or_default(),
    };
    let span = tracing::info_span!("request", id);
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.len() <= MAX_LEN && text.bytes().all(plain)
}
