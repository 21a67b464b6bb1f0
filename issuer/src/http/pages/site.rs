//! Where the pages are, and whose they are.

use super::assets;
use crate::catalogue::Issuer;

/// Where each page is, below the issuer's identifier.
pub(in crate::http) mod paths {
    pub(in crate::http) const SIGN_IN: &str = "/sign-in";
    pub(in crate::http) const SIGN_OUT: &str = "/sign-out";
    /// Takes what was decided on the page of consent.
    pub(in crate::http) const CONSENT: &str = "/consent";
    pub(in crate::http) const DEVICE: &str = "/device";
    /// Takes what was decided about a device.
    pub(in crate::http) const DEVICE_DECISION: &str = "/device/decision";
    pub(in crate::http) const ACCOUNT: &str = "/account";
    pub(in crate::http) const WITHDRAW: &str = "/account/withdraw";
    pub(in crate::http) const PASSWORD: &str = "/account/password";
    pub(in crate::http) const STYLE: &str = "/assets/style.css";
    pub(in crate::http) const ICON: &str = "/assets/icon.svg";
}

/// The issuer as its pages show it. Made once for all of them.
#[derive(Debug, Clone)]
pub(in crate::http) struct Site {
    /// The path of the issuer's identifier: what all paths here begin with.
    base: String,
    /// Host and port of the issuer: by this name its users know it, and find it in the address bar.
    host: String,
    style: String,
    icon: String,
}

impl Site {
    pub(in crate::http) fn new(issuer: &Issuer) -> Self {
        let authority = issuer.as_str().split_once("://").map_or(issuer.as_str(), |(_, rest)| rest);
        let host = authority.split('/').next().unwrap_or(authority);
        let base = issuer.path();
        Self {
            base: base.to_owned(),
            host: host.to_owned(),
            style: format!("{base}{}?{}", paths::STYLE, assets::STYLE.query()),
            icon: format!("{base}{}?{}", paths::ICON, assets::ICON.query()),
        }
    }

    /// Host and port of the issuer.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn style(&self) -> &str {
        &self.style
    }

    pub(super) fn icon(&self) -> &str {
        &self.icon
    }

    /// The address of a page, one of [`paths`].
    pub(in crate::http) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}
