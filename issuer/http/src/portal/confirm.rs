//! Asks before something ends.

use askama::Template;

use super::Frame;
use crate::messages::Message;
use crate::pages::{Page, Site};
use crate::paths;

/// Says what will end, and sends `csrf` and the hidden field to the page's own address.
#[derive(Template)]
#[template(path = "portal/confirm.html")]
pub(super) struct ConfirmPage {
    pub(super) site: Site,
    pub(super) frame: Frame,
    pub(super) title: Message,
    /// What will end, in sentences.
    pub(super) consequence: Message,
    /// The path that takes the answer.
    pub(super) action: String,
    /// The name and the value of a field, if the answer needs one.
    pub(super) field: Option<(&'static str, String)>,
    /// The message of the button.
    pub(super) button: &'static str,
    /// Where the member goes who changes nothing.
    pub(super) back: String,
}

impl Page for ConfirmPage {}
