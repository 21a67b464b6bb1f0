//! The page at `/api/docs`, on which the API can be read and tried. All of it comes from here, and it talks to nobody else.

use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};

/// The page runs its own script and nothing else, is shown in nobody's frame, and sends nothing to another place.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// `GET /api/docs`
pub(super) async fn page() -> Response {
    (file("text/html; charset=utf-8"), include_str!("docs/page.html")).into_response()
}

/// `GET /api/docs/page.js`
pub(super) async fn script() -> Response {
    (file("text/javascript; charset=utf-8"), include_str!("docs/page.js")).into_response()
}

/// `GET /api/docs/page.css`
pub(super) async fn style() -> Response {
    (file("text/css; charset=utf-8"), include_str!("docs/page.css")).into_response()
}

fn file(content_type: &'static str) -> [(HeaderName, &'static str); 3] {
    [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-cache"), (header::CONTENT_SECURITY_POLICY, POLICY)]
}
