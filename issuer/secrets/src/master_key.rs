//! The key that seals every other secret that must be read back.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError, random_bytes};

/// 32 bytes that are kept outside the database: who has the database alone cannot mint.
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// Why a text is not a master key. It never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the master key must be 32 bytes in base64url without padding, which are 43 characters")]
pub struct MasterKeyError;

impl MasterKey {
    /// A new random key.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        random_bytes(entropy).map(Self)
    }

    /// Reads a key as [`MasterKey::encode`] writes it; white space around it does not count, as files end in a line break.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| MasterKeyError)?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| MasterKeyError)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The key as base64url, to be kept by the one who runs the issuer.
    pub fn encode(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.0))
    }

    /// A digest by which `content` is known again, and which tells nobody anything who has not this key: `content` may hold what can be guessed.
    /// `purpose` keeps digests apart that are made for different things.
    pub fn digest(&self, purpose: &str, content: &[u8]) -> [u8; 32] {
        // A key of any length will do.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(self.0.as_slice()) else { return [0; 32] };
        mac.chain_update(purpose).chain_update([0]).chain_update(content).finalize().into_bytes().into()
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MasterKey(…)")
    }
}
