//! A name for each request, under which everything that is logged of it is found.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use postern_secrets::random_name;
use postern_service::Service;

/// Where a client or a proxy names its request, and where the answer says its name.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long a name may be that somebody else gave.
const MAX_LEN: usize = 64;

/// Runs a request under its name: the one that it brings, where that is a plain word, or a new one.
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
