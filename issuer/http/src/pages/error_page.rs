//! The error page: for a request that cannot be done and cannot be sent back to an application either.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::page::Page;
use super::site::Site;
use crate::messages::Message;
use crate::pages;
use crate::paths;
use postern_service::{Failure, Retry};

/// Says what is wrong and whom to contact.
#[derive(Template)]
#[template(path = "error_page.html")]
pub(crate) struct ErrorPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) status: StatusCode,
    /// What is wrong, in a few words.
    pub(crate) title: Message,
    /// The explanation, in sentences.
    pub(crate) explanation: Message,
    pub(crate) ask: Ask,
}

/// Whom the user should contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The operator of the application that the user comes from.
    Application,
    /// The operator of this issuer.
    Issuer,
    /// Neither: the user can try again.
    NoOne,
}

impl Page for ErrorPage<'_> {
    fn status(&self) -> StatusCode {
        self.status
    }
}

/// The answer to a form whose CSRF token is missing, wrong or too old.
pub(crate) fn stale_form(site: &Site) -> Response {
    problem(site, StatusCode::FORBIDDEN, "form-stale", "form-stale-why", Ask::NoOne)
}

/// The answer to a form that a page of another site sent.
pub(crate) fn foreign_form(site: &Site) -> Response {
    problem(site, StatusCode::FORBIDDEN, "form-foreign", "form-foreign-why", Ask::NoOne)
}

/// The answer to a form that is larger than `limits.body_bytes` allows.
pub(crate) fn large_form(site: &Site) -> Response {
    problem(site, StatusCode::PAYLOAD_TOO_LARGE, "form-large", "form-large-why", Ask::NoOne)
}

/// The answer when an operation failed.
pub(crate) fn failed(site: &Site, failure: &Failure) -> Response {
    match failure.report() {
        Retry::Later => problem(site, StatusCode::SERVICE_UNAVAILABLE, "unavailable", "unavailable-why", Ask::NoOne),
        Retry::Never => broken(site),
    }
}

/// The answer when the issuer itself is at fault.
pub(crate) fn broken(site: &Site) -> Response {
    problem(site, StatusCode::INTERNAL_SERVER_ERROR, "broken", "broken-why", Ask::Issuer)
}

/// Renders the error page.
pub(crate) fn problem(
    site: &Site,
    status: StatusCode,
    title: impl Into<Message>,
    explanation: impl Into<Message>,
    ask: Ask,
) -> Response {
    pages::respond(&ErrorPage { site, status, title: title.into(), explanation: explanation.into(), ask })
}
