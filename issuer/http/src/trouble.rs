//! Pages that say what is wrong.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;

use super::error::{Failure, Trouble};
use super::pages::{self, Ask};
use super::service::Service;

/// The answer to a form that this browser was not given, or was given too long ago.
pub(super) fn stale_form(service: &Service) -> Response {
    problem(
        service,
        StatusCode::FORBIDDEN,
        "This page is too old",
        "What you sent does not belong to a page that was opened in this browser just now. Go back, load the page again, and try once more. Cookies must be allowed for this site.",
        Ask::Nobody,
    )
}

/// The answer where something went wrong that is not the user's fault.
pub(super) fn failed(service: &Service, failure: &Failure) -> Response {
    match failure.report() {
        Trouble::Passing => problem(
            service,
            StatusCode::SERVICE_UNAVAILABLE,
            "Not available right now",
            "This cannot be done at the moment. Please try again in a few minutes.",
            Ask::Nobody,
        ),
        Trouble::Lasting => broken(service),
    }
}

/// The answer where the issuer itself is at fault.
pub(super) fn broken(service: &Service) -> Response {
    let explanation = "Something went wrong here. Those who run this site find the cause in its log.";
    problem(service, StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", explanation, Ask::Issuer)
}

/// A page that says what is wrong.
pub(super) fn problem(service: &Service, status: StatusCode, title: &str, explanation: &str, ask: Ask) -> Response {
    let page = pages::Problem { site: &service.site, status, title: title.to_owned(), explanation: explanation.to_owned(), ask };
    pages::respond(&page)
}

/// Rounded up.
pub(super) fn seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}
