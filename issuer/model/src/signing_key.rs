//! What is known of the signing keys beside the keys themselves.

use postern_token::{Algorithm, KeyType, Kid, UnixSeconds};
use serde::Serialize;

/// A signing key's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// Its name.
    pub kid: Kid<'static>,
    /// The one algorithm that it is for.
    pub algorithm: Algorithm,
    /// What it is used for.
    pub state: KeyState,
    /// The types of keys whose tokens it signs, and since when.
    pub signs: Vec<(KeyType, UnixSeconds)>,
    /// The type of keys whose tokens it is to sign once edges have had the time to hear of it.
    pub planned_for: Option<KeyType>,
    /// When another one followed it, if it did sign and does not any more.
    pub stopped_at: Option<UnixSeconds>,
    /// When it was made.
    pub created_at: UnixSeconds,
}

/// What a signing key is used for. It goes through the states in this order, and back only from signing to published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Edges verify with it.
    Published,
    /// Edges verify with it, and the issuer signs with it.
    Signing,
    /// It is gone: nothing verifies with it.
    Retired,
}

impl KeyState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Retired => "retired",
        }
    }
}
