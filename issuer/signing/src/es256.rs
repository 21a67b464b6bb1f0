//! ES256 with AWS-LC, in a fifth of the time of `token`'s own code.
//!
//! Its signatures are random (FIPS 186-5 section 6.3), so a token that is made again may have another signature. Either is valid. A key
//! remembers the signatures that it made last, so that one process mostly answers with the same bytes: edges find them in their caches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use postern_token::{Algorithm, JwkMaterial, KeyError, Kid, SignError, Signer, SigningKey};

use super::SECRET_LEN;
use super::known::{KnownSignatures, digest_of};

/// The length in bytes of a signature (RFC 7518 section 3.4).
const SIGNATURE_LEN: usize = 64;

/// How many signatures a generation holds; a key remembers at most two of them, in about one megabyte.
const GENERATION: usize = 4096;

/// Opens a key from its secret. The signatures that it makes become known.
pub(super) fn open(kid: Kid<'static>, secret: &[u8], known: Arc<KnownSignatures>) -> Result<SigningKey, KeyError> {
    let secret: &[u8; SECRET_LEN] = secret.try_into().map_err(|_| KeyError::Secret)?;
    // Both libraries' errors are dropped, because they describe the secret.
    let public = p256::ecdsa::SigningKey::from_slice(secret).map_err(|_| KeyError::Secret)?;
    let point = public.verifying_key().to_sec1_point(false);
    let pair = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, secret, point.as_bytes());
    let pair = pair.map_err(|_| KeyError::Secret)?;
    let public: PublicKeyX509Der<'static> = pair.public_key().as_der().map_err(|_| KeyError::Point)?;
    let public = public.as_ref().to_vec();
    SigningKey::from_signer(kid, Arc::new(Es256 { pair, public, made: Mutex::default(), known }))
}

struct Es256 {
    pair: EcdsaKeyPair,
    /// The public key in DER.
    public: Vec<u8>,
    made: Mutex<Signatures>,
    known: Arc<KnownSignatures>,
}

impl Signer for Es256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn verifying_material(&self) -> JwkMaterial {
        JwkMaterial::p256(self.pair.public_key().as_ref())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let message_digest = digest(&SHA256, message);
        let key: [u8; 32] = message_digest.as_ref().try_into().map_err(|_| SignError::Key)?;
        if let Some(signature) = self.made().find(&key) {
            return Ok(signature.to_vec());
        }
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| SignError::Key)?;
        let signature: [u8; SIGNATURE_LEN] = signature.as_ref().try_into().map_err(|_| SignError::Key)?;
        self.known.add(digest_of(&self.public, &message_digest, &signature));
        // Another thread may have signed the same meanwhile: both answer with the signature that was first.
        Ok(self.made().keep(key, signature).to_vec())
    }
}

impl Es256 {
    fn made(&self) -> std::sync::MutexGuard<'_, Signatures> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The signatures that were used last, by the digest of what they sign. When the newer generation is full, the older one is forgotten.
#[derive(Default)]
struct Signatures {
    newer: HashMap<[u8; 32], [u8; SIGNATURE_LEN]>,
    older: HashMap<[u8; 32], [u8; SIGNATURE_LEN]>,
}

impl Signatures {
    fn find(&mut self, digest: &[u8; 32]) -> Option<[u8; SIGNATURE_LEN]> {
        if let Some(signature) = self.newer.get(digest) {
            return Some(*signature);
        }
        let signature = self.older.remove(digest)?;
        Some(self.keep(*digest, signature))
    }

    /// Remembers a signature, unless there is one already. Returns the one that is remembered.
    fn keep(&mut self, digest: [u8; 32], signature: [u8; SIGNATURE_LEN]) -> [u8; SIGNATURE_LEN] {
        if self.newer.len() >= GENERATION {
            self.older = std::mem::take(&mut self.newer);
        }
        *self.newer.entry(digest).or_insert(signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounded_number_of_signatures_is_remembered() {
        let mut made = Signatures::default();
        let digest = |number: usize| {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&number.to_le_bytes());
            digest
        };
        let used_often = digest(0);
        made.keep(used_often, [9; SIGNATURE_LEN]);
        for number in 1..=10 * GENERATION {
            assert_eq!(made.keep(digest(number), [1; SIGNATURE_LEN]), [1; SIGNATURE_LEN]);
            assert_eq!(made.find(&used_often), Some([9; SIGNATURE_LEN]));
            assert!(made.newer.len() + made.older.len() <= 2 * GENERATION);
        }
        assert_eq!(made.keep(used_often, [2; SIGNATURE_LEN]), [9; SIGNATURE_LEN]);
        assert_eq!(made.find(&digest(10 * GENERATION)), Some([1; SIGNATURE_LEN]));
        assert_eq!(made.find(&digest(1)), None);
    }
}
