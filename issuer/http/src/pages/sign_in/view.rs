//! The views of the sign-in page and of the page after signing out.

use askama::Template;
use axum::http::StatusCode;

use crate::messages::Message;
use crate::pages::page::Page;
use crate::pages::redirect_origin::RedirectOrigin;
use crate::pages::site::Site;
use crate::pages::wait::wait;
use crate::paths;
use postern_model::UserStoreName;

/// Asks for `user` and `password`, and sends them to [`paths::SIGN_IN`] with `csrf` and `next`.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignIn<'a> {
    pub(crate) site: &'a Site,
    /// The application that requests authorization, if any.
    pub(crate) application: Option<String>,
    /// The initial value of the field.
    pub(crate) user: String,
    pub(crate) problem: Option<SignInProblem>,
    /// The user stores with passwords, the default one first. If there are several, the page explains how to name one; if there is none, it
    /// asks for no password.
    pub(crate) stores: Vec<String>,
    /// The identity providers, with a button for each.
    pub(crate) providers: Vec<Provider>,
    /// Whether the user is signed in, and must sign in again.
    pub(crate) again: bool,
    pub(crate) csrf: String,
    /// Where the user continues; the form sends it back.
    pub(crate) next: String,
    /// The other origin where the redirects after this form may end: a user who has consented before is redirected at once.
    pub(crate) leads_to: Option<RedirectOrigin>,
}

/// An identity provider.
pub(crate) struct Provider {
    /// The path to which the form is sent.
    action: String,
    /// The provider's name for people.
    title: String,
}

impl Provider {
    pub(crate) fn new(store: &UserStoreName, title: String) -> Self {
        Self { action: paths::SIGN_IN_BEGIN.replace("{store}", store.as_str()), title }
    }
}

/// Why the sign-in failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignInProblem {
    /// The user is unknown or the password is wrong.
    WrongCredentials,
    /// Too many failures; the seconds to wait.
    Throttled { seconds: u32 },
    /// Too many failures in a row for the account, in all browsers together.
    AccountLimited,
    /// The user store does not answer.
    Unavailable,
    /// A step after the password came too late, or does not belong to a sign-in of this browser.
    Expired,
}

impl SignInProblem {
    /// The beginning of the page's title.
    fn title(self) -> Message {
        Message::new(match self {
            Self::WrongCredentials => "sign-in-wrong",
            Self::Throttled { .. } | Self::AccountLimited => "sign-in-many",
            Self::Unavailable => "sign-in-unavailable",
            Self::Expired => "sign-in-expired",
        })
    }

    /// What is wrong, and what helps.
    fn text(self) -> Message {
        match self {
            Self::WrongCredentials => Message::new("sign-in-wrong-text"),
            Self::Throttled { seconds } => Message::new("throttled").with("wait", wait(seconds)),
            Self::AccountLimited => Message::new("sign-in-limited-text"),
            Self::Unavailable => Message::new("sign-in-unavailable-text"),
            Self::Expired => Message::new("sign-in-expired-text"),
        }
    }
}

impl Page for SignIn<'_> {
    /// An error status, so that browsers do not offer to save a wrong password.
    fn status(&self) -> StatusCode {
        match self.problem {
            None => StatusCode::OK,
            Some(SignInProblem::WrongCredentials | SignInProblem::Expired) => StatusCode::FORBIDDEN,
            Some(SignInProblem::Throttled { .. } | SignInProblem::AccountLimited) => StatusCode::TOO_MANY_REQUESTS,
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
    /// Where the user signs in again, and continues to the page that was left.
    pub(crate) sign_in: String,
}

impl Page for SignedOut<'_> {}
