//! Personal access tokens: made, listed, removed.

use postern_token::UnixSeconds;

use super::change::{find, own};
use crate::catalogue::{Action, MemberName, PersonalAccessToken, PersonalAccessTokenDescription, PersonalAccessTokenId};
use crate::operations::{Act, Error};
use crate::secrets::{HashedSecret, PlainSecret};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewPersonalToken {
    /// Whose it is to be.
    pub member: MemberName,
    /// What its owner calls it.
    pub description: PersonalAccessTokenDescription,
    /// When it is to run out; `None` means never.
    pub expires_at: Option<UnixSeconds>,
}

/// Creates a personal access token. It is shown once; only its hash is kept.
pub fn create_personal_token(act: &Act<'_>, new: &NewPersonalToken) -> Result<(PersonalAccessToken, PlainSecret), Error> {
    let NewPersonalToken { member, description, expires_at } = new.clone();
    manage(act, &member)?;
    if expires_at.is_some_and(|expires_at| expires_at <= act.now) {
        return Err(Error::ExpiresInThePast);
    }
    let secret = PlainSecret::generate("ppat_", act.entropy)?;
    let token = PersonalAccessToken {
        id: PersonalAccessTokenId::generate(act.entropy)?,
        member,
        description: description.into(),
        created_at: act.now,
        expires_at,
    };
    act.storage().write(|transaction| {
        find(transaction, &token.member)?;
        transaction.insert_personal_access_token(&token, &HashedSecret::of(&secret))?;
        record(act, transaction, Action::PersonalTokenCreate, &token)
    })?;
    Ok((token, secret))
}

/// What is known of a member's personal access tokens, the oldest first; the tokens themselves are not.
pub fn list_personal_tokens(act: &Act<'_>, member: &MemberName) -> Result<Vec<PersonalAccessToken>, Error> {
    if !own(act, member) && act.inspect().is_err() {
        return Err(Error::NoSuchMember(member.clone()));
    }
    act.storage().read(|transaction| {
        find(transaction, member)?;
        Ok(transaction.personal_access_tokens(member)?)
    })
}

/// Removes a personal access token of a member. Nobody gets in with it from now on.
pub fn remove_personal_token(act: &Act<'_>, member: &MemberName, id: &PersonalAccessTokenId) -> Result<(), Error> {
    manage(act, member)?;
    act.storage().write(|transaction| {
        find(transaction, member)?;
        let token = transaction.personal_access_token(id)?.filter(|token| token.member == *member);
        let token = token.ok_or_else(|| Error::NoSuchPersonalToken(id.clone()))?;
        transaction.delete_personal_access_token(id)?;
        record(act, transaction, Action::PersonalTokenRemove, &token)
    })
}

/// Everybody manages their own; administrators manage everyone's. To others who cannot see the member, the member is not there.
fn manage(act: &Act<'_>, member: &MemberName) -> Result<(), Error> {
    match act.administer() {
        _ if own(act, member) => Ok(()),
        Err(_) if act.inspect().is_err() => Err(Error::NoSuchMember(member.clone())),
        result => result,
    }
}

fn record(
    act: &Act<'_>,
    transaction: &crate::storage::Transaction<'_>,
    action: Action,
    token: &PersonalAccessToken,
) -> Result<(), Error> {
    let details = serde_json::json!({ "member": token.member, "expires_at": token.expires_at });
    act.record(transaction, action, None, Some(token.id.as_str()), Some(&details))
}
