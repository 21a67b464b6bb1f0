//! The files that every page needs, cached by browsers.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::page::OWN_RESOURCE;
use crate::paths;
use postern_http_types::EntityTag;
use postern_http_types::Problem;

/// For a URL with the file's version: the content never changes.
pub(super) const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// For a URL without a version or with another release's: revalidate each time.
const REVALIDATE: HeaderValue = HeaderValue::from_static("public, no-cache");

/// The style sheet, in one file for the browser.
pub(super) static STYLE: LazyLock<Asset> = LazyLock::new(|| Asset::new("text/css; charset=utf-8", STYLES));

const STYLES: &str = concat!(include_str!("../../templates/style.css"), "\n", include_str!("../../templates/documentation.css"));

/// The icon of the pages.
pub(super) static ICON: LazyLock<Asset> = LazyLock::new(|| Asset::new("image/svg+xml", include_str!("../../templates/icon.svg")));

/// The script of the portal's pages.
pub(super) static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("text/javascript; charset=utf-8", include_str!("../../templates/portal.js")));
/// The script that sends the requests of a page of documentation.
pub(super) static TRY_OUT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("text/javascript; charset=utf-8", include_str!("../../templates/try-out.js")));

/// The routes of these files.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let style = get(|query: RawQuery, headers: HeaderMap| async move { STYLE.respond(query, &headers) });
    let icon = get(|query: RawQuery, headers: HeaderMap| async move { ICON.respond(query, &headers) });
    let script = get(|query: RawQuery, headers: HeaderMap| async move { SCRIPT.respond(query, &headers) });
    let try_out = get(|query: RawQuery, headers: HeaderMap| async move { TRY_OUT.respond(query, &headers) });
    let files = Router::new().route(paths::STYLE, style).route(paths::ICON, icon);
    files.route(paths::SCRIPT, script).route(paths::TRY_OUT, try_out)
}

/// A file that is built into the binary.
pub(super) struct Asset {
    media_type: &'static str,
    content: &'static str,
    /// The beginning of the content's digest.
    version: String,
}

impl Asset {
    fn new(media_type: &'static str, content: &'static str) -> Self {
        let mut version = String::new();
        for byte in Sha256::digest(content).iter().take(8) {
            // Writing to a string cannot fail.
            let _ = write!(version, "{byte:02x}");
        }
        Self { media_type, content, version }
    }

    /// The query of its URL: the version.
    pub(super) fn query(&self) -> String {
        format!("v={}", self.version)
    }

    fn respond(&self, RawQuery(query): RawQuery, headers: &HeaderMap) -> Response {
        let Some(tag) = EntityTag::new(&self.version) else { return Problem::Internal.into_plain_response() };
        let keep = if query == Some(self.query()) { IMMUTABLE } else { REVALIDATE };
        let caching = [(header::ETAG, tag.value()), (header::CACHE_CONTROL, keep)];
        if tag.is_known(headers) {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        let content = [
            (header::CONTENT_TYPE, HeaderValue::from_static(self.media_type)),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            // An SVG image can be opened as a separate document.
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'")),
            OWN_RESOURCE,
        ];
        (caching, content, self.content).into_response()
    }
}
