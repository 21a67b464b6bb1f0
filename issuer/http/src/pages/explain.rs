//! The page that explains a decision. Unlike the other pages it runs scripts: the gate's own code, in the browser. It sends nothing.

use std::fmt::Write as _;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::page::{OWN_RESOURCE, OWN_WINDOW};
use crate::paths;
use postern_http_types::{EntityTag, Problem};
use postern_service::ExplainPage;

/// What the page's own `<meta>` says, and that no other page may frame it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
);

/// The routes of the page: one for each of its files, and none if there is no page.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(page: Option<&ExplainPage>) -> Router<S> {
    let Some(page) = page else { return Router::new() };
    let mut routes = Router::new().route(paths::EXPLAIN, get(below));
    for (name, content) in page.files() {
        let file = File::new(name, content);
        // The page's address ends in a slash, so that its links are relative to it.
        let path = if name == "index.html" { paths::EXPLAIN_PAGE.to_owned() } else { format!("{}{name}", paths::EXPLAIN_PAGE) };
        routes = routes.route(&path, get(move |headers: HeaderMap| async move { file.respond(&headers) }));
    }
    routes
}

/// Redirects to the page. The address is relative, because a proxy may have removed the path of the issuer's identifier.
async fn below() -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, HeaderValue::from_static("explain/"))]).into_response()
}

#[derive(Clone)]
struct File {
    media_type: &'static str,
    content: Bytes,
    digest: String,
}

impl File {
    fn new(name: &str, content: &Bytes) -> Self {
        let media_type = match name.rsplit_once('.') {
            Some((_, "html")) => "text/html; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            Some((_, "js")) => "text/javascript; charset=utf-8",
            Some((_, "svg")) => "image/svg+xml",
            Some((_, "wasm")) => "application/wasm",
            _ => "application/octet-stream",
        };
        let mut digest = String::new();
        for byte in Sha256::digest(content).iter().take(16) {
            // Writing to a string cannot fail.
            let _ = write!(digest, "{byte:02x}");
        }
        Self { media_type, content: content.clone(), digest }
    }

    fn respond(&self, headers: &HeaderMap) -> Response {
        let Some(tag) = EntityTag::new(&self.digest) else { return Problem::Internal.into_plain_response() };
        let caching = [(header::ETAG, tag.value()), (header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"))];
        if tag.is_known(headers) {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        let content = [
            (header::CONTENT_TYPE, HeaderValue::from_static(self.media_type)),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            // For browsers that do not know `frame-ancestors`.
            (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            OWN_WINDOW,
            OWN_RESOURCE,
        ];
        (caching, content, self.content.clone()).into_response()
    }
}
