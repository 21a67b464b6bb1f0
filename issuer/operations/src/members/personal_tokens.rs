//! Personal access tokens: creating, listing and removing.

use postern_token::UnixSeconds;
use serde_json::json;

use super::change::{find, own};
use crate::error::MemberError;
use crate::expiry::Expiry;
use crate::{Act, Error};
use postern_model::{Action, Member, MemberName, PersonalAccessToken, PersonalAccessTokenDescription, PersonalAccessTokenId};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// The request.
#[derive(Debug, Clone)]
pub struct NewPersonalToken {
    /// The member who gets it.
    pub member: MemberName,
    /// Its description.
    pub description: PersonalAccessTokenDescription,
    /// When it expires.
    pub expiry: Expiry,
}

/// Creates a personal access token. It is shown once; only its hash is stored.
pub fn create_personal_token(act: &Act<'_>, new: &NewPersonalToken) -> Result<(PersonalAccessToken, PlainSecret), Error> {
    let NewPersonalToken { member, description, expiry } = new.clone();
    manage(act, &member)?;
    let expires_at = expiry.resolve(act.now)?;
    let secret = PlainSecret::generate("ppat_", act.entropy)?;
    let mut token = PersonalAccessToken {
        id: PersonalAccessTokenId::generate(act.entropy)?,
        member,
        description: description.into(),
        created_at: act.now,
        expires_at,
    };
    act.storage().write(|transaction| {
        find(transaction, &token.member)?;
        let own = act.credential_expiry(transaction)?;
        if let (Expiry::Default, Some(own), Some(expires_at)) = (expiry, own, token.expires_at) {
            // No caller chose the default, so it is cut to the expiry of the token that creates this one.
            token.expires_at = Some(UnixSeconds(expires_at.0.min(own.0)));
        }
        if own.is_some_and(|own| token.expires_at.is_none_or(|expires_at| expires_at > own)) {
            return Err(MemberError::OutlivesItsCreator.into());
        }
        transaction.insert_personal_access_token(&token, &HashedSecret::of(&secret))?;
        record(act, transaction, Action::PersonalTokenCreate, &token)
    })?;
    Ok((token, secret))
}

/// The records of a member's personal access tokens, oldest first, without the tokens themselves.
pub fn list_personal_tokens(act: &Act<'_>, member: &MemberName) -> Result<Vec<PersonalAccessToken>, Error> {
    look(act, member)?;
    act.storage().read(|transaction| {
        find(transaction, member)?;
        Ok(transaction.personal_access_tokens(member)?)
    })
}

/// The record of one of them.
pub fn show_personal_token(act: &Act<'_>, member: &MemberName, id: &PersonalAccessTokenId) -> Result<PersonalAccessToken, Error> {
    look(act, member)?;
    act.storage().read(|transaction| find_token(transaction, member, id))
}

/// Removes a personal access token of a member, if `expected` accepts its current state. The token is refused from then on.
pub fn remove_personal_token(
    act: &Act<'_>,
    member: &MemberName,
    id: &PersonalAccessTokenId,
    expected: impl FnOnce(&PersonalAccessToken) -> bool,
) -> Result<(), Error> {
    manage(act, member)?;
    act.storage().write(|transaction| {
        let token = find_token(transaction, member, id)?;
        if !expected(&token) {
            return Err(Error::PreconditionFailed);
        }
        // Before the removal, because it may be the token that authenticated the actor.
        record(act, transaction, Action::PersonalTokenRemove, &token)?;
        Ok(transaction.delete_personal_access_token(id)?)
    })
}

fn find_token(
    transaction: &Transaction<'_>,
    member: &MemberName,
    id: &PersonalAccessTokenId,
) -> Result<PersonalAccessToken, Error> {
    find(transaction, member)?;
    let token = transaction.personal_access_token(id)?.filter(|token| token.member == *member);
    token.ok_or_else(|| Error::Member(MemberError::PersonalTokenNotFound(id.clone())))
}

/// Every member may see its own; members who may see everything see those of all members. For others, the member does not exist.
fn look(act: &Act<'_>, member: &MemberName) -> Result<(), Error> {
    if own(act, member) || act.require_auditor().is_ok() {
        Ok(())
    } else {
        Err(Error::Member(MemberError::NotFound(member.clone())))
    }
}

/// Every member manages its own; administrators manage those of all members. For others who cannot see the member, the member does not
/// exist.
fn manage(act: &Act<'_>, member: &MemberName) -> Result<(), Error> {
    look(act, member)?;
    if own(act, member) { Ok(()) } else { act.require_administrator() }
}

fn record(act: &Act<'_>, transaction: &Transaction<'_>, action: Action, token: &PersonalAccessToken) -> Result<(), Error> {
    let details = json!({ "member": token.member, "expires_at": token.expires_at });
    act.audit(transaction, action, None, Some(token.id.as_str()), Some(&details))
}

/// The member to whom the personal access token `token` belongs.
pub fn authenticate_member(act: &Act<'_>, token: &PlainSecret) -> Result<Member, Error> {
    let hash = HashedSecret::of(token);
    act.storage()
        .read(|transaction| transaction.member_with_token(&hash, act.now)?.ok_or(Error::Member(MemberError::InvalidCredential)))
}
