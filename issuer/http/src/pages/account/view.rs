//! The view of the account page: applications with access, and how to withdraw it.

use askama::Template;

use crate::messages::Message;
use crate::pages::page::Page;
use crate::pages::site::Site;
use crate::pages::timestamp::Timestamp;
use crate::paths;

/// Sends `grant` to [`paths::WITHDRAW`] where one is withdrawn, and nothing to [`paths::SIGN_OUT`]; each with `csrf`.
#[derive(Template)]
#[template(path = "account.html")]
pub(crate) struct Account<'a> {
    pub(crate) site: &'a Site,
    pub(crate) user: String,
    pub(crate) grants: Vec<GrantEntry>,
    pub(crate) csrf: String,
    /// Whether the issuer keeps the user's password.
    pub(crate) can_change_password: bool,
    /// The result of the last action.
    pub(crate) notice: Option<Message>,
}

/// An application's access.
pub(crate) struct GrantEntry {
    pub(crate) id: String,
    pub(crate) application: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) since: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
}

impl Page for Account<'_> {}
