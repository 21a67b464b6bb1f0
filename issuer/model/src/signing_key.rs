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
    /// The environments whose tokens the key signs, has signed or is planned to sign.
    pub environments: KeyEnvironments,
    /// The state of the key.
    pub state: KeyState,
    /// The environments whose tokens the key signs, each with the time at which it began.
    pub signs: Vec<(KeyType, UnixSeconds)>,
    /// The environment whose tokens the key will sign, once edges have had time to fetch the key.
    pub planned_for: Option<KeyType>,
    /// When a successor replaced the key; `None` if the key signs or has never signed.
    pub stopped_at: Option<UnixSeconds>,
    /// When the key was created.
    pub created_at: UnixSeconds,
}

/// The environments whose tokens a signing key signs, has signed or will sign.
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

    /// Only one.
    pub const fn of(key_type: KeyType) -> Self {
        Self { production: matches!(key_type, KeyType::Production), sandbox: matches!(key_type, KeyType::Sandbox) }
    }

    /// Whether an environment is one of them.
    pub const fn contains(self, key_type: KeyType) -> bool {
        match key_type {
            KeyType::Production => self.production,
            KeyType::Sandbox => self.sandbox,
        }
    }

    /// The environment, if there is only one.
    pub const fn only(self) -> Option<KeyType> {
        match (self.production, self.sandbox) {
            (true, false) => Some(KeyType::Production),
            (false, true) => Some(KeyType::Sandbox),
            _ => None,
        }
    }

    /// Whether an edge that serves `environment`, or both if it is `None`, may hold a key of that kind. Every edge may hold a public key. A
    /// secret key can also sign, so the sandbox never gets a secret key of production.
    pub fn may_be_in_bundle(self, environment: Option<KeyType>, algorithm: Algorithm) -> bool {
        match environment {
            _ if algorithm != Algorithm::Hs256 => true,
            None => true,
            Some(KeyType::Production) => self.production,
            Some(KeyType::Sandbox) => self.sandbox && !self.production,
        }
    }
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
