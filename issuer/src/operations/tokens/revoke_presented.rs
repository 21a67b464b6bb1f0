//! Token revocation by the client that has the token (RFC 7009).

use super::revocation::{RevokedTokens, end};
use crate::catalogue::{Action, KeySet, TokenId, TokenRecord, TokenState};
use crate::operations::keys::{ClientCredentials, authenticate};
use crate::operations::{Act, Error};
use crate::secrets::PlainSecret;
use crate::storage::{Ending, Transaction};

/// The name of the live token that a client presents, when it is this issuer's and the client's own. The token is found by its
/// name and never by its signature, of which there may be two that hold.
pub fn recognise_token(act: &Act<'_>, client: &ClientCredentials, token: &PlainSecret) -> Result<Option<TokenId>, Error> {
    act.storage().read(|transaction| {
        let key_set = authenticate(act, transaction, client)?;
        let Some(id) = act.keyring().recognise(transaction, token)? else { return Ok(None) };
        Ok(own(transaction, &key_set, &id)?.map(|_| id))
    })
}

/// Revokes a token that was recognised.
pub fn revoke_own_token(act: &Act<'_>, client: &ClientCredentials, id: &TokenId) -> Result<RevokedTokens, Error> {
    act.storage().write_beside_others(|transaction| {
        let key_set = authenticate(act, transaction, client)?;
        transaction.lock_application(&key_set.application)?;
        let Some(record) = own(transaction, &key_set, id)? else { return Ok(RevokedTokens::default()) };
        if record.status.is_none() {
            // No edge would hear of it, so it is not marked as revoked either.
            return Ok(RevokedTokens { count: 0, without_status: 1 });
        }
        act.record(transaction, Action::TokenRevoke, Some(&record.application), Some(id.as_str()), None)?;
        end(transaction, Ending::Token(id), TokenState::Revoked, act.now)
    })
}

/// The record of a live token, when it is the client's own.
fn own(transaction: &Transaction<'_>, key_set: &KeySet, id: &TokenId) -> Result<Option<TokenRecord>, Error> {
    let record = transaction.token(id)?;
    Ok(record.filter(|record| record.consumer_key == key_set.consumer_key && record.state == TokenState::Active))
}
