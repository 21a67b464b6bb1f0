//! The master key, which seals all secrets that must be read back.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError, random_bytes};

/// The master key: 32 bytes that are kept outside of the database, so that the database alone does not suffice to mint tokens.
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// The text is not a master key. The error never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the master key must be 32 bytes in base64url without padding, which are 43 characters")]
pub struct MasterKeyError;

impl MasterKey {
    /// Generates a random key.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        random_bytes(entropy).map(Self)
    }

    /// Parses a key in the form of [`MasterKey::encode`]. Leading and trailing white space is ignored, because files end in a
    /// line break.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| MasterKeyError)?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| MasterKeyError)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The key in base64url without padding: 43 characters.
    pub fn encode(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.0))
    }

    /// A keyed digest (HMAC-SHA-256) that identifies `content`.
    ///
    /// Without the master key, even a guess at `content` cannot be confirmed. `purpose` separates the digests of different
    /// uses and must not hold a NUL.
    pub fn digest(&self, purpose: &str, content: &[u8]) -> [u8; 32] {
        // HMAC accepts keys of any length, so this never fails.
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
