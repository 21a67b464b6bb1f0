//! Who may use the management API, and what they may do.

use serde_json::json;

use crate::error::MemberError;
use crate::{Act, Error, scopes};
use postern_model::{Action, Actor, Member, MemberName, Role};
use postern_storage::Transaction;

/// Adds a member, who has no personal access token yet.
pub fn add_member(act: &Act<'_>, name: &MemberName, role: Role) -> Result<Member, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let member = Member { name: name.clone(), role, created_at: act.now };
        if !transaction.insert_member(&member)? {
            return Err(MemberError::AlreadyExists(name.clone()).into());
        }
        act.audit(transaction, Action::MemberAdd, None, Some(name.as_str()), Some(&json!({ "role": role })))?;
        Ok(member)
    })
}

/// Every member, by name.
pub fn list_members(act: &Act<'_>) -> Result<Vec<Member>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.members()?))
}

/// One member. Everybody may look at themselves; to those who may look at nobody else, nobody else is there.
pub fn show_member(act: &Act<'_>, name: &MemberName) -> Result<Member, Error> {
    if !own(act, name) && act.require_auditor().is_err() {
        return Err(MemberError::NotFound(name.clone()).into());
    }
    act.storage().read(|transaction| find(transaction, name))
}

/// What is to be changed. What is `None` stays as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct MemberChange {
    /// What the member may do from now on.
    pub role: Option<Role>,
}

/// Changes a member who is as `expected` thinks. The last administrator stays one, unless whoever has the database itself says otherwise.
pub fn change_member(
    act: &Act<'_>,
    name: &MemberName,
    change: MemberChange,
    expected: impl FnOnce(&Member) -> bool,
) -> Result<Member, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let before = find(transaction, name)?;
        if !expected(&before) {
            return Err(Error::PreconditionFailed);
        }
        let after = Member { role: change.role.unwrap_or(before.role), ..before.clone() };
        if after.role != Role::Administrator {
            keep_one_administrator(act, transaction, &before)?;
        }
        let details = json!({ "role": after.role });
        // Before it is done: it may be one's own role.
        act.audit(transaction, Action::MemberChange, None, Some(name.as_str()), Some(&details))?;
        transaction.update_member(&after)?;
        Ok(after)
    })
}

/// Removes a member who is as `expected` thinks, with every personal access token. Applications that were theirs stay, for administrators to
/// give to somebody else.
pub fn remove_member(act: &Act<'_>, name: &MemberName, expected: impl FnOnce(&Member) -> bool) -> Result<(), Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let member = find(transaction, name)?;
        if !expected(&member) {
            return Err(Error::PreconditionFailed);
        }
        keep_one_administrator(act, transaction, &member)?;
        act.audit(transaction, Action::MemberRemove, None, Some(name.as_str()), None)?;
        scopes::drop_forbidden(transaction, name)?;
        transaction.delete_member(name)?;
        Ok(transaction.delete_answers_of(&Actor::Member(name.clone(), member.role).to_string())?)
    })
}

/// Whether it is the member who acts.
pub(super) fn own(act: &Act<'_>, name: &MemberName) -> bool {
    matches!(act.actor(), Actor::Member(acting, _) if acting == name)
}

pub(super) fn find(transaction: &Transaction<'_>, name: &MemberName) -> Result<Member, Error> {
    transaction.member(name)?.ok_or_else(|| Error::Member(MemberError::NotFound(name.clone())))
}

/// Nobody but the operator could make an administrator again.
fn keep_one_administrator(act: &Act<'_>, transaction: &Transaction<'_>, leaving: &Member) -> Result<(), Error> {
    if leaving.role != Role::Administrator || act.actor == Actor::Operator {
        return Ok(());
    }
    let members = transaction.members()?;
    let others = members.iter().any(|member| member.role == Role::Administrator && member.name != leaving.name);
    if others { Ok(()) } else { Err(Error::Member(MemberError::LastAdministrator(leaving.name.clone()))) }
}
