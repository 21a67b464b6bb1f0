//! Plain secrets, as their owners see and present them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError, random_bytes};

/// A secret as text. Its `Debug` output is redacted, and its memory is zeroed when it is dropped.
#[derive(Clone)]
pub struct PlainSecret(Zeroizing<String>);

impl PlainSecret {
    /// Generates a secret: `prefix` and 256 random bits in base64url. The prefix lets secret scanners identify the kind of
    /// secret.
    pub fn generate(prefix: &str, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let bytes = random_bytes::<32>(entropy)?;
        let mut text = Zeroizing::new(String::with_capacity(prefix.len() + 43));
        text.push_str(prefix);
        URL_SAFE_NO_PAD.encode_string(*bytes, &mut text);
        Ok(Self(text))
    }

    /// Wraps a secret that a caller has presented.
    pub fn presented(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text of the secret. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PlainSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PlainSecret(…)")
    }
}
