//! Turns a page into a response, with its status and its security headers.

use std::fmt::Write as _;

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::redirect_origin::RedirectOrigin;

/// No page of another origin shares a window with ours.
pub(crate) const OWN_WINDOW: (HeaderName, HeaderValue) =
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));

/// No page of another origin embeds the answer.
pub(crate) const OWN_RESOURCE: (HeaderName, HeaderValue) =
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// A page: a template, and the properties of its response.
pub(crate) trait Page: Template {
    /// The response's status.
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }

    /// The seconds for `Retry-After`.
    fn retry_after(&self) -> Option<u32> {
        None
    }

    /// Whether the page has the script of the portal. Pages on which a password is entered have none.
    fn has_script(&self) -> bool {
        false
    }

    /// The origin to which the page's scripts send requests, or `'self'`. A page without such scripts has none.
    fn scripts_connect_to(&self) -> Option<&str> {
        None
    }

    /// The other origin where the redirects after a form of this page may end: browsers apply `form-action` to those redirects too.
    fn leads_to(&self) -> Option<&RedirectOrigin> {
        None
    }
}

/// The response that shows `page`: not cached, not framed, no scripts except its own.
pub(crate) fn respond(page: &impl Page) -> Response {
    let Ok(policy) = HeaderValue::from_str(&content_security_policy(page)) else { return failed() };
    let Ok(body) = page.render() else { return failed() };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        // For browsers that do not know `frame-ancestors`.
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        // Not `no-referrer`: with that, browsers would send our own forms with `Origin: null`. Other origins get no referrer.
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        OWN_WINDOW,
        OWN_RESOURCE,
        (PERMISSIONS_POLICY, HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()")),
    ];
    let mut response = (page.status(), headers, body).into_response();
    if let Some(seconds) = page.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn content_security_policy(page: &impl Page) -> String {
    let mut policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; ".to_owned();
    if page.has_script() || page.scripts_connect_to().is_some() {
        policy.push_str("script-src 'self'; ");
        if let Some(origin) = page.scripts_connect_to() {
            // Writing to a string cannot fail.
            let _ = write!(policy, "connect-src {origin}; ");
        }
        policy.push_str("require-trusted-types-for 'script'; ");
    }
    policy.push_str("form-action 'self'");
    if let Some(origin) = page.leads_to() {
        let _ = write!(policy, " {}", origin.as_source());
    }
    policy
}

fn failed() -> Response {
    tracing::error!("a page could not be rendered");
    postern_http_types::Problem::Internal.into_plain_response()
}
