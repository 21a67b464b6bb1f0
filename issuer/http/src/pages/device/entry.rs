//! The page where a user enters the code that a device shows (RFC 8628 section 3.3).

use askama::Template;
use axum::http::StatusCode;

use crate::messages::Message;
use crate::pages::page::Page;
use crate::pages::site::Site;
use crate::pages::wait::wait;
use crate::paths;

/// Sends `user_code` to [`paths::DEVICE`], with `csrf`.
#[derive(Template)]
#[template(path = "device_entry.html")]
pub(crate) struct DeviceEntry<'a> {
    pub(crate) site: &'a Site,
    /// The initial value of the field.
    pub(crate) code: String,
    pub(crate) problem: Option<DeviceEntryProblem>,
    pub(crate) csrf: String,
}

/// Why a user code was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceEntryProblem {
    /// No device waits with this code: it was mistyped, used or has expired.
    UnknownCode,
    /// Too many failures; the seconds to wait.
    Throttled { seconds: u32 },
}

impl DeviceEntryProblem {
    /// The beginning of the page's title.
    fn title(self) -> Message {
        Message::new(match self {
            Self::UnknownCode => "device-unknown",
            Self::Throttled { .. } => "sign-in-many",
        })
    }

    /// What is wrong, and what helps.
    fn text(self) -> Message {
        match self {
            Self::UnknownCode => Message::new("device-unknown-text"),
            Self::Throttled { seconds } => Message::new("throttled").with("wait", wait(seconds)),
        }
    }
}

impl Page for DeviceEntry<'_> {
    fn status(&self) -> StatusCode {
        match self.problem {
            None => StatusCode::OK,
            Some(DeviceEntryProblem::UnknownCode) => StatusCode::UNPROCESSABLE_ENTITY,
            Some(DeviceEntryProblem::Throttled { .. }) => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self.problem {
            Some(DeviceEntryProblem::Throttled { seconds }) => Some(seconds),
            _ => None,
        }
    }
}
