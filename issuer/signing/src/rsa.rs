//! RS256 with AWS-LC, whose signing time does not depend on the key. No pure Rust implementation is known to achieve this
//! (RUSTSEC-2023-0071).

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use postern_token::{Algorithm, JwkMaterial, KeyError, Kid, SignError, Signer, SigningKey};
use zeroize::Zeroizing;

use super::GenerateError;

/// The size of new keys.
const SIZE: KeySize = KeySize::Rsa2048;

/// The length in bytes of a signature of a new key.
pub(super) const SIGNATURE_LEN: usize = 256;

/// Generates a key and its PKCS#8. AWS-LC uses its own random source, which the operating system seeds.
pub(super) fn generate(kid: Kid<'static>) -> Result<(SigningKey, Zeroizing<Vec<u8>>), GenerateError> {
    #[allow(
        clippy::disallowed_methods,
        reason = "the library accepts no random source, and this is the only function that generates RSA keys"
    )]
    let pair = KeyPair::generate(SIZE).map_err(|_| GenerateError::Rsa)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| GenerateError::Rsa)?;
    let secret = Zeroizing::new(der.as_ref().to_vec());
    let key = SigningKey::from_signer(kid, Arc::new(Rs256(pair))).map_err(|_| GenerateError::Rsa)?;
    Ok((key, secret))
}

/// Opens a key from its PKCS#8. AWS-LC checks that the parts of the key belong together.
pub(super) fn open(kid: Kid<'static>, secret: &[u8]) -> Result<SigningKey, KeyError> {
    // The library's error is dropped, because it describes the secret.
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

    /// RSASSA-PKCS1-v1_5 is deterministic (RFC 8017 section 8.2.1). The library requires a random source and does not use it.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| SignError::Key)?;
        Ok(signature)
    }
}
