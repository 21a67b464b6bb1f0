//! Applications, their ids and their names.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, UnixSeconds};
use serde::Serialize;
use thiserror::Error;

use super::visible_text::{is_visible, without_hidden};
use super::{IdError, Owner, Validities, check_id};
use postern_secrets::{Entropy, EntropyError, random_name};

/// A program that calls APIs. It has at most one key set in each environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The id, which is the claim `app` of the application's tokens.
    pub id: ApplicationId,
    /// The display name, which need not be unique.
    pub name: ApplicationName,
    /// The default validities of the application's tokens, copied from the settings when the application was created.
    pub validities: Validities,
    /// When the application was created.
    pub created_at: UnixSeconds,
    /// Whether tokens are minted for the application.
    pub state: ApplicationState,
    /// The owner; `None` means that the application belongs to the administrators.
    pub owner: Option<Owner>,
    /// Whether an administrator has allowed the application to use the grant type `password`.
    pub passwords: bool,
}

/// Whether tokens are minted for an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationState {
    /// Tokens are minted.
    Active,
    /// No tokens are minted. Blocking revoked the application's tokens.
    Blocked,
}

impl ApplicationState {
    /// The state's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
        }
    }

    /// The state with the stable name `text`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Blocked].into_iter().find(|state| state.as_str() == text)
    }
}

/// An application's id: `app_` and 20 random characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ApplicationId(Identifier<'static>);

impl ApplicationId {
    const PREFIX: &str = "app_";

    /// Generates a random id.
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

/// An application's display name: 1 to 100 characters of any script, without leading or trailing white space, and without characters that
/// are invisible or change the direction of text. Users see it when they are asked for their consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ApplicationName(String);

/// The reason why a text is not a valid application name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// The name is empty or longer than 100 characters.
    #[error("a name must be 1 to 100 characters long")]
    Length,
    /// The name holds a control character, or has leading or trailing white space.
    #[error("a name must not contain control characters, or begin or end with white space")]
    Character,
    /// The name holds an invisible character, or one that changes the direction of the text around it.
    #[error(
        "a name must not contain invisible characters such as U+200B, or characters that change the direction of text such as U+202E"
    )]
    Invisible,
}

impl ApplicationName {
    /// The name as text. The name is user input, so escape it for output.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A stored name. Invisible characters are left out, because an older version did not refuse them.
    pub fn stored(text: &str) -> Option<Self> {
        text.parse().ok().or_else(|| {
            let shown = without_hidden(text);
            let shown = shown.trim();
            // A name of only such characters was not refused either.
            if shown.is_empty() { Some(Self("?".to_owned())) } else { shown.parse().ok() }
        })
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
        if !is_visible(text) {
            return Err(NameError::Invisible);
        }
        Ok(Self(text.to_owned()))
    }
}
