//! Why a code was refused.

use axum::http::StatusCode;

use crate::messages::Message;
use crate::pages::wait::wait;
use postern_model::EventName;
use postern_operations::{Error, UserError};
use postern_service::{Failure, Service};

/// Why a code of an app, or a recovery code, was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeProblem {
    /// It is wrong, has expired, or was used before.
    Wrong,
    /// Too many wrong codes; the seconds to wait.
    Throttled { seconds: u32 },
    /// Too many wrong codes in a row.
    Limited,
}

impl CodeProblem {
    /// The problem that a failure means, counted and recorded for a user; `None` if the code is not the cause.
    pub(crate) fn record(service: &Service, failure: &Failure, user: &str) -> Option<Self> {
        let Failure::Operation(Error::User(error)) = failure else { return None };
        let (problem, reason) = match error {
            UserError::WrongCode => (Self::Wrong, "wrong_code"),
            UserError::Throttled { seconds } => {
                (Self::Throttled { seconds: u32::try_from(*seconds).unwrap_or(u32::MAX) }, "throttled")
            }
            UserError::TooManyFailures => (Self::Limited, "account_limited"),
            _ => return None,
        };
        if problem == Self::Wrong {
            service.metrics.refused_sign_ins.inc();
        } else {
            service.metrics.throttled_sign_ins.inc();
        }
        service.record_refusal(EventName::SecondFactor, reason, Some(user));
        Some(problem)
    }

    /// The beginning of the page's title.
    pub(crate) fn title(self) -> Message {
        Message::new(match self {
            Self::Wrong => "code-wrong",
            Self::Throttled { .. } | Self::Limited => "sign-in-many",
        })
    }

    /// What is wrong, and what helps.
    pub(crate) fn text(self) -> Message {
        match self {
            Self::Wrong => Message::new("code-wrong-text"),
            Self::Throttled { seconds } => Message::new("throttled").with("wait", wait(seconds)),
            Self::Limited => Message::new("code-limited-text"),
        }
    }

    /// The status of the page.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Wrong => StatusCode::FORBIDDEN,
            Self::Throttled { .. } | Self::Limited => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// The seconds for `Retry-After`.
    pub(crate) const fn retry_after(self) -> Option<u32> {
        match self {
            Self::Throttled { seconds } => Some(seconds),
            Self::Wrong | Self::Limited => None,
        }
    }
}
