//! There is always an administrator who can sign in.

use crate::error::MemberError;
use crate::{Act, Error};
use postern_model::{Actor, Member, Role, UserId};
use postern_storage::Transaction;

/// Refuses to end the account of the last administrator, except for the operator.
pub(crate) fn keep_administrator_with(act: &Act<'_>, transaction: &Transaction<'_>, account: &UserId) -> Result<(), Error> {
    match transaction.member_with_account(account)? {
        Some(member) => keep_one_administrator(act, transaction, &member),
        None => Ok(()),
    }
}

/// Refuses to end the role of the last administrator, except for the operator. Only the operator could then make a member an administrator
/// again.
pub(crate) fn keep_one_administrator(act: &Act<'_>, transaction: &Transaction<'_>, leaving: &Member) -> Result<(), Error> {
    if leaving.role != Role::Administrator || act.actor == Actor::Operator {
        return Ok(());
    }
    let members = transaction.members()?;
    let others = members.iter().any(|member| member.role == Role::Administrator && member.name != leaving.name);
    if others { Ok(()) } else { Err(Error::Member(MemberError::LastAdministrator(leaving.name.clone()))) }
}
