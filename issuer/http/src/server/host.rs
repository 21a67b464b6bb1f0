//! The `Host` header of a request.

use axum::extract::Request;
use axum::http::{Version, header};
use axum::response::Response;

use postern_http_types::Problem;

/// Refuses a request with two `Host` headers, and one of HTTP/1.1 without any (RFC 9112 section 3.2): a proxy in front and the issuer might
/// see different hosts. The issuer itself takes no URL from the header.
pub(super) fn refuse(request: &Request) -> Option<Response> {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    let missing = hosts == 0 && request.version() == Version::HTTP_11;
    let refused = hosts > 1 || missing;
    refused.then(|| Problem::InvalidRequest("send exactly one `Host` header").into_plain_response())
}
