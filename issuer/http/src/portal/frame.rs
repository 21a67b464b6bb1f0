//! What surrounds each page of the portal.

use super::admin::members::role_name;
use super::{Access, SignedInMember};
use crate::pages::session::csrf_token;

/// The signed-in member, and the token for the forms of the page.
pub(crate) struct Frame {
    pub(crate) member: String,
    /// The message with the name of the role.
    pub(crate) role: &'static str,
    pub(crate) csrf: String,
    /// Whether the member sees the pages for administrators.
    pub(crate) is_reader: bool,
    /// Whether the member may change anything.
    pub(crate) can_change: bool,
}

impl Frame {
    pub(super) fn of(member: &SignedInMember) -> Self {
        Self {
            member: member.member().name.to_string(),
            role: role_name(member.member().role),
            csrf: csrf_token(member.session()),
            is_reader: Access::Readers.allows(member.member().role),
            can_change: member.can_change(),
        }
    }
}
