//! The consent page, where a user allows or denies what an application requests.

use askama::Template;

use crate::pages::page::Page;
use crate::pages::redirect_origin::RedirectOrigin;
use crate::pages::scope_text::ScopeText;
use crate::pages::site::Site;
use crate::paths;

/// Sends `decision=allow` or `decision=deny` to [`paths::CONSENT`], with `csrf` and the fields of the request.
#[derive(Template)]
#[template(path = "consent.html")]
pub(crate) struct Consent<'a> {
    pub(crate) site: &'a Site,
    pub(crate) application: String,
    /// The signed-in user.
    pub(crate) user: String,
    /// The requested scopes.
    pub(crate) scopes: Vec<ScopeText>,
    /// The APIs that the application may call: the title of each, or else its name and version.
    pub(crate) apis: Vec<String>,
    /// Where the user continues after the decision, for display: a host, or the scheme of a native application.
    pub(crate) redirect_host: String,
    pub(crate) csrf: String,
    /// Hidden fields that the form sends back.
    pub(crate) request: Vec<(String, String)>,
    /// The origin of the same redirect URI, for the content security policy.
    pub(crate) leads_to: Option<RedirectOrigin>,
}

impl Page for Consent<'_> {
    fn leads_to(&self) -> Option<&RedirectOrigin> {
        self.leads_to.as_ref()
    }
}
