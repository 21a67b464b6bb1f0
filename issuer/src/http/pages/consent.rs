//! The page where a user allows an application what it asks for, or does not.

use askama::Template;

use super::page::Page;
use super::redirect_origin::RedirectOrigin;
use super::site::{Site, paths};

/// Sends `decision=allow` or `decision=deny` to [`paths::CONSENT`], with `csrf` and the fields of the request.
#[derive(Template)]
#[template(path = "consent.html")]
pub(in crate::http) struct Consent<'a> {
    pub(in crate::http) site: &'a Site,
    pub(in crate::http) application: String,
    /// Who is asked.
    pub(in crate::http) user: String,
    /// What the application asks for.
    pub(in crate::http) scopes: Vec<String>,
    /// The APIs that it may call.
    pub(in crate::http) apis: Vec<String>,
    /// Where the user goes after the decision, as it may be shown: a host, or the scheme of a device's application.
    pub(in crate::http) redirect_host: String,
    pub(in crate::http) csrf: String,
    /// Names and values that the form gives back unread.
    pub(in crate::http) request: Vec<(String, String)>,
    /// The same place as `redirect_host`, for the browser, where the decision is answered with a redirect.
    pub(in crate::http) leads_to: Option<RedirectOrigin>,
}

impl Page for Consent<'_> {
    fn leads_to(&self) -> Option<&RedirectOrigin> {
        self.leads_to.as_ref()
    }
}
