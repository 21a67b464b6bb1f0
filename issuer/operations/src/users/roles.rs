//! Scopes that only users with certain roles may have.

use postern_token::Scopes;

use crate::Error;
use crate::error::TokenError;
use postern_model::UserRole;
use postern_storage::Transaction;

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
    Scopes::parse(allowed.join(" ")).map(Some).map_err(|_| Error::Token(TokenError::ScopeNotAllowed { available: None }))
}
