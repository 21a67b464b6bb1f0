//! The issuer as its pages show it.

use super::assets;
use crate::paths;
use postern_model::Issuer;

/// The issuer as its pages show it.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The path of the issuer's identifier, which every path begins with.
    base: String,
    /// Host and port of the issuer, as in the browser's address bar.
    host: String,
    style: String,
    icon: String,
}

impl Site {
    pub(crate) fn new(issuer: &Issuer) -> Self {
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
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn style(&self) -> &str {
        &self.style
    }

    pub(crate) fn icon(&self) -> &str {
        &self.icon
    }

    /// Whether the issuer's identifier has no path. The management API is at the root of the host, where a proxy may have something else if
    /// the identifier has a path.
    pub(super) const fn is_at_root(&self) -> bool {
        self.base.is_empty()
    }

    /// The path of a page, from one of [`paths`].
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}
