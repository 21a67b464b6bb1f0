//! Token revocation by the client that has the token (RFC 7009).

use postern_token::{KeySet, SoftwareVerifier, UnixSeconds, UnverifiedToken, VerifyingKey};

use super::authenticate_client::{ClientCredentials, authenticate};
use super::revocation::{RevokedTokens, end};
use super::{Error, signing_keys};
use crate::catalogue::{TokenId, TokenRecord, TokenState};
use crate::secrets::{MasterKey, PlainSecret};
use crate::storage::{Ending, Storage, Transaction};

/// The name of the live token that a client presents, when it is this issuer's and the client's own. The token is found by its
/// name and never by its signature, of which there may be two that hold.
pub fn recognise_token(
    storage: &Storage,
    client: &ClientCredentials,
    token: &PlainSecret,
    master_key: &MasterKey,
) -> Result<Option<TokenId>, Error> {
    storage.read(|transaction| {
        authenticate(transaction, client)?;
        let Some(id) = verify(transaction, token, master_key)? else { return Ok(None) };
        Ok(own(transaction, client, &id)?.map(|_| id))
    })
}

/// Revokes a token that was recognised.
pub fn revoke_own_token(
    storage: &Storage,
    client: &ClientCredentials,
    id: &TokenId,
    now: UnixSeconds,
) -> Result<RevokedTokens, Error> {
    storage.write(|transaction| {
        authenticate(transaction, client)?;
        let Some(record) = own(transaction, client, id)? else { return Ok(RevokedTokens::default()) };
        if record.status.is_none() {
            // No edge would hear of it, so it is not marked as revoked either.
            return Ok(RevokedTokens { count: 0, without_status: 1 });
        }
        end(transaction, Ending::Token(id), TokenState::Revoked, now)
    })
}

/// The record of a live token, when it is the client's own.
fn own(transaction: &Transaction<'_>, client: &ClientCredentials, id: &TokenId) -> Result<Option<TokenRecord>, Error> {
    let record = transaction.token(id)?;
    Ok(record.filter(|record| record.consumer_key.as_str() == client.id && record.state == TokenState::Active))
}

fn verify(transaction: &Transaction<'_>, token: &PlainSecret, master_key: &MasterKey) -> Result<Option<TokenId>, Error> {
    let documents = signing_keys::documents(transaction, master_key)?;
    let keys = documents.iter().map(VerifyingKey::try_from).collect::<Result<_, _>>().and_then(KeySet::new);
    let keys = keys.map_err(|_| Error::UnusableKeys)?;
    let Ok(unverified) = UnverifiedToken::parse(token.expose().as_bytes()) else { return Ok(None) };
    let Some(key) = unverified.kid().ok().and_then(|kid| keys.find(kid)) else { return Ok(None) };
    let Ok(signed) = unverified.verify(key, &SoftwareVerifier) else { return Ok(None) };
    Ok(signed.claims().ok().and_then(|claims| TokenId::parse(claims.jti.as_str().to_owned())))
}
