//! Teams, which own applications together; and the owner of an application.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, UnixSeconds};
use serde::Serialize;
use thiserror::Error;

use super::MemberName;

/// Members who own applications together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// The team's name.
    pub name: TeamName,
    /// What the team is for.
    pub description: Option<String>,
    /// When the team was created.
    pub created_at: UnixSeconds,
    /// The members of the team, sorted by name.
    pub members: Vec<MemberName>,
}

/// The owner of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// One member.
    Member(MemberName),
    /// Every member of a team.
    Team(TeamName),
}

impl Owner {
    /// The member, if one member is the owner.
    pub const fn member(&self) -> Option<&MemberName> {
        match self {
            Self::Member(member) => Some(member),
            Self::Team(_) => None,
        }
    }

    /// The team, if a team is the owner.
    pub const fn team(&self) -> Option<&TeamName> {
        match self {
            Self::Member(_) => None,
            Self::Team(team) => Some(team),
        }
    }
}

/// A team's name: 1 to 64 lower-case letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct TeamName(Identifier<'static>);

/// The text is not a team's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a team's name must be 1 to 64 characters long, each a lower-case letter, a digit, `.`, `_` or `-`")]
pub struct TeamNameError;

impl TeamName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for TeamName {
    type Err = TeamNameError;

    fn from_str(text: &str) -> Result<Self, TeamNameError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        if text.len() > 64 || !text.bytes().all(allowed) {
            return Err(TeamNameError);
        }
        super::owned_identifier(text).map(Self).map_err(|_| TeamNameError)
    }
}

impl fmt::Display for TeamName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_fit_into_addresses() {
        for good in ["pizza", "a", "team-1.b_c", &"x".repeat(64)] {
            assert_eq!(good.parse::<TeamName>().unwrap().as_str(), good);
        }
        for bad in ["", "Pizza", "a b", "a/b", "ä", "a@b", &"x".repeat(65)] {
            assert!(bad.parse::<TeamName>().is_err(), "{bad}");
        }
    }
}
