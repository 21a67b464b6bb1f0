//! The page with new recovery codes.

use askama::Template;

use crate::pages::page::Page;
use crate::pages::site::Site;
use crate::paths;
use postern_secrets::PlainSecret;

/// Shows recovery codes, once.
#[derive(Template)]
#[template(path = "recovery_codes.html")]
pub(crate) struct RecoveryCodesPage<'a> {
    site: &'a Site,
    codes: Vec<String>,
    /// The location at which the user continues.
    to: String,
    /// Whether a second factor was set up just now.
    is_new: bool,
}

impl<'a> RecoveryCodesPage<'a> {
    pub(crate) fn new(site: &'a Site, codes: &[PlainSecret], to: String, is_new: bool) -> Self {
        let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
        Self { site, codes, to, is_new }
    }
}

impl Page for RecoveryCodesPage<'_> {}
