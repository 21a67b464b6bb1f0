//! HTTP Strict Transport Security (RFC 6797).

use axum::http::{HeaderValue, header};
use axum::response::Response;

use postern_service::Service;

/// A year. Not for subdomains, which may belong to others.
const POLICY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Tells browsers to use the issuer's host over TLS alone, where the issuer's identifier says `https`. Browsers ignore it without TLS.
pub(super) fn declare(service: &Service, response: &mut Response) {
    if service.settings.issuer.as_str().starts_with("https://") {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, POLICY);
    }
}
