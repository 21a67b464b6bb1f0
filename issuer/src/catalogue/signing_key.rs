//! What is known of the signing keys beside the keys themselves.

use postern_token::{Algorithm, Kid, UnixSeconds};
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
    /// When it was made.
    pub created_at: UnixSeconds,
}

/// What a signing key is used for. It goes through the states in this order, and back only from signing to published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Edges verify with it.
    Published,
    /// Edges verify with it, and the issuer signs with it; one key alone is in this state.
    Signing,
    /// It is gone: nothing verifies with it.
    Retired,
}

impl KeyState {
    const ALL: [Self; 3] = [Self::Published, Self::Signing, Self::Retired];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Retired => "retired",
        }
    }

    /// What the word `text` stands for.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
