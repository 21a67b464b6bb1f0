//! Rules for scopes: which users and applications may have a scope.

use super::{ApplicationId, Role, ScopeDescription, UserRole};
use postern_token::KeyType;

/// The rules for one scope. A scope that has rules is known, whether an API lists it or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScopeRule {
    /// Users with one of these roles may have the scope; empty means every user.
    pub roles: Vec<UserRole>,
    /// Which applications may have the scope.
    pub holders: HolderRule,
    /// What the scope allows, for people.
    pub description: Option<ScopeDescription>,
}

/// Which applications may have a scope, in their own tokens and in those of their users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HolderRule {
    /// Applications whose owner has one of these roles may have the scope; empty means every application.
    pub member_roles: Vec<Role>,
    /// Whether an administrator must approve the scope for each key set.
    pub approval: bool,
}

impl HolderRule {
    /// Whether the rule restricts anything.
    pub fn restricts(&self) -> bool {
        self.approval || !self.member_roles.is_empty()
    }

    /// Whether applications of an owner with this role may have the scope. `None` is an owner who is no longer a member.
    pub fn allows_owner(&self, role: Option<Role>) -> bool {
        self.member_roles.is_empty() || role.is_some_and(|role| self.member_roles.contains(&role))
    }
}

/// A scope of a key set that waits for approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingScope {
    /// The application.
    pub application: ApplicationId,
    /// The environment of its key set.
    pub key_type: KeyType,
    /// The scope.
    pub scope: String,
}
