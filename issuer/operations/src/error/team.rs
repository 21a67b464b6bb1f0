//! Errors about teams.

use postern_model::{MemberName, TeamName};
use thiserror::Error;

/// Why an operation on a team did not succeed.
#[derive(Debug, Error)]
pub enum TeamError {
    /// No team has this name, or the actor may not see the team.
    #[error("there is no team `{0}`")]
    NotFound(TeamName),
    /// A team with this name exists.
    #[error("the team `{0}` already exists: choose another name")]
    AlreadyExists(TeamName),
    /// The member is not in the team.
    #[error("the member `{member}` is not in the team `{team}`")]
    NotInTeam {
        /// The team.
        team: TeamName,
        /// The member.
        member: MemberName,
    },
}
