//! Keys as JWK (RFC 7517), each pinned to one algorithm.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::base64url;
use crate::identifier::{Identifier, Kid};
use crate::repeated::repeated;

/// The shortest HMAC key in bytes: as long as the hash that it keys (RFC 7518 section 3.2).
pub const MIN_HMAC_KEY_LEN: usize = 32;

/// What a key may be used with (RFC 7518 section 3.1). A key has exactly one, and a token's header never chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Algorithm {
    /// HMAC with SHA-256. Whoever can verify with it can also mint.
    #[default]
    #[serde(rename = "HS256")]
    Hs256,
}

impl Algorithm {
    /// The algorithm as the header parameter `alg` has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
        }
    }
}

/// A key as it stands in a bundle: `{"kty":"oct","kid":"k1","alg":"HS256","use":"sig","k":"…"}`.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
pub struct JwkDocument {
    /// The key's type; `oct` is the one there is.
    pub kty: String,
    /// The key's name.
    pub kid: String,
    /// The one algorithm that the key is for.
    pub alg: Algorithm,
    /// What the key is for: `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// The key itself, base64url.
    pub k: Zeroizing<String>,
}

impl fmt::Debug for JwkDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("JwkDocument").field("kid", &self.kid).field("alg", &self.alg).finish_non_exhaustive()
    }
}

impl JwkDocument {
    /// The document for an HMAC key.
    pub fn hs256(kid: &Kid<'_>, secret: &[u8]) -> Self {
        let mut k = String::with_capacity(secret.len().saturating_mul(4) / 3 + 4);
        base64url::encode_into(secret, &mut k);
        Self { kty: "oct".into(), kid: kid.as_str().into(), alg: Algorithm::Hs256, usage: "sig".into(), k: Zeroizing::new(k) }
    }
}

/// Why a JWK cannot be used. Each names the field that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// `kty` does not go with `alg`.
    #[error("`kty` must be `oct` for HS256")]
    Type,
    /// `kid` is no identifier.
    #[error("`kid` must be 1 to 255 printable ASCII characters")]
    Kid,
    /// `use` is not `sig`.
    #[error("`use` must be `sig`")]
    Usage,
    /// `k` is not base64url.
    #[error("`k` must be base64url without padding")]
    Encoding,
    /// `k` is too short.
    #[error("`k` must hold at least 32 bytes (RFC 7518 section 3.2)")]
    Short,
    /// Two keys have one name.
    #[error("`kid` stands in the key set twice")]
    Repeated,
}

/// A key that verifies. It keeps the keyed state, so that no request pays for it again.
#[derive(Clone)]
pub struct VerifyingKey {
    pub(crate) kid: Kid<'static>,
    pub(crate) hs256: Hmac<Sha256>,
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("VerifyingKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl VerifyingKey {
    /// The key's one algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        Algorithm::Hs256
    }

    /// Whether `signature` is this key's over `message`; compared in constant time.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.hs256.clone().chain_update(message).verify_slice(signature).is_ok()
    }
}

impl TryFrom<&JwkDocument> for VerifyingKey {
    type Error = KeyError;

    fn try_from(document: &JwkDocument) -> Result<Self, KeyError> {
        if document.kty != "oct" {
            return Err(KeyError::Type);
        }
        if document.usage != "sig" {
            return Err(KeyError::Usage);
        }
        let kid = Identifier::parse(document.kid.clone()).map_err(|_| KeyError::Kid)?;
        let secret = base64url::decode(document.k.as_bytes()).map(Zeroizing::new).ok_or(KeyError::Encoding)?;
        Ok(Self { kid, hs256: keyed(&secret)? })
    }
}

/// The keyed state that HMAC starts from.
pub(crate) fn keyed(secret: &[u8]) -> Result<Hmac<Sha256>, KeyError> {
    if secret.len() < MIN_HMAC_KEY_LEN {
        return Err(KeyError::Short);
    }
    // HMAC takes a key of any length; the length that is too short was refused above.
    Hmac::new_from_slice(secret).map_err(|_| KeyError::Short)
}

/// One issuer's verifying keys, found by name.
#[derive(Debug, Clone, Default)]
pub struct KeySet(Vec<VerifyingKey>);

impl KeySet {
    /// Collects keys, or says that two have one name.
    pub fn new(keys: Vec<VerifyingKey>) -> Result<Self, KeyError> {
        if !repeated(&mut keys.iter().map(|key| key.kid.as_str())).is_empty() {
            return Err(KeyError::Repeated);
        }
        Ok(Self(keys))
    }

    /// The key of that name.
    pub fn find(&self, kid: &str) -> Option<&VerifyingKey> {
        self.0.iter().find(|key| key.kid.as_str() == kid)
    }
}
