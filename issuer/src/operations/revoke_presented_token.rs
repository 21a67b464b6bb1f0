//! Token revocation by the client that has the token (RFC 7009).

use postern_token::{KeySet, SoftwareVerifier, UnixSeconds, UnverifiedToken, VerifyingKey};

use super::authenticate_client::{ClientCredentials, authenticate};
use super::revocation::{RevokedTokens, end};
use super::{Error, signing_keys};
use crate::catalogue::{TokenId, TokenState};
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
        Ok(is_own(transaction, client, &id)?.then_some(id))
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
        if !is_own(transaction, client, id)? {
            return Ok(RevokedTokens::default());
        }
        end(transaction, Ending::Token(id), TokenState::Revoked, now)
    })
}

fn is_own(transaction: &Transaction<'_>, client: &ClientCredentials, id: &TokenId) -> Result<bool, Error> {
    let record = transaction.token(id)?;
    Ok(record.is_some_and(|record| record.consumer_key.as_str() == client.id && record.state == TokenState::Active))
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
