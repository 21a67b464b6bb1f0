//! Initial access tokens: creating, listing and removing. Administrators manage all of them, developers their own.

use serde_json::json;

use crate::error::{InitialAccessTokenError, MemberError};
use crate::expiry::Expiry;
use crate::{Act, Error};
use postern_model::{Action, Actor, MemberName, PersonalAccessTokenDescription, RegistrationToken, RegistrationTokenId, Role};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// The request.
#[derive(Debug, Clone)]
pub struct NewRegistrationToken {
    /// The owner of the clients; `None` means the developer who creates the token, and otherwise the administrators.
    pub owner: Option<MemberName>,
    /// Its description.
    pub description: PersonalAccessTokenDescription,
    /// The number of clients that may be registered with it: 1 to [`RegistrationToken::MAX_REGISTRATIONS`].
    pub registrations: u64,
    /// When it expires.
    pub expiry: Expiry,
}

/// Creates an initial access token. It is shown once; only its hash is stored.
pub fn create_registration_token(act: &Act<'_>, new: &NewRegistrationToken) -> Result<(RegistrationToken, PlainSecret), Error> {
    act.require_writer()?;
    let NewRegistrationToken { owner, description, registrations, expiry } = new.clone();
    let owner = owner.or_else(|| act.owner().cloned());
    // An actor who may not act for other members does not learn whether they exist.
    if act.owner().is_some_and(|own| owner.as_ref() != Some(own)) {
        return Err(Error::Forbidden { needed: Role::Administrator });
    }
    if !(1..=RegistrationToken::MAX_REGISTRATIONS).contains(&registrations) {
        return Err(InitialAccessTokenError::RegistrationsOutOfRange.into());
    }
    let expires_at = expiry.resolve(act.now)?;
    let secret = PlainSecret::generate("preg_", act.entropy)?;
    let id = RegistrationTokenId::generate(act.entropy)?;
    let description = description.into();
    let token = RegistrationToken { id, owner, description, registrations, created_at: act.now, expires_at };
    act.storage().write(|transaction| {
        if let Some(owner) = &token.owner
            && transaction.member(owner)?.is_none()
        {
            return Err(MemberError::NotFound(owner.clone()).into());
        }
        transaction.insert_registration_token(&token, &HashedSecret::of(&secret))?;
        let details = json!({ "owner": token.owner, "registrations": token.registrations, "expires_at": token.expires_at });
        let subject = Some(token.id.as_str());
        act.audit(transaction, Action::RegistrationTokenCreate, None, subject, Some(&details))
    })?;
    Ok((token, secret))
}

/// The initial access tokens that the actor may see, the oldest first: all of them, or a developer's own.
pub fn list_registration_tokens(act: &Act<'_>) -> Result<Vec<RegistrationToken>, Error> {
    look(act)?;
    act.storage().read(|transaction| Ok(transaction.registration_tokens(act.owner())?))
}

/// The record of one of them.
pub fn show_registration_token(act: &Act<'_>, id: &RegistrationTokenId) -> Result<RegistrationToken, Error> {
    look(act)?;
    act.storage().read(|transaction| find(act, transaction, id))
}

/// Removes an initial access token, if `expected` accepts its current state. Clients that were registered with it stay.
pub fn remove_registration_token(
    act: &Act<'_>,
    id: &RegistrationTokenId,
    expected: impl FnOnce(&RegistrationToken) -> bool,
) -> Result<(), Error> {
    act.require_writer()?;
    act.storage().write(|transaction| {
        if !expected(&find(act, transaction, id)?) {
            return Err(Error::PreconditionFailed);
        }
        transaction.delete_registration_token(id)?;
        act.audit(transaction, Action::RegistrationTokenRemove, None, Some(id.as_str()), None)
    })
}

/// Clients, users and strangers see none.
fn look(act: &Act<'_>) -> Result<(), Error> {
    match act.actor() {
        Actor::Member(_, Role::Developer) => Ok(()),
        _ => act.require_auditor(),
    }
}

fn find(act: &Act<'_>, transaction: &Transaction<'_>, id: &RegistrationTokenId) -> Result<RegistrationToken, Error> {
    let token = transaction.registration_token(id)?;
    let seen = token.filter(|token| act.owner().is_none_or(|owner| token.owner.as_ref() == Some(owner)));
    seen.ok_or_else(|| Error::InitialAccessToken(InitialAccessTokenError::NotFound(id.clone())))
}
