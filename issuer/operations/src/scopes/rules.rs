//! The rules for scopes, which administrators set.

use std::collections::BTreeMap;

use postern_token::Scopes;
use serde_json::json;

use crate::error::ScopeError;
use crate::{Act, Error};
use postern_model::{Action, ScopeDescription, ScopeRule};

/// Every scope that has rules, with its rules.
pub fn list_scope_rules(act: &Act<'_>) -> Result<BTreeMap<String, ScopeRule>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.scope_rules()?))
}

/// Replaces the rules for a scope, if `expected` accepts the current ones. Existing tokens keep their scopes until they are renewed. If the
/// scope now requires approval, key sets that already have it wait for approval too.
pub fn bind_scope(act: &Act<'_>, scope: &str, rule: &ScopeRule, expected: impl FnOnce(&ScopeRule) -> bool) -> Result<(), Error> {
    act.require_administrator()?;
    let one = Scopes::parse(scope.to_owned()).is_ok_and(|scopes| scopes.iter().count() == 1);
    if !one {
        return Err(ScopeError::Malformed.into());
    }
    act.storage().write(|transaction| {
        let before = transaction.scope_rules()?.remove(scope).unwrap_or_default();
        if !expected(&before) {
            return Err(Error::PreconditionFailed);
        }
        transaction.put_scope_rule(scope, rule)?;
        let roles: Vec<_> = rule.holders.member_roles.iter().map(|role| role.as_str()).collect();
        let description = rule.description.as_ref().map(ScopeDescription::as_str);
        let details =
            json!({ "description": description, "roles": rule.roles, "member_roles": roles, "approval": rule.holders.approval });
        act.audit(transaction, Action::ScopeBind, None, Some(scope), Some(&details))
    })
}

/// Removes the rules for a scope, if `expected` accepts the current ones: then every user and every application may have the scope, and it
/// is known only if an API lists it.
pub fn remove_scope(act: &Act<'_>, scope: &str, expected: impl FnOnce(&ScopeRule) -> bool) -> Result<(), Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let rule = transaction.scope_rules()?.remove(scope).ok_or_else(|| ScopeError::NotFound(scope.to_owned()))?;
        if !expected(&rule) {
            return Err(Error::PreconditionFailed);
        }
        transaction.delete_scope_rule(scope)?;
        act.audit(transaction, Action::ScopeRemove, None, Some(scope), None)
    })
}
