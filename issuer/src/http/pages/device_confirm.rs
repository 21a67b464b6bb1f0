//! The page where a user allows a device what it asks for, or does not (RFC 8628 section 3.3).

use askama::Template;

use super::page::Page;
use super::site::{Site, paths};

/// Sends `decision=allow` or `decision=deny` to [`paths::DEVICE_DECISION`], with `csrf` and `user_code`. It shows the code and warns, because
/// somebody far away may have sent it to the user (section 5.4).
#[derive(Template)]
#[template(path = "device_confirm.html")]
pub(in crate::http) struct DeviceConfirm<'a> {
    pub(in crate::http) site: &'a Site,
    pub(in crate::http) application: String,
    /// What the application asks for.
    pub(in crate::http) scopes: Vec<String>,
    pub(in crate::http) user_code: String,
    /// Who is asked.
    pub(in crate::http) user: String,
    pub(in crate::http) csrf: String,
}

impl Page for DeviceConfirm<'_> {}
