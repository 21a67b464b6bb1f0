//! Which members may open a page of the portal or send a form. A route without such a rule answers nothing. What a form does is decided again
//! by the operation.

use axum::http::Method;
use postern_model::Role;

/// The roles that a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Every member.
    Members,
    /// Administrators and developers.
    Writers,
    /// Administrators and auditors.
    Readers,
    /// Administrators.
    Administrators,
}

impl Access {
    /// Whether a member with this role passes.
    pub const fn allows(self, role: Role) -> bool {
        match (self, role) {
            (Self::Members, _) | (_, Role::Administrator) | (Self::Writers, Role::Developer) | (Self::Readers, Role::Auditor) => {
                true
            }
            (Self::Writers | Self::Readers | Self::Administrators, Role::Developer | Role::Auditor) => false,
        }
    }
}

/// A route of the portal and its rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The path, with names such as `{id}` for what differs.
    pub path: &'static str,
    /// `GET` for a page, `POST` for a form.
    pub method: Method,
    /// The roles that the route is for.
    pub access: Access,
}

/// The message with the name of a role.
pub(super) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Administrator => "role-administrator",
        Role::Developer => "role-developer",
        Role::Auditor => "role-auditor",
    }
}
