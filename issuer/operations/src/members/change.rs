//! Members: who may use the management API, with which role.

use serde_json::json;

use crate::error::{MemberError, UserError};
use crate::last_administrator::keep_one_administrator;
use crate::{Act, Error, scopes};
use postern_model::{Action, Actor, Member, MemberName, Owner, Role, UserId};
use postern_storage::Transaction;

/// Adds a member, who has no personal access token yet.
pub fn add_member(act: &Act<'_>, name: &MemberName, role: Role, account: Option<&UserId>) -> Result<Member, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let member = Member { name: name.clone(), role, account: account.cloned(), from_groups: false, created_at: act.now };
        account.map_or(Ok(()), |account| check_account(act, transaction, name, account))?;
        if !transaction.insert_member(&member)? {
            return Err(MemberError::AlreadyExists(name.clone()).into());
        }
        account.map_or(Ok(false), |account| transaction.delete_member_request(account))?;
        act.audit(transaction, Action::MemberAdd, None, Some(name.as_str()), Some(&details(&member)))?;
        Ok(member)
    })
}

/// Every member, by name.
pub fn list_members(act: &Act<'_>) -> Result<Vec<Member>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.members()?))
}

/// One member. Every member may see itself; for members who may not see others, the others do not exist.
pub fn show_member(act: &Act<'_>, name: &MemberName) -> Result<Member, Error> {
    if !own(act, name) && act.require_auditor().is_err() {
        return Err(MemberError::NotFound(name.clone()).into());
    }
    act.storage().read(|transaction| find(transaction, name))
}

/// The changes. A field that is `None` stays unchanged.
#[derive(Debug, Clone, Default)]
pub struct MemberChange {
    /// The new role.
    pub role: Option<Role>,
    /// The new account for signing in to the portal, or none.
    #[allow(clippy::option_option, reason = "no change and no account differ")]
    pub account: Option<Option<UserId>>,
}

/// Changes a member, if `expected` accepts its current state. The last administrator must stay one, unless the operator changes the role.
pub fn change_member(
    act: &Act<'_>,
    name: &MemberName,
    change: &MemberChange,
    expected: impl FnOnce(&Member) -> bool,
) -> Result<Member, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let before = find(transaction, name)?;
        if !expected(&before) {
            return Err(Error::PreconditionFailed);
        }
        let account = change.account.clone().unwrap_or_else(|| before.account.clone());
        if let Some(account) = &account
            && before.account.as_ref() != Some(account)
        {
            check_account(act, transaction, name, account)?;
            transaction.delete_member_request(account)?;
        }
        // What an administrator decides by hand stays.
        let after = Member { role: change.role.unwrap_or(before.role), account, from_groups: false, ..before.clone() };
        if after.role != Role::Administrator {
            keep_one_administrator(act, transaction, &before)?;
        }
        // Before the change, because it may be the actor's own role.
        act.audit(transaction, Action::MemberChange, None, Some(name.as_str()), Some(&details(&after)))?;
        transaction.update_member(&after)?;
        Ok(after)
    })
}

/// Removes a member, if `expected` accepts its current state, with every personal access token. The member's applications stay, without the
/// scopes that the member or, for an administrator, a developer may not have. Administrators can give them to another owner.
pub fn remove_member(act: &Act<'_>, name: &MemberName, expected: impl FnOnce(&Member) -> bool) -> Result<(), Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let member = find(transaction, name)?;
        if !expected(&member) {
            return Err(Error::PreconditionFailed);
        }
        keep_one_administrator(act, transaction, &member)?;
        act.audit(transaction, Action::MemberRemove, None, Some(name.as_str()), None)?;
        delete(act, transaction, &member)
    })
}

/// Deletes a member as [`remove_member`] says, after the audit entry.
pub(super) fn delete(act: &Act<'_>, transaction: &Transaction<'_>, member: &Member) -> Result<(), Error> {
    let name = &member.name;
    scopes::leave(act, transaction, &Owner::Member(name.clone()))?;
    // At last, because the member may be the actor.
    transaction.delete_member(name)?;
    Ok(transaction.delete_answers_of(&Actor::Member(name.clone(), member.role).to_string())?)
}

/// What the audit log keeps of a member.
pub(super) fn details(member: &Member) -> serde_json::Value {
    let account = member.account.as_ref().map(|account| ("account", json!(account)));
    let from_groups = member.from_groups.then_some(("from_groups", json!(true)));
    let all = [Some(("role", json!(member.role))), account, from_groups];
    all.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Checks that the account exists, as far as that is known here, and that no other member has it.
pub(super) fn check_account(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    name: &MemberName,
    account: &UserId,
) -> Result<(), Error> {
    let store = act.stores().find(&account.store)?;
    // Users of a directory elsewhere become known when they sign in.
    if store.keeps_passwords() {
        let known = store.read(transaction, |tables| Ok(tables.user(&account.name)?.is_some()))?;
        if !known {
            return Err(UserError::NoSuchUser(account.clone()).into());
        }
    }
    match transaction.member_with_account(account)? {
        Some(other) if other.name != *name => Err(MemberError::AccountTaken(account.clone()).into()),
        _ => Ok(()),
    }
}

/// Whether the member is the actor.
pub(super) fn own(act: &Act<'_>, name: &MemberName) -> bool {
    matches!(act.actor(), Actor::Member(acting, _) if acting == name)
}

pub(super) fn find(transaction: &Transaction<'_>, name: &MemberName) -> Result<Member, Error> {
    transaction.member(name)?.ok_or_else(|| Error::Member(MemberError::NotFound(name.clone())))
}
