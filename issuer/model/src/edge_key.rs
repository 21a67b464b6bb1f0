//! Edges, by the name of the credential they present.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, IdentifierError, UnixSeconds};
use serde::Serialize;

/// What is known of an edge's credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EdgeKey {
    /// Its name.
    pub name: EdgeName,
    /// When it was created.
    pub created_at: UnixSeconds,
}

/// The name of an edge's credential.
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
