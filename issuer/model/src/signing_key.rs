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

/// The environments whose tokens a signing key signs, has signed or is to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyEnvironments {
    /// Production tokens.
    pub production: bool,
    /// Sandbox tokens.
    pub sandbox: bool,
}

impl KeyEnvironments {
    /// Both.
    pub const BOTH: Self = Self { production: true, sandbox: true };

    /// One alone.
    pub const fn of(key_type: KeyType) -> Self {
        Self { production: matches!(key_type, KeyType::Production), sandbox: matches!(key_type, KeyType::Sandbox) }
    }

    /// The one environment, if it is one.
    pub const fn only(self) -> Option<KeyType> {
        match (self.production, self.sandbox) {
            (true, false) => Some(KeyType::Production),
            (false, true) => Some(KeyType::Sandbox),
            _ => None,
        }
    }

    /// Whether an edge that serves `environment`, or both where it is `None`, may hold a key of that kind. A public key may be
    /// anywhere. A secret one can also sign: the sandbox never gets one that production has.
    pub fn may_be_in_bundle(self, environment: Option<KeyType>, algorithm: Algorithm) -> bool {
        match environment {
            _ if algorithm != Algorithm::Hs256 => true,
            None => true,
            Some(KeyType::Production) => self.production,
            Some(KeyType::Sandbox) => self.sandbox && !self.production,
        }
    }
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
