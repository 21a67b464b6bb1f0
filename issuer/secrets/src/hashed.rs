//! Hashed secrets, which can be compared but not read back.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::PlainSecret;

/// The SHA-256 of a secret with at least 100 random bits; most have 256.
///
/// Such a secret cannot be guessed, so a fast hash is safe. Passwords that people choose need a slow hash instead.
#[derive(Clone)]
pub struct HashedSecret([u8; 32]);

impl HashedSecret {
    /// A hash for which no secret is known. A comparison with it takes as long as with a real hash.
    pub const DUMMY: Self = Self([0; 32]);

    /// Hashes `secret`.
    pub fn of(secret: &PlainSecret) -> Self {
        Self(Sha256::digest(secret.expose().as_bytes()).into())
    }

    /// A stored hash; `None` if `bytes` is not 32 bytes long.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The hash, to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `secret` is the hashed secret, compared in constant time.
    pub fn matches(&self, secret: &PlainSecret) -> bool {
        self.0.ct_eq(&Self::of(secret).0).into()
    }
}

impl fmt::Debug for HashedSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HashedSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_matches_only_its_own_secret() {
        let hash = HashedSecret::of(&PlainSecret::presented("right".into()));
        assert!(hash.matches(&PlainSecret::presented("right".into())));
        assert!(!hash.matches(&PlainSecret::presented("wrong".into())));
        assert!(!hash.matches(&PlainSecret::presented(String::new())));
        assert!(!HashedSecret::DUMMY.matches(&PlainSecret::presented(String::new())));
        assert!(HashedSecret::from_bytes(&[0; 31]).is_none());
    }
}
