//! A secret in the form that can only be compared.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::PlainSecret;

/// The SHA-256 of a secret of at least 256 random bits. One that people choose needs a slow hash instead; these cannot be
/// guessed, however fast the guessing is.
#[derive(Clone)]
pub struct HashedSecret([u8; 32]);

impl HashedSecret {
    /// A hash that no secret has been found to have. Comparing with it costs what comparing with a real one costs.
    pub const DUMMY: Self = Self([0; 32]);

    /// The hash of `secret`.
    pub fn of(secret: &PlainSecret) -> Self {
        Self(Sha256::digest(secret.expose().as_bytes()).into())
    }

    /// The hash that was kept as `bytes`, or `None` when they are not one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The hash, to be kept.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `secret` is the one that was hashed; takes the same time whatever the answer.
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
    fn matches_its_own_secret_only() {
        let hash = HashedSecret::of(&PlainSecret::presented("right".into()));
        assert!(hash.matches(&PlainSecret::presented("right".into())));
        assert!(!hash.matches(&PlainSecret::presented("wrong".into())));
        assert!(!hash.matches(&PlainSecret::presented(String::new())));
        assert!(!HashedSecret::DUMMY.matches(&PlainSecret::presented(String::new())));
        assert!(HashedSecret::from_bytes(&[0; 31]).is_none());
    }
}
