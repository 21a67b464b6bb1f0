//! Asks before something ends.

use askama::Template;

use super::{Frame, SignedInMember};
use crate::messages::Message;
use crate::pages::{Page, Site};
use crate::paths;

/// Says what will end, and sends `csrf` and the hidden fields to the path that takes the answer.
#[derive(Template)]
#[template(path = "portal/confirm.html")]
pub(super) struct ConfirmPage {
    site: Site,
    frame: Frame,
    title: Message,
    /// The message that says in sentences what will end.
    consequence: Message,
    /// The path that takes the answer.
    action: String,
    fields: Vec<(String, String)>,
    /// The message of the button.
    button: &'static str,
    /// Where the member goes who changes nothing.
    back: String,
}

impl ConfirmPage {
    pub(super) fn new(member: &SignedInMember, title: Message, consequence: impl Into<Message>) -> Self {
        Self {
            site: member.site().clone(),
            frame: Frame::of(member),
            title,
            consequence: consequence.into(),
            action: String::new(),
            fields: Vec::new(),
            button: "continue",
            back: String::new(),
        }
    }

    /// The same question; `action` takes the answer, `button` is the message of the button that sends it, and `back` is where the member goes
    /// who changes nothing.
    #[must_use]
    pub(super) fn answer(self, action: String, button: &'static str, back: String) -> Self {
        Self { action, button, back, ..self }
    }

    /// The same question with a field that the answer needs.
    #[must_use]
    pub(super) fn field(mut self, name: impl Into<String>, value: String) -> Self {
        self.fields.push((name.into(), value));
        self
    }
}

impl Page for ConfirmPage {
    fn has_script(&self) -> bool {
        true
    }
}
