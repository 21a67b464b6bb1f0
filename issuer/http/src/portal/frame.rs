//! What surrounds each page of the portal.

use super::access::role_name;
use super::{Access, SignedInMember};
use crate::pages::session::csrf_token;
use crate::paths;
use postern_model::Role;

/// The links for every member, each with its message.
const LINKS: [(&str, &str); 4] = [
    (paths::PORTAL, "applications"),
    (paths::PORTAL_APIS, "apis"),
    (paths::PORTAL_TEAMS, "teams"),
    (paths::PORTAL_ACCESS_TOKENS, "personal-tokens"),
];

/// The links for administrators and auditors.
const ADMINISTRATION: [(&str, &str); 11] = [
    (paths::PORTAL_APPROVALS, "approvals"),
    (paths::PORTAL_MEMBERS, "members"),
    (paths::PORTAL_USERS, "users"),
    (paths::PORTAL_TIERS, "tiers"),
    (paths::PORTAL_SCOPES, "scope-rules"),
    (paths::PORTAL_SIGNING_KEYS, "signing-keys"),
    (paths::PORTAL_EDGES, "edges"),
    (paths::PORTAL_USAGE, "usage"),
    (paths::PORTAL_AUDIT, "audit"),
    (paths::PORTAL_SETTINGS, "settings"),
    (paths::PORTAL_BRANDING, "branding"),
];

/// The signed-in member, and the token for the forms of the page.
pub(crate) struct Frame {
    /// The path of the page.
    path: String,
    pub(crate) member: String,
    /// The message with the name of the role.
    pub(crate) role: &'static str,
    pub(crate) csrf: String,
    /// Whether the member sees the pages for administrators.
    pub(crate) is_reader: bool,
    /// Whether the member may change anything.
    pub(crate) can_change: bool,
    /// Whether the reader has not signed in: only the catalogue of APIs is shown then.
    pub(crate) is_visitor: bool,
}

impl Frame {
    pub(super) fn of(member: &SignedInMember) -> Self {
        Self {
            path: member.path().to_owned(),
            member: member.member().name.to_string(),
            role: role_name(member.member().role),
            csrf: csrf_token(member.session()),
            is_reader: Access::Readers.allows(member.member().role),
            can_change: member.can_change(),
            is_visitor: false,
        }
    }

    /// Of the pages that everyone sees.
    pub(super) const fn of_visitor() -> Self {
        Self {
            path: String::new(),
            member: String::new(),
            role: "none",
            csrf: String::new(),
            is_reader: false,
            can_change: false,
            is_visitor: true,
        }
    }

    /// Whether the member may change what belongs to all members together.
    pub(crate) fn is_administrator(&self) -> bool {
        self.role == role_name(Role::Administrator)
    }

    /// The links to the pages that the reader may open.
    pub(crate) fn links(&self) -> impl Iterator<Item = Link> {
        LINKS.into_iter().filter(|(path, _)| !self.is_visitor || *path == paths::PORTAL_APIS).map(|link| self.link(link))
    }

    /// The links to the pages that the member sees as an administrator or an auditor.
    pub(crate) fn administration(&self) -> impl Iterator<Item = Link> {
        ADMINISTRATION.into_iter().filter(|_| self.is_reader).map(|link| self.link(link))
    }

    fn link(&self, (path, text): (&'static str, &'static str)) -> Link {
        Link { path, text, is_current: self.path == path }
    }
}

/// A link to a page of the portal.
pub(crate) struct Link {
    pub(crate) path: &'static str,
    /// The message of the link.
    pub(crate) text: &'static str,
    /// Whether it leads to the page that is shown.
    pub(crate) is_current: bool,
}
