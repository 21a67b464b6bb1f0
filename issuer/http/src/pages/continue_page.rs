//! The page that continues to an application after a form.

use askama::Template;
use url::Url;

use super::page::Page;
use super::redirect_origin::RedirectOrigin;
use super::site::Site;
use crate::paths;

/// Continues to the application by itself, and has a link for browsers that do not.
///
/// A form that leads to an application is answered with this page and not with a redirect, because browsers apply the form's `form-action` policy to
/// every redirect after it, the application's own included: an application that redirects to another host would fail silently. This
/// page starts a navigation of its own.
#[derive(Template)]
#[template(path = "continue.html")]
pub(crate) struct ContinuePage<'a> {
    site: &'a Site,
    application: String,
    address: Url,
}

impl<'a> ContinuePage<'a> {
    /// The page that continues to `address`; `None` if [`RedirectOrigin::of`] refuses it.
    pub(crate) fn new(site: &'a Site, application: String, address: Url) -> Option<Self> {
        RedirectOrigin::of(&address).map(|_| Self { site, application, address })
    }
}

impl Page for ContinuePage<'_> {}
