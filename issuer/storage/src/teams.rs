//! The tables `teams` and `team_members`.

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{MemberName, Team, TeamName};

const TEAMS: &str = "teams";

impl Transaction<'_> {
    /// Inserts a team without members; `false` if the name is taken.
    pub fn insert_team(&self, team: &Team) -> Result<bool, StorageError> {
        let sql = "INSERT INTO teams (name, description, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        let Team { name, description, created_at, members: _ } = team;
        Ok(self.change(sql, values![name.as_str(), description.as_deref(), *created_at])? == 1)
    }

    /// Updates a team's description.
    pub fn update_team(&self, team: &Team) -> Result<(), StorageError> {
        let sql = "UPDATE teams SET description = ?2 WHERE name = ?1";
        self.change(sql, values![team.name.as_str(), team.description.as_deref()]).map(drop)
    }

    /// Deletes a team, which has no applications any more.
    pub fn delete_team(&self, name: &TeamName) -> Result<(), StorageError> {
        self.change("DELETE FROM teams WHERE name = ?1", values![name.as_str()]).map(drop)
    }

    /// Adds a member to a team; `false` if it is in the team already.
    pub fn insert_team_member(&self, team: &TeamName, member: &MemberName) -> Result<bool, StorageError> {
        let sql = "INSERT INTO team_members (team, member) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        Ok(self.change(sql, values![team.as_str(), member.as_str()])? == 1)
    }

    /// Removes a member from a team; `false` if it is not in the team.
    pub fn delete_team_member(&self, team: &TeamName, member: &MemberName) -> Result<bool, StorageError> {
        let sql = "DELETE FROM team_members WHERE team = ?1 AND member = ?2";
        Ok(self.change(sql, values![team.as_str(), member.as_str()])? == 1)
    }

    /// The team with this name.
    pub fn team(&self, name: &TeamName) -> Result<Option<Team>, StorageError> {
        let team =
            self.find("SELECT name, description, created_at FROM teams WHERE name = ?1", values![name.as_str()], read_team)?;
        team.map(|team| self.with_members(team)).transpose()
    }

    /// The teams of `member`, or all teams; sorted by name.
    pub fn teams(&self, member: Option<&MemberName>) -> Result<Vec<Team>, StorageError> {
        let sql = "SELECT name, description, created_at FROM teams
                   WHERE CAST(?1 AS TEXT) IS NULL OR name IN (SELECT team FROM team_members WHERE member = ?1) ORDER BY name";
        let teams = self.list(sql, values![member.map(MemberName::as_str)], read_team)?;
        teams.into_iter().map(|team| self.with_members(team)).collect()
    }

    fn with_members(&self, team: Team) -> Result<Team, StorageError> {
        let sql = "SELECT member FROM team_members WHERE team = ?1 ORDER BY member";
        let members = self.list(sql, values![team.name.as_str()], |row| Columns::new(row, "team_members").parsed("member"))?;
        Ok(Team { members, ..team })
    }
}

/// A team, without its members.
fn read_team(row: Row<'_>) -> Result<Team, StorageError> {
    let columns = Columns::new(row, TEAMS);
    Ok(Team {
        name: columns.parsed("name")?,
        description: columns.optional_text("description")?,
        created_at: columns.time("created_at")?,
        members: Vec::new(),
    })
}
