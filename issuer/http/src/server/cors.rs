//! Cross-origin requests by scripts (the CORS protocol of the Fetch standard), for the endpoints that a single-page application needs.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// How long a browser may remember the answer to a preflight request, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("3600");

/// The headers of a request that scripts may set beyond those that they may always set.
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static("authorization, content-type");

/// The headers of an answer that scripts may read beyond those that they may always read.
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static("retry-after, www-authenticate, x-request-id");

const EVERY_ORIGIN: HeaderValue = HeaderValue::from_static("*");

/// `OPTIONS`: answers a preflight request.
pub(crate) async fn preflight() -> Response {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
    ];
    (StatusCode::NO_CONTENT, allowed).into_response()
}

/// Lets scripts of every origin read the answers. Never with credentials: a browser sends no cookie with such a request, so a script can do
/// no more than a program that is no browser.
pub(crate) async fn allow(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // Also where no `Origin` was sent: a cache may give the same answer to a script.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, EVERY_ORIGIN);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
    response
}
