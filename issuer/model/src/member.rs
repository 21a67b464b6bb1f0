//! Members, their roles and their personal access tokens.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, UnixSeconds};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::check_id;
use super::user::UserId;
use super::visible_text::is_visible;
use postern_secrets::{Entropy, EntropyError, random_name};

/// A person or a pipeline that uses the management API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The member's name.
    pub name: MemberName,
    /// The member's role.
    pub role: Role,
    /// The account with which the member signs in to the portal, if it has one.
    pub account: Option<UserId>,
    /// Whether the member was made because of the groups of its user, and follows them at each sign-in.
    pub from_groups: bool,
    /// When the member was added.
    pub created_at: UnixSeconds,
}

/// A user who asks to become a developer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRequest {
    /// The user.
    pub account: UserId,
    /// When the user asked.
    pub requested_at: UnixSeconds,
}

/// The role of a member, which decides what the member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May do everything.
    Administrator,
    /// May manage the member's own applications and read the catalogue.
    Developer,
    /// May read everything and change nothing.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Administrator, Self::Developer, Self::Auditor];

    /// The highest of the roles, in the order of [`Self::ALL`].
    pub fn highest(roles: impl Iterator<Item = Self>) -> Option<Self> {
        roles.min_by_key(|role| Self::ALL.iter().position(|own| own == role))
    }

    /// The role's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Developer => "developer",
            Self::Auditor => "auditor",
        }
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(RoleError)
    }
}

/// The text is not a member's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a role is `administrator`, `developer` or `auditor`")]
pub struct RoleError;

/// A member's name: 1 to 64 lower-case letters, digits, `.`, `_`, `-` and `@`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct MemberName(Identifier<'static>);

/// The text is not a member's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a member's name must be 1 to 64 characters long, each a lower-case letter, a digit, `.`, `_`, `-` or `@`")]
pub struct MemberNameError;

impl MemberName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for MemberName {
    type Err = MemberNameError;

    fn from_str(text: &str) -> Result<Self, MemberNameError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-@".contains(&byte);
        if text.len() > 64 || !text.bytes().all(allowed) {
            return Err(MemberNameError);
        }
        super::owned_identifier(text).map(Self).map_err(|_| MemberNameError)
    }
}

impl fmt::Display for MemberName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The record of a personal access token, a member's credential for the management API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalAccessToken {
    /// The id, which is not secret.
    pub id: PersonalAccessTokenId,
    /// The member to whom the token belongs.
    pub member: MemberName,
    /// The member's description of the token.
    pub description: String,
    /// When the token was created.
    pub created_at: UnixSeconds,
    /// When the token expires; `None` means never.
    pub expires_at: Option<UnixSeconds>,
}

/// The id of a personal access token: `pat_` and 16 random characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PersonalAccessTokenId(Identifier<'static>);

impl PersonalAccessTokenId {
    const PREFIX: &str = "pat_";

    /// Generates a random id.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let text = format!("{}{}", Self::PREFIX, random_name(entropy, 16)?);
        Identifier::parse(text).map(Self).map_err(|_| EntropyError)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for PersonalAccessTokenId {
    type Err = super::IdError;

    fn from_str(text: &str) -> Result<Self, super::IdError> {
        check_id(text, Self::PREFIX)?;
        super::owned_identifier(text).map(Self).map_err(|_| super::IdError::Character)
    }
}

/// The description of a personal access token: 1 to 100 visible characters, not only white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalAccessTokenDescription(String);

/// The text is not a valid description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a description must be 1 to 100 visible characters on one line")]
pub struct DescriptionError;

impl FromStr for PersonalAccessTokenDescription {
    type Err = DescriptionError;

    fn from_str(text: &str) -> Result<Self, DescriptionError> {
        let allowed = (1..=100).contains(&text.chars().count()) && is_visible(text);
        if allowed && !text.trim().is_empty() { Ok(Self(text.to_owned())) } else { Err(DescriptionError) }
    }
}

impl From<PersonalAccessTokenDescription> for String {
    fn from(description: PersonalAccessTokenDescription) -> Self {
        description.0
    }
}
