//! The error page: for a request that cannot be done and cannot be sent back to an application either.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::page::Page;
use super::site::Site;
use crate::pages;
use crate::paths;
use postern_service::{Failure, Retry, Service};

/// Says what is wrong and whom to contact.
#[derive(Template)]
#[template(path = "error_page.html")]
pub(crate) struct ErrorPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) status: StatusCode,
    /// What is wrong, in a few words.
    pub(crate) title: String,
    /// The explanation, in sentences.
    pub(crate) explanation: String,
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
pub(crate) fn stale_form(service: &Service) -> Response {
    problem(
        service,
        StatusCode::FORBIDDEN,
        "This page is too old",
        "The form that you sent is too old or was opened in another browser. Go back, reload the page and try again. Cookies must be allowed for this site.",
        Ask::NoOne,
    )
}

/// The answer to a form that a page of another site sent.
pub(crate) fn foreign_form(service: &Service) -> Response {
    let explanation = "Another site sent this form in your name, so nothing was done. If you sent it yourself, open this site at its usual address and try again.";
    problem(service, StatusCode::FORBIDDEN, "Not sent from this site", explanation, Ask::NoOne)
}

/// The answer to a form that is larger than `limits.body_bytes` allows.
pub(crate) fn large_form(service: &Service) -> Response {
    let explanation = "The form that you sent is too large. Go back, shorten what you entered and try again.";
    problem(service, StatusCode::PAYLOAD_TOO_LARGE, "Too much text", explanation, Ask::NoOne)
}

/// The answer when an operation failed.
pub(crate) fn failed(service: &Service, failure: &Failure) -> Response {
    match failure.report() {
        Retry::Later => problem(
            service,
            StatusCode::SERVICE_UNAVAILABLE,
            "Not available right now",
            "This is not available at the moment. Please try again in a few minutes.",
            Ask::NoOne,
        ),
        Retry::Never => broken(service),
    }
}

/// The answer when the issuer itself is at fault.
pub(crate) fn broken(service: &Service) -> Response {
    let explanation = "Something went wrong here. The operators of this site can find the cause in its log.";
    problem(service, StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", explanation, Ask::Issuer)
}

/// Renders the error page.
pub(crate) fn problem(service: &Service, status: StatusCode, title: &str, explanation: &str, ask: Ask) -> Response {
    let site = Site::new(&service.settings.issuer);
    let page = ErrorPage { site: &site, status, title: title.to_owned(), explanation: explanation.to_owned(), ask };
    pages::respond(&page)
}
