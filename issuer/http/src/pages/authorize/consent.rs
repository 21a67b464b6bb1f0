//! The page where a user allows an application what it asks for, or does not.

use askama::Template;

use crate::pages::page::Page;
use crate::pages::redirect_origin::RedirectOrigin;
use crate::pages::site::Site;
use crate::paths;

/// Sends `decision=allow` or `decision=deny` to [`paths::CONSENT`], with `csrf` and the fields of the request.
#[derive(Template)]
#[template(path = "consent.html")]
pub(crate) struct Consent<'a> {
    pub(crate) site: &'a Site,
    pub(crate) application: String,
    /// Who is asked.
    pub(crate) user: String,
    /// What the application asks for.
    pub(crate) scopes: Vec<String>,
    /// The APIs that it may call.
    pub(crate) apis: Vec<String>,
    /// Where the user goes after the decision, as it may be shown: a host, or the scheme of a device's application.
    pub(crate) redirect_host: String,
    pub(crate) csrf: String,
    /// Names and values that the form gives back unread.
    pub(crate) request: Vec<(String, String)>,
    /// The same place as `redirect_host`, for the browser, where the decision is answered with a redirect.
    pub(crate) leads_to: Option<RedirectOrigin>,
}

impl Page for Consent<'_> {
    fn leads_to(&self) -> Option<&RedirectOrigin> {
        self.leads_to.as_ref()
    }
}
