//! Edge keys: the credentials with which edges fetch the bundle.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, IdentifierError, KeyType, UnixSeconds};
use serde::Serialize;
use thiserror::Error;

/// The record of an edge key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EdgeKey {
    /// The name of the edge key.
    pub name: EdgeName,
    /// The environment whose bundle it fetches; `None` for an edge key of an older version, which fetches every bundle.
    pub environment: Option<EdgeEnvironment>,
    /// When the edge key was created.
    pub created_at: UnixSeconds,
}

impl EdgeKey {
    /// The environment of the bundle that an edge with this key gets when it asks for `asked`; `None` means both. An edge that names no
    /// environment gets the bundle for the environment of its key. It is an error if the key is for another environment.
    pub fn bundle_for(&self, asked: Option<KeyType>) -> Result<Option<KeyType>, OtherEnvironment> {
        let own = match self.environment {
            None | Some(EdgeEnvironment::Both) => return Ok(asked),
            Some(EdgeEnvironment::Production) => KeyType::Production,
            Some(EdgeEnvironment::Sandbox) => KeyType::Sandbox,
        };
        if asked.is_none_or(|asked| asked == own) { Ok(Some(own)) } else { Err(OtherEnvironment) }
    }
}

/// An edge asked for the bundle of another environment than that of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the edge key is for the other environment")]
pub struct OtherEnvironment;

/// The environment whose bundle an edge key fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EdgeEnvironment {
    /// Production only.
    #[default]
    Production,
    /// Sandbox only.
    Sandbox,
    /// Either, as the edge asks, and both at once.
    Both,
}

impl EdgeEnvironment {
    /// The text form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
            Self::Both => "both",
        }
    }
}

impl FromStr for EdgeEnvironment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Production, Self::Sandbox, Self::Both];
        all.into_iter().find(|environment| environment.as_str() == text).ok_or("must be `production`, `sandbox` or `both`")
    }
}

/// The name of an edge key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_key_fetches_the_bundle_of_its_environment_alone() {
        use KeyType::{Production, Sandbox};
        let all = [None, Some(Production), Some(Sandbox)];
        let key = |environment| EdgeKey { name: "e".parse().unwrap(), environment, created_at: UnixSeconds(1) };
        let given = |environment| all.map(|asked| key(environment).bundle_for(asked).ok());
        assert_eq!(given(Some(EdgeEnvironment::Production)), [Some(Some(Production)), Some(Some(Production)), None]);
        assert_eq!(given(Some(EdgeEnvironment::Sandbox)), [Some(Some(Sandbox)), None, Some(Some(Sandbox))]);
        for every in [Some(EdgeEnvironment::Both), None] {
            assert_eq!(given(every), all.map(Some));
        }
    }
}
