//! Token revocation by the client that has the token (RFC 7009).

use super::find::{Found, find_recognised};
use crate::clients::authenticate_in_memory;
use crate::grants::{ClientProof, belongs_to_living_grant, revoke_refresh_token};
use crate::keyring::Recognised;
use crate::status_indexes::set_status_bits;
use crate::tokens::{RevokedTokens, end, over};
use crate::{Act, Error};
use postern_model::{Action, TokenState};
use postern_secrets::PlainSecret;
use postern_storage::{TokenSelector, UserTokenSelector};

/// A valid token that belongs to the client that presented it.
#[derive(Debug, Clone)]
pub struct OwnToken(Own);

#[derive(Debug, Clone)]
enum Own {
    /// An access token with a valid signature.
    Access(Recognised),
    /// A refresh token whose grant has not ended.
    Refresh(PlainSecret),
}

/// Recognises the client's own valid token. It takes no write lock, because verifying a signature is slow.
pub fn recognise_token(act: &Act<'_>, client: &ClientProof, token: &PlainSecret) -> Result<Option<OwnToken>, Error> {
    act.storage().read(|transaction| {
        let revision = transaction.catalogue_revision()?;
        let client = authenticate_in_memory(act, transaction, revision, (&client.id, client.secret.as_ref()))?;
        let consumer_key = &client.key_set.consumer_key;
        if belongs_to_living_grant(act, transaction, consumer_key, token)? {
            return Ok(Some(OwnToken(Own::Refresh(token.clone()))));
        }
        let Some(recognised) = act.keyring().recognise(transaction, token)? else { return Ok(None) };
        let found = find_recognised(act, transaction, recognised.clone())?.filter(Found::is_live);
        let own = found.is_some_and(|found| found.consumer_key() == consumer_key);
        Ok(own.then_some(OwnToken(Own::Access(recognised))))
    })
}

/// Revokes a recognised token. Revoking a user's access token keeps its grant; revoking a refresh token ends its grant with the grant's
/// access token (RFC 7009 section 2.1). The token is found by its id and never by its signature, which may have a second valid form.
pub fn revoke_own_token(act: &Act<'_>, client: &ClientProof, OwnToken(own): &OwnToken) -> Result<RevokedTokens, Error> {
    let nothing = RevokedTokens::default();
    let recognised = match own {
        Own::Access(recognised) => recognised,
        Own::Refresh(token) => {
            let count = revoke_refresh_token(act, client, token)?.unwrap_or_default();
            return Ok(RevokedTokens { count, ..nothing });
        }
    };
    act.storage().write_concurrent(|transaction| {
        let revision = transaction.catalogue_revision()?;
        let client = authenticate_in_memory(act, transaction, revision, (&client.id, client.secret.as_ref()))?;
        let key_set = &client.key_set;
        transaction.lock_application(&key_set.application)?;
        let found = find_recognised(act, transaction, recognised.clone())?.filter(Found::is_live);
        let Some(found) = found.filter(|found| *found.consumer_key() == key_set.consumer_key) else { return Ok(nothing) };
        let record = match &found {
            Found::Application(record) => record,
            Found::User(_, token) => &token.record,
            Found::Refresh(_) => return Ok(nothing),
        };
        if record.status.is_none() {
            // Without a status index no edge would learn of the revocation, so the token is not recorded as revoked either.
            return Ok(RevokedTokens { count: 0, without_status: 1 });
        }
        act.audit(transaction, Action::TokenRevoke, Some(&record.application), Some(record.id.as_str()), None)?;
        match &found {
            Found::User(user, token) => act.stores().find(&user.store)?.write(transaction, |tables| {
                let status_indexes =
                    tables.end_user_tokens(UserTokenSelector::Token(&token.record.id), TokenState::Revoked, over(act))?;
                set_status_bits(transaction, &status_indexes, act.now)?;
                Ok(RevokedTokens { count: status_indexes.len(), without_status: 0 })
            }),
            _ => end(act, transaction, TokenSelector::Token(&record.id), TokenState::Revoked),
        }
    })
}
