//! Scopes that only users with certain roles may have.

use std::collections::BTreeMap;

use postern_token::Scopes;
use serde_json::json;

use crate::error::TokenError;
use crate::{Act, Error};
use postern_model::{Action, UserRole};
use postern_storage::Transaction;

/// Every scope that is bound to roles, with these.
pub fn list_scope_roles(act: &Act<'_>) -> Result<BTreeMap<String, Vec<UserRole>>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.scope_roles()?))
}

/// Binds a scope, whose roles are as `expected`, to `roles`: users with one of them may have it. With no role, every user may. Tokens that
/// exist keep their scopes until they are renewed.
pub fn bind_scope(
    act: &Act<'_>,
    scope: &str,
    roles: &[UserRole],
    expected: impl FnOnce(&[UserRole]) -> bool,
) -> Result<(), Error> {
    act.require_administrator()?;
    let one = Scopes::parse(scope.to_owned()).is_ok_and(|scopes| scopes.iter().count() == 1);
    if !one {
        return Err(TokenError::ScopeNotAllowed.into());
    }
    act.storage().write(|transaction| {
        let before = transaction.scope_roles()?;
        if !expected(before.get(scope).map(Vec::as_slice).unwrap_or_default()) {
            return Err(Error::PreconditionFailed);
        }
        transaction.replace_scope_roles(scope, roles)?;
        act.audit(transaction, Action::ScopeBind, None, Some(scope), Some(&json!({ "roles": roles })))
    })
}

/// Those of `scopes` that a user with these roles may have.
pub(crate) fn allowed_scopes(
    transaction: &Transaction<'_>,
    scopes: Option<&Scopes<'static>>,
    roles: &[UserRole],
) -> Result<Option<Scopes<'static>>, Error> {
    let Some(scopes) = scopes else { return Ok(None) };
    let bindings = transaction.scope_roles()?;
    let may = |scope: &&str| bindings.get(*scope).is_none_or(|bound| bound.iter().any(|role| roles.contains(role)));
    let allowed: Vec<&str> = scopes.iter().filter(may).collect();
    if allowed.is_empty() {
        return Ok(None);
    }
    Scopes::parse(allowed.join(" ")).map(Some).map_err(|_| Error::Token(TokenError::ScopeNotAllowed))
}
