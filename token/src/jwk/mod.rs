//! Keys as JWK (RFC 7517), each pinned to one algorithm.

mod algorithm;
mod der;
mod document;
mod rsa;
#[cfg(test)]
mod tests;
mod verifying;
#[cfg(test)]
mod wycheproof;

pub use algorithm::Algorithm;
pub use document::{JwkDocument, JwkMaterial};
pub(crate) use verifying::keyed;
pub use verifying::{KeyFingerprint, SignatureCheck, SoftwareVerifier, Verifier, VerifyingKey};

use thiserror::Error;

use crate::repeated::repeated;

/// The shortest HMAC key in bytes: as long as the hash that it keys (RFC 7518 section 3.2).
pub const MIN_HMAC_KEY_LEN: usize = 32;

/// Why a JWK cannot be used. Each names the field that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// `kty` does not match `alg`.
    #[error("`kty` and `alg` must be `oct` and HS256, `EC` and ES256, `OKP` and EdDSA, or `RSA` and RS256")]
    Type,
    /// `kid` is not an identifier.
    #[error("`kid` must be 1 to 255 printable ASCII characters")]
    Kid,
    /// `use` is not `sig`.
    #[error("`use` must be `sig`")]
    Usage,
    /// A member that holds key material is not base64url.
    #[error("a member that holds the key (`k`, `x`, `y`, `n`, `e`) is not base64url without padding")]
    Encoding,
    /// `k` is too short.
    #[error("`k` must hold at least 32 bytes (RFC 7518 section 3.2)")]
    Short,
    /// `k` holds nothing but zeros.
    #[error("`k` holds only zeros: it was never filled with random bytes")]
    Zeros,
    /// `crv` is not the curve of the algorithm.
    #[error("`crv` must be `P-256` for ES256 and `Ed25519` for EdDSA")]
    Curve,
    /// `x` and `y` are not a valid public key.
    #[error("`x` and `y` must be a point on the curve that is not of small order, each coordinate of 32 bytes")]
    Point,
    /// `n` is too short or too long.
    #[error("`n` must be an odd number of 2048 to 4096 bits, without leading zeros (RFC 7518 section 3.3)")]
    Modulus,
    /// `n` was made by a generator with a known flaw (CVE-2017-15361, ROCA): its factors can be found.
    #[error(
        "`n` has the flaw of CVE-2017-15361 (ROCA), so its private key can be computed: generate a new key with other software"
    )]
    WeakModulus,
    /// `e` is not an accepted exponent.
    #[error("`e` must be an odd number from 3 to 2^32 - 1, without leading zeros")]
    Exponent,
    /// The secret key does not fit the algorithm.
    #[error("the secret key does not fit the algorithm")]
    Secret,
    /// Two keys have the same name.
    #[error("two keys of the set have the same `kid`")]
    Repeated,
}

/// One issuer's verifying keys, found by name.
#[derive(Debug, Clone, Default)]
pub struct KeySet(Vec<VerifyingKey>);

impl KeySet {
    /// Collects keys; an error if two have the same name.
    pub fn new(keys: Vec<VerifyingKey>) -> Result<Self, KeyError> {
        if !repeated(&mut keys.iter().map(|key| key.kid.as_str())).is_empty() {
            return Err(KeyError::Repeated);
        }
        Ok(Self(keys))
    }

    /// The key with that name.
    pub fn find(&self, kid: &str) -> Option<&VerifyingKey> {
        self.0.iter().find(|key| key.kid.as_str() == kid)
    }

    /// The names of the keys.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.kid.as_str())
    }

    /// Whether the key with that fingerprint is in the set.
    pub fn holds(&self, fingerprint: KeyFingerprint) -> bool {
        self.0.iter().any(|key| key.fingerprint() == fingerprint)
    }
}
