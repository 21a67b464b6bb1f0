//! The scopes that a token holds.

use postern_token::Scopes;

use crate::Error;
use crate::client_scopes::ClientScopes;
use crate::error::TokenError;
use postern_model::KeySet;

/// The scopes that a client requests, or all that it may have when it requests none. A scope that the client may not have is an error. The
/// order is that of the key set, so that equal sets of scopes share one token.
pub(super) fn requested(
    of_client: &ClientScopes,
    key_set: &KeySet,
    scope: Option<&str>,
) -> Result<Option<Scopes<'static>>, Error> {
    let own = of_client.own.as_ref();
    let Some(text) = scope else { return Ok(own.cloned()) };
    // Anyone can send the id of a public client, so only a client that authenticates learns its scopes.
    let refused = || TokenError::ScopeNotAllowed { available: own.cloned().filter(|_| !key_set.for_users.public) };
    let asked = Scopes::parse(text.to_owned()).map_err(|_| refused())?;
    let has = |scope: &str| own.is_some_and(|own| own.contains(scope));
    if asked.iter().all(has) { Ok(common(own, Some(&asked))) } else { Err(Error::Token(refused())) }
}

/// The intersection of both, in the order of `scopes`.
pub(super) fn common(scopes: Option<&Scopes<'static>>, others: Option<&Scopes<'static>>) -> Option<Scopes<'static>> {
    let (scopes, others) = (scopes?, others?);
    let kept: Vec<&str> = scopes.iter().filter(|scope| others.contains(scope)).collect();
    Scopes::parse(kept.join(" ")).ok()
}
