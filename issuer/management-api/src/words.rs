//! Enumerated values that several resources share, with their text forms.

use std::str::FromStr;

use postern_token::{Algorithm, KeyType};
use serde::Serialize;
use utoipa::ToSchema;

use postern_model::Role;

/// A member's role. Administrators may do everything, developers manage their own applications, and auditors read everything
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Role)]
#[serde(rename_all = "lowercase")]
pub(super) enum RoleView {
    Administrator,
    Developer,
    Auditor,
}

impl From<Role> for RoleView {
    fn from(value: Role) -> Self {
        match value {
            Role::Administrator => Self::Administrator,
            Role::Developer => Self::Developer,
            Role::Auditor => Self::Auditor,
        }
    }
}

/// The environment of keys and tokens
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = KeyType)]
#[serde(rename_all = "lowercase")]
pub(super) enum KeyTypeView {
    Production,
    Sandbox,
}

impl From<KeyType> for KeyTypeView {
    fn from(value: KeyType) -> Self {
        match value {
            KeyType::Production => Self::Production,
            KeyType::Sandbox => Self::Sandbox,
        }
    }
}

/// A signature algorithm
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Algorithm)]
pub(super) enum AlgorithmView {
    #[serde(rename = "HS256")]
    Hs256,
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "EdDSA")]
    EdDsa,
    #[serde(rename = "RS256")]
    Rs256,
}

impl From<Algorithm> for AlgorithmView {
    fn from(value: Algorithm) -> Self {
        match value {
            Algorithm::Hs256 => Self::Hs256,
            Algorithm::Es256 => Self::Es256,
            Algorithm::EdDsa => Self::EdDsa,
            Algorithm::Rs256 => Self::Rs256,
        }
    }
}

const KEY_TYPES: [(&str, KeyType); 2] = [("production", KeyType::Production), ("sandbox", KeyType::Sandbox)];

/// A key type in a path or a query.
pub(super) struct NamedKeyType(pub(super) KeyType);

impl FromStr for NamedKeyType {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = KEY_TYPES.into_iter().find(|(name, _)| *name == text);
        found.map(|(_, key_type)| Self(key_type)).ok_or("must be `production` or `sandbox`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn shown(word: impl Serialize) -> Value {
        serde_json::to_value(word).unwrap()
    }

    #[test]
    fn words_are_written_as_they_are_read() {
        for role in Role::ALL {
            assert_eq!(shown(RoleView::from(role)), role.as_str());
        }
        for (word, key_type) in KEY_TYPES {
            assert_eq!(shown(KeyTypeView::from(key_type)), word);
        }
        for algorithm in Algorithm::ALL {
            assert_eq!(shown(AlgorithmView::from(algorithm)), algorithm.as_str());
        }
    }
}
