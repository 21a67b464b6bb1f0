//! RS256 with AWS-LC, which keeps the time that it takes apart from the key; nothing in Rust alone is known to (RUSTSEC-2023-0071).

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use postern_token::{Algorithm, JwkMaterial, KeyError, Kid, SignError, Signer, SigningKey};
use zeroize::Zeroizing;

use super::GenerateError;

/// The size of the keys that are made here.
const SIZE: KeySize = KeySize::Rsa2048;

/// The length in bytes of the signatures of such a key.
pub(super) const SIGNATURE_LEN: usize = 256;

/// A new key and its PKCS#8. AWS-LC draws it from its own random source, which the operating system seeds.
pub(super) fn generate(kid: Kid<'static>) -> Result<(SigningKey, Zeroizing<Vec<u8>>), GenerateError> {
    #[allow(
        clippy::disallowed_methods,
        reason = "the library takes no random source, and this is the one place that makes RSA keys"
    )]
    let pair = KeyPair::generate(SIZE).map_err(|_| GenerateError::Rsa)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| GenerateError::Rsa)?;
    let secret = Zeroizing::new(der.as_ref().to_vec());
    let key = SigningKey::from_signer(kid, Arc::new(Rs256(pair))).map_err(|_| GenerateError::Rsa)?;
    Ok((key, secret))
}

/// The key that is written as `secret` in PKCS#8. Its parts are made sure to belong together.
pub(super) fn open(kid: Kid<'static>, secret: &[u8]) -> Result<SigningKey, KeyError> {
    // What the library has to say about a secret is not passed on.
    let pair = KeyPair::from_pkcs8(secret).map_err(|_| KeyError::Secret)?;
    SigningKey::from_signer(kid, Arc::new(Rs256(pair)))
}

struct Rs256(KeyPair);

impl Signer for Rs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Rs256
    }

    fn verifying_material(&self) -> JwkMaterial {
        let key = self.0.public_key();
        JwkMaterial::rsa(key.modulus().big_endian_without_leading_zero(), key.exponent().big_endian_without_leading_zero())
    }

    /// RSASSA-PKCS1-v1_5 has nothing random in it (RFC 8017 section 8.2.1); the library asks for a random source and does not use it.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| SignError::Key)?;
        Ok(signature)
    }
}
