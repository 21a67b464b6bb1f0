//! The page about the second factor of the signed-in user.

use askama::Template;
use axum::http::StatusCode;

use super::CodeProblem;
use crate::messages::Message;
use crate::pages::page::Page;
use crate::pages::site::Site;
use crate::pages::timestamp::Timestamp;
use crate::pages::wait::wait;
use crate::paths;
use postern_model::{EventName, SecondFactorPolicy};
use postern_operations::{Error, UserError};
use postern_service::{Failure, Service};

/// Shows whether the user has a second factor. Sends `password` to [`paths::SECOND_FACTOR`], or `code` to [`paths::RECOVERY_CODES`] or
/// [`paths::SECOND_FACTOR_REMOVE`], with `csrf`.
#[derive(Template)]
#[template(path = "second_factor.html")]
pub(crate) struct SecondFactor<'a> {
    pub(crate) site: &'a Site,
    pub(crate) user: String,
    pub(crate) csrf: String,
    /// When the second factor was set up.
    pub(crate) since: Option<Timestamp>,
    pub(crate) recovery_codes: u64,
    pub(crate) policy: SecondFactorPolicy,
    pub(crate) problem: Option<Problem>,
}

/// Why a form was refused.
pub(crate) struct Problem {
    pub(crate) title: Message,
    pub(crate) text: Message,
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<u32>,
}

impl From<CodeProblem> for Problem {
    fn from(problem: CodeProblem) -> Self {
        Self { title: problem.title(), text: problem.text(), status: problem.status(), retry_after: problem.retry_after() }
    }
}

impl Problem {
    /// The problem with a password, counted and recorded; `None` if the password is not the cause.
    pub(crate) fn of_password(service: &Service, failure: &Failure, user: &str) -> Option<Self> {
        let Failure::Operation(Error::User(error)) = failure else { return None };
        let many = |text| Self { title: "sign-in-many".into(), text, status: StatusCode::TOO_MANY_REQUESTS, retry_after: None };
        let (problem, reason) = match error {
            UserError::WrongCredentials => {
                service.metrics.refused_sign_ins.inc();
                let (title, text) = ("sign-in-wrong".into(), "password-current-wrong".into());
                (Self { title, text, status: StatusCode::FORBIDDEN, retry_after: None }, "wrong_credentials")
            }
            UserError::Throttled { seconds } => {
                service.metrics.throttled_sign_ins.inc();
                let seconds = u32::try_from(*seconds).unwrap_or(u32::MAX);
                let problem = many(Message::new("throttled").with("wait", wait(seconds)));
                (Self { retry_after: Some(seconds), ..problem }, "throttled")
            }
            UserError::TooManyFailures => {
                service.metrics.throttled_sign_ins.inc();
                (many("password-limited".into()), "account_limited")
            }
            _ => return None,
        };
        service.record_refusal(EventName::SecondFactor, reason, Some(user));
        Some(problem)
    }
}

impl Page for SecondFactor<'_> {
    fn status(&self) -> StatusCode {
        self.problem.as_ref().map_or(StatusCode::OK, |problem| problem.status)
    }

    fn retry_after(&self) -> Option<u32> {
        self.problem.as_ref().and_then(|problem| problem.retry_after)
    }
}
