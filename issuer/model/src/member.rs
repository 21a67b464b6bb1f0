//! Those who use the management API.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, UnixSeconds};
use serde::Serialize;
use thiserror::Error;

use super::check_id;
use postern_secrets::{Entropy, EntropyError, random_name};

/// Somebody, or a pipeline, that uses the management API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The member's name.
    pub name: MemberName,
    /// What the member may do.
    pub role: Role,
    /// When the member was added.
    pub created_at: UnixSeconds,
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Administrator,
    /// Everything with the applications that are the member's own, and look at the catalogue.
    Developer,
    /// Look at everything, and change nothing.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Administrator, Self::Developer, Self::Auditor];

    /// The word for it.
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

/// A text is no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a role is `administrator`, `developer` or `auditor`")]
pub struct RoleError;

/// A member's name: 1 to 64 lower-case letters, digits, `.`, `_`, `-` and `@`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct MemberName(Identifier<'static>);

/// A text is not a member's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a member's name holds 1 to 64 lower-case letters, digits, `.`, `_`, `-` and `@`")]
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

/// What is known of a personal access token, which is a member's credential for the management API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalAccessToken {
    /// Its id, which is no secret.
    pub id: PersonalAccessTokenId,
    /// Whose it is.
    pub member: MemberName,
    /// What its owner calls it.
    pub description: String,
    /// When it was created.
    pub created_at: UnixSeconds,
    /// When it runs out; `None` means never.
    pub expires_at: Option<UnixSeconds>,
}

/// The id of a personal access token: `pat_` and 16 random characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PersonalAccessTokenId(Identifier<'static>);

impl PersonalAccessTokenId {
    const PREFIX: &str = "pat_";

    /// A new random id.
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

/// What its owner calls a personal access token: 1 to 100 characters, none of them a control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalAccessTokenDescription(String);

/// A text is not a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a description holds 1 to 100 characters on one line")]
pub struct DescriptionError;

impl FromStr for PersonalAccessTokenDescription {
    type Err = DescriptionError;

    fn from_str(text: &str) -> Result<Self, DescriptionError> {
        let fits = (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits && !text.trim().is_empty() { Ok(Self(text.to_owned())) } else { Err(DescriptionError) }
    }
}

impl From<PersonalAccessTokenDescription> for String {
    fn from(description: PersonalAccessTokenDescription) -> Self {
        description.0
    }
}
