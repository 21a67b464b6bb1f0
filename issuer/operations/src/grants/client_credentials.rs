//! The client credentials grant (RFC 6749 section 4.4).

use super::scopes;
use crate::error::ConsumerKeyError;
use crate::keys::{ClientCredentials, authenticate_with_state};
use crate::settings::TokenValidity;
use crate::tokens::{MintRequest, MintedToken, UnsignedAccessToken, minting_concurrent};
use crate::{Act, Error};
use postern_model::{ApplicationState, GrantType, KeySet, Obtained, Validity};
use postern_storage::Transaction;

/// The request of a client.
#[derive(Debug)]
pub struct ClientGrant {
    /// The client.
    pub client: ClientCredentials,
    /// The scopes; `None` means all that the client has.
    pub scope: Option<String>,
    /// The validity of the token; `None` means that of the key set.
    pub validity: Option<Validity>,
}

/// The current token for the request, recreated from its record; `None` when a new one has to be minted. It takes no write lock, so that
/// guessing secrets cannot delay writers.
pub fn find_current_token(act: &Act<'_>, grant: &ClientGrant) -> Result<Option<MintedToken>, Error> {
    let found = act.storage().read(|transaction| {
        let (key_set, state) = authenticate_with_state(act, transaction, &grant.client)?;
        order(transaction, grant, &key_set, state)?.find_live(act, transaction)
    })?;
    found.map(UnsignedAccessToken::sign).transpose()
}

/// Mints a token for the client itself. Call it after [`find_current_token`] found none: the client is authenticated then.
pub fn mint_for_client(act: &Act<'_>, grant: &ClientGrant) -> Result<MintedToken, Error> {
    let minted = minting_concurrent(act, |transaction, status_index| {
        transaction.lock_application_of_client(&grant.client.id)?;
        // The secret, and the restrictions of the tokens, may have changed since.
        let (key_set, state) = authenticate_with_state(act, transaction, &grant.client)?;
        // Another request may have minted the token since.
        order(transaction, grant, &key_set, state)?.find_live_or_mint(act, transaction, status_index)
    })?;
    minted.sign()
}

fn order<'a>(
    transaction: &Transaction<'_>,
    grant: &ClientGrant,
    key_set: &'a KeySet,
    application_state: ApplicationState,
) -> Result<MintRequest<'a>, Error> {
    if !key_set.grant_types.contains(&GrantType::ClientCredentials) {
        return Err(ConsumerKeyError::GrantTypeNotAllowed.into());
    }
    let validity = TokenValidity { asked: grant.validity, usual: key_set.validity };
    let scopes = scopes::requested(transaction, key_set, grant.scope.as_deref())?;
    Ok(MintRequest { key_set, application_state, scopes, validity, obtained: Obtained::ClientCredentials })
}
