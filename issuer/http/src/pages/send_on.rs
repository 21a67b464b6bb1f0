//! The page that sends a user on to an application after a form.

use askama::Template;
use url::Url;

use super::page::Page;
use super::redirect_origin::RedirectOrigin;
use super::site::Site;

/// Goes on to the application by itself, and has a link for browsers that do not.
///
/// An answer to a form should be this page and not a redirect. A browser holds the policy of the page with the form against every redirect that
/// follows, those of the application too: one that sends its users on to another host would leave them where they are, and say nothing.
/// What this page begins is a navigation of its own.
#[derive(Template)]
#[template(path = "send_on.html")]
pub(crate) struct SendOn<'a> {
    site: &'a Site,
    application: String,
    address: Url,
}

impl<'a> SendOn<'a> {
    /// The page that goes on to `address`; `None` where nobody may be sent there, as [`RedirectOrigin::of`] has it.
    pub(crate) fn new(site: &'a Site, application: String, address: Url) -> Option<Self> {
        RedirectOrigin::of(&address).map(|_| Self { site, application, address })
    }
}

impl Page for SendOn<'_> {}
