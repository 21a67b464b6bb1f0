//! Scopes: the rules that decide who may have a scope, and the scopes of key sets.

mod approvals;
mod catalogue;
mod descriptions;
mod holders;
mod rules;
mod warning;

pub use approvals::{decide_scope, list_waiting_scopes};
pub(crate) use descriptions::described;
pub use descriptions::scope_descriptions;
pub use holders::{HeldScope, ScopeState};
pub(crate) use holders::{
    approve_added, check_registered, check_wanted, drop_forbidden, leave, permitted, states, warnings, withdraw_removed,
};
pub use rules::{bind_scope, list_scope_rules, remove_scope};
pub use warning::{NoAccess, ScopeList, TokenWarning};
