//! The client credentials grant (RFC 6749 section 4.4).

use postern_token::Scopes;

use super::mint::{MintedToken, Order, Unsigned, minting_beside_others};
use crate::error::{ConsumerKeyError, TokenError};
use crate::keys::{ClientCredentials, authenticate_with_state};
use crate::{Act, Error};
use postern_model::{ApplicationState, GrantType, KeySet, Obtained, Validity};

/// What a client asks for.
#[derive(Debug)]
pub struct ClientGrant {
    /// Who asks.
    pub client: ClientCredentials,
    /// The scopes; `None` means all that the client has.
    pub scope: Option<String>,
    /// How long the token is to last; `None` means as long as the client's keys say.
    pub validity: Option<Validity>,
}

/// The live token of what is asked for, made again from its record; `None` when one is to be minted. It takes no write lock, so those who guess
/// secrets cannot hold up those who write.
pub fn answer_again(act: &Act<'_>, grant: &ClientGrant) -> Result<Option<MintedToken>, Error> {
    let found = act.storage().read(|transaction| {
        let (key_set, state) = authenticate_with_state(act, transaction, &grant.client)?;
        order(grant, &key_set, state)?.find_live(act, transaction)
    })?;
    found.map(Unsigned::sign).transpose()
}

/// A token for the client itself, with all of its scopes or with the ones it asks for, after [`answer_again`] had none: then the client is
/// known to be who it says it is.
pub fn mint_for_client(act: &Act<'_>, grant: &ClientGrant) -> Result<MintedToken, Error> {
    let minted = minting_beside_others(act, |transaction, place| {
        transaction.lock_application_of_client(&grant.client.id)?;
        // Its secret may have been replaced meanwhile, and with it what its tokens may do.
        let (key_set, state) = authenticate_with_state(act, transaction, &grant.client)?;
        // Somebody else may have minted it meanwhile.
        order(grant, &key_set, state)?.find_live_or_mint(act, transaction, place)
    })?;
    minted.sign()
}

fn order<'a>(grant: &ClientGrant, key_set: &'a KeySet, application_state: ApplicationState) -> Result<Order<'a>, Error> {
    if !key_set.grant_types.contains(&GrantType::ClientCredentials) {
        return Err(ConsumerKeyError::GrantTypeNotAllowed.into());
    }
    let validity = grant.validity.unwrap_or(key_set.validity);
    let scopes = choose_scopes(key_set, grant.scope.as_deref())?;
    Ok(Order { key_set, application_state, scopes, validity, obtained: Obtained::ClientCredentials })
}

fn choose_scopes(key_set: &KeySet, scope: Option<&str>) -> Result<Option<Scopes<'static>>, Error> {
    let allowed = key_set.restrictions.scopes.as_ref();
    let Some(text) = scope else { return Ok(allowed.cloned()) };
    let asked = Scopes::parse(text.to_owned()).map_err(|_| TokenError::ScopeNotAllowed)?;
    let Some(allowed) = allowed.filter(|allowed| asked.iter().all(|scope| allowed.contains(scope))) else {
        return Err(TokenError::ScopeNotAllowed.into());
    };
    // In one order, whatever the order in which they are asked for: a set of scopes has one token.
    let chosen: Vec<_> = allowed.iter().filter(|scope| asked.contains(scope)).collect();
    Scopes::parse(chosen.join(" ")).map(Some).map_err(|_| Error::Token(TokenError::ScopeNotAllowed))
}
