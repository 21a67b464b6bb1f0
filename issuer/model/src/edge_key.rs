//! Edge keys: the credentials with which edges fetch the bundle.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, IdentifierError, UnixSeconds};
use serde::Serialize;

/// The record of an edge key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EdgeKey {
    /// The name of the edge key.
    pub name: EdgeName,
    /// When the edge key was created.
    pub created_at: UnixSeconds,
}

/// The name of an edge key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct EdgeName(Identifier<'static>);

impl EdgeName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for EdgeName {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        super::owned_identifier(text).map(Self)
    }
}

impl fmt::Display for EdgeName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
