//! The page of a user's own account: which applications have access, and how to take it from them.

use askama::Template;

use super::moment::Moment;
use super::page::Page;
use super::site::{Site, paths};

/// Sends `grant` to [`paths::WITHDRAW`] where one is withdrawn, and nothing to [`paths::SIGN_OUT`]; each with `csrf`.
#[derive(Template)]
#[template(path = "account.html")]
pub(in crate::http) struct Account<'a> {
    pub(in crate::http) site: &'a Site,
    pub(in crate::http) user: String,
    pub(in crate::http) grants: Vec<GrantEntry>,
    pub(in crate::http) csrf: String,
    /// Whether the issuer keeps the user's password.
    pub(in crate::http) can_change_password: bool,
    /// What has just been done.
    pub(in crate::http) notice: Option<String>,
}

/// An application's access.
pub(in crate::http) struct GrantEntry {
    pub(in crate::http) id: String,
    pub(in crate::http) application: String,
    pub(in crate::http) scopes: Vec<String>,
    pub(in crate::http) since: Moment,
    pub(in crate::http) last_used: Option<Moment>,
}

impl Page for Account<'_> {}
