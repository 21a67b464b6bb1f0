//! Applications.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, UnixSeconds};
use serde::Serialize;
use thiserror::Error;

use super::{IdError, MemberName, Validities, check_id};
use postern_secrets::{Entropy, EntropyError, random_name};

/// A program that calls APIs, with one key set for each key type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its id, which stands in its tokens.
    pub id: ApplicationId,
    /// Its name, for people; two applications may have the same.
    pub name: ApplicationName,
    /// How long its tokens last, as the defaults were when it was created.
    pub validities: Validities,
    /// When it was created.
    pub created_at: UnixSeconds,
    /// Whether it gets tokens.
    pub state: ApplicationState,
    /// Whose it is; `None` means the administrators'.
    pub owner: Option<MemberName>,
    /// Whether an administrator lets it ask its users for their passwords.
    pub passwords: bool,
}

/// Whether an application gets tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationState {
    /// It does.
    Active,
    /// It does not, and its tokens were revoked.
    Blocked,
}

impl ApplicationState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
        }
    }

    /// What the word `text` stands for.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Blocked].into_iter().find(|state| state.as_str() == text)
    }
}

/// An application's id: `app_` and 20 random characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ApplicationId(Identifier<'static>);

impl ApplicationId {
    const PREFIX: &str = "app_";

    /// A new random id.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let text = format!("{}{}", Self::PREFIX, random_name(entropy, 20)?);
        Identifier::parse(text).map(Self).map_err(|_| EntropyError)
    }

    /// The id as a claim.
    pub const fn identifier(&self) -> &Identifier<'static> {
        &self.0
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for ApplicationId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        check_id(text, Self::PREFIX)?;
        super::owned_identifier(text).map(Self).map_err(|_| IdError::Character)
    }
}

impl fmt::Display for ApplicationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// An application's name: 1 to 100 characters of any script, without control characters and without space at an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ApplicationName(String);

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing, or more than 100 characters.
    #[error("a name must be 1 to 100 characters long")]
    Length,
    /// A control character, or white space at an end.
    #[error("a name holds no control character, and no white space at either end")]
    Character,
}

impl ApplicationName {
    /// The name as text. It comes from people: escape it where it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApplicationName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() || text.chars().count() > 100 {
            return Err(NameError::Length);
        }
        if text.trim() != text || text.chars().any(char::is_control) {
            return Err(NameError::Character);
        }
        Ok(Self(text.to_owned()))
    }
}
