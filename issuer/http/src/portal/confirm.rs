//! Asks before something ends.

use askama::Template;

use super::Frame;
use crate::pages::{Page, Site};
use crate::paths;

/// Says what will end, and sends `csrf` and the hidden field to the page's own address.
#[derive(Template)]
#[template(path = "portal/confirm.html")]
pub(super) struct ConfirmPage {
    pub(super) site: Site,
    pub(super) frame: Frame,
    pub(super) title: String,
    /// What will end, in sentences.
    pub(super) consequence: &'static str,
    /// The path that takes the answer.
    pub(super) action: String,
    /// The name and the value of a field, if the answer needs one.
    pub(super) field: Option<(&'static str, String)>,
    pub(super) button: &'static str,
    /// Where the member goes who changes nothing.
    pub(super) back: String,
}

impl Page for ConfirmPage {}
