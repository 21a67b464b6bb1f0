//! The page where a user allows or denies a device (RFC 8628 section 3.3).

use askama::Template;

use crate::pages::page::Page;
use crate::pages::scope_text::ScopeText;
use crate::pages::site::Site;
use crate::paths;

/// Sends `decision=allow` or `decision=deny` to [`paths::DEVICE_DECISION`], with `csrf`, `user_code` and `scope`, the shown scopes. It shows the code and warns,
/// because an attacker may have sent the code to the user (section 5.4).
#[derive(Template)]
#[template(path = "device_confirm.html")]
pub(crate) struct DeviceConfirm<'a> {
    pub(crate) site: &'a Site,
    pub(crate) application: String,
    /// The scopes that the device would get.
    pub(crate) scopes: Vec<ScopeText>,
    pub(crate) user_code: String,
    /// The signed-in user.
    pub(crate) user: String,
    pub(crate) csrf: String,
}

impl DeviceConfirm<'_> {
    /// The scopes as the form sends them back.
    fn shown(&self) -> String {
        self.scopes.iter().map(|scope| scope.scope.as_str()).collect::<Vec<_>>().join(" ")
    }
}

impl Page for DeviceConfirm<'_> {}

/// The page after the decision, which shows the decision.
#[derive(Template)]
#[template(path = "device_done.html")]
pub(crate) struct DeviceDone<'a> {
    pub(crate) site: &'a Site,
    pub(crate) allowed: bool,
}

impl Page for DeviceDone<'_> {}
