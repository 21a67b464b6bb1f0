//! A page with one form.

use askama::Template;
use axum::http::StatusCode;

use super::entry_form::Kind;
use super::{EntryForm, Frame, SignedInMember};
use crate::messages::Message;
use crate::pages::{Page, Site};
use crate::paths;

/// A title, the page that it belongs to, and the form.
#[derive(Template)]
#[template(path = "portal/entry_page.html")]
pub(super) struct EntryPage {
    site: Site,
    frame: Frame,
    title: Message,
    /// A path and a text.
    above: (String, Message),
    form: EntryForm,
    problem: Option<Message>,
    /// More about the problem.
    details: Vec<String>,
    /// What the member should know about the current values.
    warnings: Vec<Message>,
}

impl EntryPage {
    pub(super) fn new(
        member: &SignedInMember,
        title: Message,
        above: (String, Message),
        form: EntryForm,
        problem: Option<Message>,
    ) -> Self {
        Self {
            site: member.site().clone(),
            frame: Frame::of(member),
            title,
            above,
            form,
            problem,
            details: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The same page with what the member should know about the current values.
    #[must_use]
    pub(super) fn warnings(self, warnings: Vec<Message>) -> Self {
        Self { warnings, ..self }
    }

    /// The same page with more about the problem.
    #[must_use]
    pub(super) fn details(self, details: Vec<String>) -> Self {
        Self { details, ..self }
    }
}

impl Page for EntryPage {
    fn has_script(&self) -> bool {
        true
    }

    fn status(&self) -> StatusCode {
        if self.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
    }
}
