//! Records of signing keys, without the keys themselves.

use postern_token::{Algorithm, KeyType, Kid, UnixSeconds};
use serde::Serialize;

/// The record of a signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// The key id.
    pub kid: Kid<'static>,
    /// The signature algorithm.
    pub algorithm: Algorithm,
    /// The state of the key.
    pub state: KeyState,
    /// The environments whose tokens the key signs, each with the time since when.
    pub signs: Vec<(KeyType, UnixSeconds)>,
    /// The environment whose tokens the key will sign, once edges have had time to fetch the key.
    pub planned_for: Option<KeyType>,
    /// When a successor replaced the key; `None` if the key signs or has never signed.
    pub stopped_at: Option<UnixSeconds>,
    /// When the key was created.
    pub created_at: UnixSeconds,
}

/// The state of a signing key. The states follow each other in this order; the only way back is from signing to published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Edges verify with the key.
    Published,
    /// Edges verify with the key, and the issuer signs with it.
    Signing,
    /// The key is no longer published, so that edges refuse its tokens.
    Retired,
}

impl KeyState {
    /// The state's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Retired => "retired",
        }
    }
}
