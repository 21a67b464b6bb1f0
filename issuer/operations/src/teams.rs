//! Teams: members who own applications together. Administrators manage teams; everyone else sees the teams that they are in.

use serde_json::json;

use crate::error::{MemberError, TeamError};
use crate::{Act, Error, scopes};
use postern_model::{Action, Actor, MemberName, Owner, PersonalAccessTokenDescription, Team, TeamName};
use postern_storage::Transaction;

/// Creates a team, which has no members yet.
pub fn create_team(act: &Act<'_>, name: &TeamName, description: Option<PersonalAccessTokenDescription>) -> Result<Team, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let description = description.map(String::from);
        let team = Team { name: name.clone(), description, created_at: act.now, members: Vec::new() };
        if !transaction.insert_team(&team)? {
            return Err(TeamError::AlreadyExists(name.clone()).into());
        }
        act.audit(transaction, Action::TeamCreate, None, Some(name.as_str()), None)?;
        Ok(team)
    })
}

/// The teams that the actor may see, by name.
pub fn list_teams(act: &Act<'_>) -> Result<Vec<Team>, Error> {
    look(act)?;
    act.storage().read(|transaction| Ok(transaction.teams(act.owner())?))
}

/// One team. For a developer who is not in it, the team does not exist.
pub fn show_team(act: &Act<'_>, name: &TeamName) -> Result<Team, Error> {
    look(act)?;
    act.storage().read(|transaction| find(act, transaction, name))
}

/// Changes a team's description, if `expected` accepts its current state. `None` leaves it unchanged, `Some(None)` removes it.
#[allow(clippy::option_option, reason = "no change and no description differ")]
pub fn change_team(
    act: &Act<'_>,
    name: &TeamName,
    description: Option<Option<PersonalAccessTokenDescription>>,
    expected: impl FnOnce(&Team) -> bool,
) -> Result<Team, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let before = find_expected(act, transaction, name, expected)?;
        let description = description.map_or_else(|| before.description.clone(), |new| new.map(String::from));
        let team = Team { description, ..before };
        transaction.update_team(&team)?;
        act.audit(transaction, Action::TeamChange, None, Some(name.as_str()), None)?;
        Ok(team)
    })
}

/// Deletes a team, if `expected` accepts its current state. Its applications stay, without the scopes that a developer may not have.
/// Administrators can give them to another owner.
pub fn delete_team(act: &Act<'_>, name: &TeamName, expected: impl FnOnce(&Team) -> bool) -> Result<(), Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        find_expected(act, transaction, name, expected)?;
        act.audit(transaction, Action::TeamDelete, None, Some(name.as_str()), None)?;
        scopes::leave(act, transaction, &Owner::Team(name.clone()))?;
        Ok(transaction.delete_team(name)?)
    })
}

/// Adds a member to a team. Does nothing if the member is in it already.
pub fn add_team_member(act: &Act<'_>, name: &TeamName, member: &MemberName) -> Result<Team, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        find(act, transaction, name)?;
        if transaction.member(member)?.is_none() {
            return Err(MemberError::NotFound(member.clone()).into());
        }
        if transaction.insert_team_member(name, member)? {
            record(act, transaction, Action::TeamMemberAdd, name, member)?;
        }
        find(act, transaction, name)
    })
}

/// Removes a member from a team: the member no longer sees the team's applications.
pub fn remove_team_member(act: &Act<'_>, name: &TeamName, member: &MemberName) -> Result<Team, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        find(act, transaction, name)?;
        if !transaction.delete_team_member(name, member)? {
            return Err(TeamError::NotInTeam { team: name.clone(), member: member.clone() }.into());
        }
        record(act, transaction, Action::TeamMemberRemove, name, member)?;
        find(act, transaction, name)
    })
}

/// Clients, users and strangers see none.
fn look(act: &Act<'_>) -> Result<(), Error> {
    match act.actor() {
        Actor::Member(..) => Ok(()),
        _ => act.require_auditor(),
    }
}

/// The team, if the actor may see it.
pub(crate) fn find(act: &Act<'_>, transaction: &Transaction<'_>, name: &TeamName) -> Result<Team, Error> {
    let team = transaction.team(name)?.filter(|team| act.owner().is_none_or(|member| team.members.contains(member)));
    team.ok_or_else(|| TeamError::NotFound(name.clone()).into())
}

fn find_expected(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    name: &TeamName,
    expected: impl FnOnce(&Team) -> bool,
) -> Result<Team, Error> {
    let team = find(act, transaction, name)?;
    if expected(&team) { Ok(team) } else { Err(Error::PreconditionFailed) }
}

fn record(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    action: Action,
    name: &TeamName,
    member: &MemberName,
) -> Result<(), Error> {
    act.audit(transaction, action, None, Some(name.as_str()), Some(&json!({ "member": member })))
}
