//! The page where a user signs in.

use std::fmt;

use askama::Template;
use axum::http::StatusCode;

use crate::pages::page::Page;
use crate::pages::redirect_origin::RedirectOrigin;
use crate::pages::site::Site;
use crate::pages::wait::Wait;
use crate::paths;

/// Asks for `user` and `password`, and sends them to [`paths::SIGN_IN`] with `csrf` and `next`.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignIn<'a> {
    pub(crate) site: &'a Site,
    /// The application that sent the user here.
    pub(crate) application: Option<String>,
    /// What stands in the field already.
    pub(crate) user: String,
    pub(crate) problem: Option<SignInProblem>,
    /// The user stores, the default one first. Only where there are several does the page say how to name one.
    pub(crate) stores: Vec<String>,
    pub(crate) csrf: String,
    /// What the form gives back unread.
    pub(crate) next: String,
    /// Where the redirects after this form end, if not here: a user who consented before is sent on at once.
    pub(crate) leads_to: Option<RedirectOrigin>,
}

/// Why somebody is still here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignInProblem {
    /// There is no such user, or not with this password.
    WrongCredentials,
    /// After too many failures, so many seconds must pass.
    Throttled { seconds: u32 },
    /// The user store does not answer.
    Unavailable,
}

impl SignInProblem {
    /// What the title of the page begins with.
    fn title(self) -> &'static str {
        match self {
            Self::WrongCredentials => "Wrong password",
            Self::Throttled { .. } => "Too many tries",
            Self::Unavailable => "Not available",
        }
    }
}

impl fmt::Display for SignInProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongCredentials => formatter.write_str("The user name or the password is wrong. Please try again."),
            Self::Throttled { seconds } => write!(formatter, "Too many tries. Please wait for {} and try again.", Wait(*seconds)),
            Self::Unavailable => {
                formatter.write_str("Your password cannot be checked right now. Please try again in a few minutes.")
            }
        }
    }
}

impl Page for SignIn<'_> {
    /// A failure is no success, or browsers would offer to remember a wrong password.
    fn status(&self) -> StatusCode {
        match self.problem {
            None => StatusCode::OK,
            Some(SignInProblem::WrongCredentials) => StatusCode::FORBIDDEN,
            Some(SignInProblem::Throttled { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Some(SignInProblem::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self.problem {
            Some(SignInProblem::Throttled { seconds }) => Some(seconds),
            _ => None,
        }
    }

    fn leads_to(&self) -> Option<&RedirectOrigin> {
        self.leads_to.as_ref()
    }
}

/// The page after a user has signed out.
#[derive(Template)]
#[template(path = "signed_out.html")]
pub(crate) struct SignedOut<'a> {
    pub(crate) site: &'a Site,
}

impl Page for SignedOut<'_> {}
