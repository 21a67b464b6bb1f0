//! What surrounds each page of the portal.

use postern_model::Role;

use super::SignedInMember;
use crate::pages::session::csrf_token;

/// The signed-in member, and the token for the forms of the page.
pub(crate) struct Frame {
    pub(crate) member: String,
    /// The message with the name of the role.
    pub(crate) role: &'static str,
    pub(crate) csrf: String,
    /// Whether the member may change anything.
    pub(crate) can_change: bool,
    /// Whether nobody is signed in: only the catalogue of APIs is shown then.
    pub(crate) is_visitor: bool,
}

impl Frame {
    pub(super) fn of(member: &SignedInMember) -> Self {
        Self {
            member: member.member().name.to_string(),
            role: match member.member().role {
                Role::Administrator => "role-administrator",
                Role::Developer => "role-developer",
                Role::Auditor => "role-auditor",
            },
            csrf: csrf_token(member.session()),
            can_change: member.member().role != Role::Auditor,
            is_visitor: false,
        }
    }

    /// Of the pages that everyone sees.
    pub(super) const fn of_visitor() -> Self {
        Self { member: String::new(), role: "none", csrf: String::new(), can_change: false, is_visitor: true }
    }
}
