//! The page that asks for a code while signing in.

use askama::Template;
use axum::http::StatusCode;

use super::CodeProblem;
use crate::pages::page::Page;
use crate::pages::site::Site;
use crate::paths;

/// Asks for `code` or for `recovery_code`, and sends one of them to [`paths::SIGN_IN_CODE`] with `csrf` and `next`.
#[derive(Template)]
#[template(path = "enter_code.html")]
pub(crate) struct EnterCode<'a> {
    pub(crate) site: &'a Site,
    pub(crate) user: String,
    pub(crate) problem: Option<CodeProblem>,
    pub(crate) csrf: String,
    /// Where the user continues; the form sends it back.
    pub(crate) next: String,
}

impl Page for EnterCode<'_> {
    fn status(&self) -> StatusCode {
        self.problem.map_or(StatusCode::OK, CodeProblem::status)
    }

    fn retry_after(&self) -> Option<u32> {
        self.problem.and_then(CodeProblem::retry_after)
    }
}
