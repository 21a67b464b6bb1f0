//! Members who sign in to the portal with their account of a user store.

use crate::act::Credential;
use crate::error::MemberError;
use crate::users::{find_live_session, find_session};
use crate::{Act, Error};
use postern_model::{Member, UserId};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// The member whose account the session is of, and what authenticates further acts.
pub fn find_signed_in_member(act: &Act<'_>, session: &PlainSecret) -> Result<(Member, Credential), Error> {
    let account = find_session(act, session)?.user;
    let member = act.storage().read(|transaction| Ok::<_, Error>(transaction.member_with_account(&account)?))?;
    let member = member.ok_or_else(|| MemberError::NotAMember(account.clone()))?;
    Ok((member, Credential::Session(HashedSecret::of(session), account)))
}

/// The member with this account, while the session is valid.
pub(crate) fn find_signed_in(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    session: &HashedSecret,
    account: &UserId,
) -> Result<Option<Member>, Error> {
    let store = act.stores().find(&account.store)?;
    match find_live_session(act, transaction, store, session)? {
        Some(session) if session.user == account.name => Ok(transaction.member_with_account(account)?),
        _ => Ok(None),
    }
}
