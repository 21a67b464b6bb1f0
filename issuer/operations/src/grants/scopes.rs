//! Which scopes a user's token holds.

use postern_token::Scopes;

use super::common;
use crate::Error;
use crate::error::TokenError;
use crate::users::allowed_scopes;
use postern_model::{KeySet, User};
use postern_storage::Transaction;

/// The scopes that a client asks for, or all of its own when it names none. It must have every one that it names.
pub(super) fn asked(key_set: &KeySet, scope: Option<&str>) -> Result<Option<Scopes<'static>>, Error> {
    let own = key_set.restrictions.scopes.as_ref();
    let Some(text) = scope else { return Ok(own.cloned()) };
    let asked = Scopes::parse(text.to_owned()).map_err(|_| TokenError::ScopeNotAllowed)?;
    let has = |scope: &str| own.is_some_and(|own| own.contains(scope));
    if asked.iter().all(has) { Ok(common(own, Some(&asked))) } else { Err(Error::Token(TokenError::ScopeNotAllowed)) }
}

/// Those of `scopes` that the client has at this moment, and that the user may have.
pub(super) fn of_this_moment(
    transaction: &Transaction<'_>,
    scopes: Option<&Scopes<'static>>,
    key_set: &KeySet,
    user: &User,
) -> Result<Option<Scopes<'static>>, Error> {
    let held = common(scopes, key_set.restrictions.scopes.as_ref());
    allowed_scopes(transaction, held.as_ref(), &user.roles)
}
