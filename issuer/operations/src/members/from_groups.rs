//! Members who follow the groups that a directory or an identity provider names at each sign-in.

use serde_json::json;

use super::change::{delete, details};
use crate::error::MemberError;
use crate::user_stores::UserStore;
use crate::{Act, Error};
use postern_model::{Action, Member, MemberName, Role, UserId};
use postern_storage::Transaction;

/// What the groups of a user change.
enum Step {
    Add(Role),
    Change(Member),
    Remove(Member),
}

/// Makes the user the member that the user's groups ask for: adds it, changes its role, or removes it. A member that an administrator has
/// added or changed stays as it is.
///
/// The last administrator may be removed here too: the groups name the administrators, so another one need only sign in.
pub(crate) fn follow_groups(act: &Act<'_>, store: &UserStore, account: &UserId, groups: &[String]) -> Result<(), Error> {
    let wanted = store.member_role(groups);
    if act.storage().read(|transaction| next_step(transaction, account, wanted))?.is_none() {
        return Ok(());
    }
    // The configuration decides, not the user.
    let act = &act.of_issuer();
    let followed = act.storage().write(|transaction| match next_step(transaction, account, wanted)? {
        None => Ok(()),
        Some(Step::Add(role)) => add(act, transaction, account, role),
        Some(Step::Change(member)) => {
            act.audit(transaction, Action::MemberChange, None, Some(member.name.as_str()), Some(&details(&member)))?;
            Ok(transaction.update_member(&member)?)
        }
        Some(Step::Remove(member)) => {
            act.audit(
                transaction,
                Action::MemberRemove,
                None,
                Some(member.name.as_str()),
                Some(&json!({ "from_groups": true })),
            )?;
            delete(act, transaction, &member)
        }
    });
    if let Err(Error::Member(MemberError::NameTaken { name, .. })) = &followed {
        let details = json!({ "account": account });
        act.storage().write_concurrent(|transaction| {
            act.audit(transaction, Action::MemberConflict, None, Some(name.as_str()), Some(&details))
        })?;
    }
    followed
}

fn next_step(transaction: &Transaction<'_>, account: &UserId, wanted: Option<Role>) -> Result<Option<Step>, Error> {
    Ok(match (transaction.member_with_account(account)?, wanted) {
        (None, Some(role)) => Some(Step::Add(role)),
        (Some(member), None) if member.from_groups => Some(Step::Remove(member)),
        (Some(member), Some(role)) if member.from_groups && member.role != role => Some(Step::Change(Member { role, ..member })),
        _ => None,
    })
}

fn add(act: &Act<'_>, transaction: &Transaction<'_>, account: &UserId, role: Role) -> Result<(), Error> {
    insert(act, transaction, &member_of(account, role, true, act)?)?;
    transaction.delete_member_request(account)?;
    Ok(())
}

/// The member that a user becomes, with the user's name. A name that reads as an account of a user store is refused: in the audit log
/// the member would look like the member with that account.
pub(super) fn member_of(account: &UserId, role: Role, from_groups: bool, act: &Act<'_>) -> Result<Member, Error> {
    let name: MemberName = account.name.as_str().parse().map_err(|_| MemberError::UnusableName(account.clone()))?;
    if account.name.as_str().parse::<UserId>().is_ok_and(|other| act.stores().find(&other.store).is_ok()) {
        return Err(MemberError::UnusableName(account.clone()).into());
    }
    Ok(Member { name, role, account: Some(account.clone()), from_groups, created_at: act.now })
}

/// Adds the member of a user.
pub(super) fn insert(act: &Act<'_>, transaction: &Transaction<'_>, member: &Member) -> Result<(), Error> {
    if transaction.insert_member(member)? {
        return act.audit(transaction, Action::MemberAdd, None, Some(member.name.as_str()), Some(&details(member)));
    }
    match &member.account {
        Some(account) => Err(MemberError::NameTaken { name: member.name.clone(), account: account.clone() }.into()),
        None => Err(MemberError::AlreadyExists(member.name.clone()).into()),
    }
}
