//! The page for a request that can neither be done nor be sent back to an application.

use askama::Template;
use axum::http::StatusCode;

use super::page::Page;
use super::site::{Site, paths};

/// Says what is wrong and whom to ask.
#[derive(Template)]
#[template(path = "problem.html")]
pub(crate) struct Problem<'a> {
    pub(crate) site: &'a Site,
    pub(crate) status: StatusCode,
    /// What is wrong, in a few words.
    pub(crate) title: String,
    /// The same in sentences.
    pub(crate) explanation: String,
    pub(crate) ask: Ask,
}

/// Whom the user should ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Those who run the application that the user comes from.
    Application,
    /// Those who run this issuer.
    Issuer,
    /// Nobody: the user can try again.
    Nobody,
}

impl Page for Problem<'_> {
    fn status(&self) -> StatusCode {
        self.status
    }
}
