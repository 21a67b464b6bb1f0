//! Refresh tokens that a client presents for revocation (RFC 7009) or introspection (RFC 7662).

use postern_token::UnixSeconds;

use super::client::{ClientProof, recognise};
use crate::tokens::end_grants;
use crate::{Act, Error, settings};
use postern_model::{Action, ConsumerKey, RefreshToken, TokenState, UserGrant, UserId};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::{GrantSelector, Transaction};

/// The introspection of a valid refresh token.
#[derive(Debug, Clone)]
pub struct RefreshTokenDetails {
    /// The grant that it belongs to.
    pub grant: UserGrant,
    /// The user.
    pub user: UserId,
    /// When it was issued.
    pub issued_at: UnixSeconds,
    /// When it expires.
    pub expires_at: UnixSeconds,
}

/// Ends the grant of the client's own refresh token, used or unused, and returns the number of revoked access tokens; `None` when the token
/// is not such a refresh token.
pub(crate) fn revoke_refresh_token(act: &Act<'_>, client: &ClientProof, token: &PlainSecret) -> Result<Option<usize>, Error> {
    let Some(store) = act.stores().named_in("por_", token) else { return Ok(None) };
    act.storage().write_concurrent(|main| {
        let client = recognise(act, main, client)?;
        let key_set = &client.key_set;
        main.lock_application(&key_set.application)?;
        store.write(main, |tables| {
            let found = tables.refresh_token(&HashedSecret::of(token))?;
            let found = found.filter(|found| found.grant.consumer_key == key_set.consumer_key);
            let Some(RefreshToken { grant, .. }) = found else { return Ok(None) };
            if grant.ended_at.is_some() {
                return Ok(Some(0));
            }
            act.audit(main, Action::GrantEnd, Some(&key_set.application), Some(grant.id.as_str()), None)?;
            Ok(Some(end_grants(act, main, tables, GrantSelector::One(&grant.id), TokenState::Revoked)?.tokens))
        })
    })
}

/// Whether the token is the client's own refresh token and its grant has not ended. The token may be used already: a client that lost the
/// response with the next token has no other.
pub(crate) fn belongs_to_living_grant(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    client: &ConsumerKey,
    token: &PlainSecret,
) -> Result<bool, Error> {
    let Some(store) = act.stores().named_in("por_", token) else { return Ok(false) };
    let found = store.read(transaction, |tables| Ok(tables.refresh_token(&HashedSecret::of(token))?))?;
    Ok(found.is_some_and(|found| found.grant.consumer_key == *client && found.grant.ended_at.is_none()))
}

/// The details of a valid refresh token.
pub(crate) fn find_refresh_token(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    token: &PlainSecret,
) -> Result<Option<RefreshTokenDetails>, Error> {
    let Some(store) = act.stores().named_in("por_", token) else { return Ok(None) };
    let policies = settings::current(transaction)?.policies;
    let found = store.read(transaction, |tables| Ok(tables.refresh_token(&HashedSecret::of(token))?))?;
    let current = found.filter(|found| found.replaced_at().is_none());
    let Some(RefreshToken { grant, issued_at, .. }) = current else { return Ok(None) };
    let idle = issued_at.plus(policies.refresh_idle);
    let expires_at = idle.min(grant.created_at.plus(policies.refresh_lifetime));
    let user = UserId { name: grant.user.clone(), store: store.name().clone() };
    let details = RefreshTokenDetails { grant, user, issued_at, expires_at };
    Ok(Some(details).filter(|details| details.expires_at > act.now && details.grant.ended_at.is_none()))
}
