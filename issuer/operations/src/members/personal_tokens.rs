//! Personal access tokens: made, listed, removed.

use postern_token::UnixSeconds;
use serde_json::json;

use super::change::{find, own};
use crate::error::MemberError;
use crate::expiry::Expiry;
use crate::{Act, Error};
use postern_model::{Action, Member, MemberName, PersonalAccessToken, PersonalAccessTokenDescription, PersonalAccessTokenId};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewPersonalToken {
    /// Whose it is to be.
    pub member: MemberName,
    /// What its owner calls it.
    pub description: PersonalAccessTokenDescription,
    /// When it expires.
    pub expiry: Expiry,
}

/// Creates a personal access token. It is shown once; only its hash is kept.
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
            // Nobody chose the default, so it gives way to the end of the token that creates this one.
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

/// What is known of a member's personal access tokens, the oldest first; the tokens themselves are not.
pub fn list_personal_tokens(act: &Act<'_>, member: &MemberName) -> Result<Vec<PersonalAccessToken>, Error> {
    look(act, member)?;
    act.storage().read(|transaction| {
        find(transaction, member)?;
        Ok(transaction.personal_access_tokens(member)?)
    })
}

/// What is known of one of them.
pub fn show_personal_token(act: &Act<'_>, member: &MemberName, id: &PersonalAccessTokenId) -> Result<PersonalAccessToken, Error> {
    look(act, member)?;
    act.storage().read(|transaction| find_token(transaction, member, id))
}

/// Removes a personal access token of a member that is as `expected` thinks. Nobody gets in with it from now on.
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
        // Before it is done: it may be the one by which the member is recognised.
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

/// Everybody looks at their own; those who may look at everything look at everyone's. To others the member is not there.
fn look(act: &Act<'_>, member: &MemberName) -> Result<(), Error> {
    if own(act, member) || act.require_auditor().is_ok() {
        Ok(())
    } else {
        Err(Error::Member(MemberError::NotFound(member.clone())))
    }
}

/// Everybody manages their own; administrators manage everyone's. To others who cannot see the member, the member is not there.
fn manage(act: &Act<'_>, member: &MemberName) -> Result<(), Error> {
    look(act, member)?;
    if own(act, member) { Ok(()) } else { act.require_administrator() }
}

fn record(act: &Act<'_>, transaction: &Transaction<'_>, action: Action, token: &PersonalAccessToken) -> Result<(), Error> {
    let details = json!({ "member": token.member, "expires_at": token.expires_at });
    act.audit(transaction, action, None, Some(token.id.as_str()), Some(&details))
}

/// The member whose personal access token `token` is.
pub fn authenticate_member(act: &Act<'_>, token: &PlainSecret) -> Result<Member, Error> {
    let hash = HashedSecret::of(token);
    act.storage()
        .read(|transaction| transaction.member_with_token(&hash, act.now)?.ok_or(Error::Member(MemberError::InvalidCredential)))
}
