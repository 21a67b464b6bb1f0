//! Words that several resources share: how they are read, and how the document shows them.

use std::str::FromStr;

use postern_token::bundle::{At, Problems};
use postern_token::{Algorithm, KeyType};
use serde_json::Value;
use utoipa::ToSchema;

use super::body::ReadValue;

/// What a member may do: everything, everything with their own applications, or look at everything
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "lowercase")]
#[allow(dead_code, reason = "it documents words that are written elsewhere")]
pub(super) enum RoleWord {
    Administrator,
    Developer,
    Auditor,
}

/// What keys and tokens are for: the real thing, or trying
#[derive(ToSchema)]
#[schema(as = KeyType, rename_all = "lowercase")]
#[allow(dead_code, reason = "it documents words that are read and written elsewhere")]
pub(super) enum KeyTypeWord {
    Production,
    Sandbox,
}

/// What a key signs with
#[derive(ToSchema)]
#[schema(as = Algorithm)]
#[allow(dead_code, reason = "it documents words that are read and written elsewhere")]
pub(super) enum AlgorithmWord {
    #[schema(rename = "HS256")]
    Hs256,
    #[schema(rename = "ES256")]
    Es256,
    #[schema(rename = "EdDSA")]
    EdDsa,
    #[schema(rename = "RS256")]
    Rs256,
}

const KEY_TYPES: [(&str, KeyType); 2] = [("production", KeyType::Production), ("sandbox", KeyType::Sandbox)];

/// A type of keys in a path or a query.
pub(super) struct NamedKeyType(pub(super) KeyType);

impl FromStr for NamedKeyType {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = KEY_TYPES.into_iter().find(|(name, _)| *name == text);
        found.map(|(_, key_type)| Self(key_type)).ok_or("must be `production` or `sandbox`")
    }
}

impl ReadValue for KeyType {
    fn read(value: &Value, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        one_of(&KEY_TYPES, value, at, problems)
    }
}

impl ReadValue for Algorithm {
    fn read(value: &Value, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        one_of(&Self::ALL.map(|algorithm| (algorithm.as_str(), algorithm)), value, at, problems)
    }
}

/// Reads one of a few words.
pub(super) fn one_of<T: Copy>(words: &[(&str, T)], value: &Value, at: At<'_>, problems: &mut Problems) -> Option<T> {
    let found = value.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
    if found.is_none() {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        problems.push(at, format!("must be one of `{}`", names.join("`, `")));
    }
    found.map(|(_, meaning)| *meaning)
}
