//! The signers in pure Rust, which work wherever this crate builds.

use std::sync::Arc;

use ed25519_dalek::Signer as _;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{SignError, Signer};
use crate::jwk::{Algorithm, JwkMaterial, KeyError, keyed};

/// The signer for the key `secret`; [`super::SigningKey::new`] says what it must be.
pub(super) fn signer(algorithm: Algorithm, secret: &[u8]) -> Result<Arc<dyn Signer>, KeyError> {
    match algorithm {
        Algorithm::Hs256 => Ok(Arc::new(Hs256 { keyed: keyed(secret)?, secret: Zeroizing::new(secret.to_vec()) })),
        Algorithm::Es256 => {
            let key = p256::ecdsa::SigningKey::from_slice(secret).map_err(|_| KeyError::Secret)?;
            Ok(Arc::new(Es256(key)))
        }
        Algorithm::EdDsa => {
            let seed = <&[u8; 32]>::try_from(secret).map_err(|_| KeyError::Secret)?;
            Ok(Arc::new(EdDsa(ed25519_dalek::SigningKey::from_bytes(seed))))
        }
        Algorithm::Rs256 => Err(KeyError::Secret),
    }
}

struct Hs256 {
    keyed: Hmac<Sha256>,
    secret: Zeroizing<Vec<u8>>,
}

impl Signer for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Hs256
    }

    fn verifying_material(&self) -> JwkMaterial {
        JwkMaterial::oct(&self.secret)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(self.keyed.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

struct Es256(p256::ecdsa::SigningKey);

impl Signer for Es256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn verifying_material(&self) -> JwkMaterial {
        JwkMaterial::p256(self.0.verifying_key().to_sec1_point(false).as_bytes())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signature: p256::ecdsa::Signature = self.0.sign(message);
        Ok(signature.to_bytes().to_vec())
    }
}

struct EdDsa(ed25519_dalek::SigningKey);

impl Signer for EdDsa {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDsa
    }

    fn verifying_material(&self) -> JwkMaterial {
        JwkMaterial::ed25519(self.0.verifying_key().as_bytes())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(self.0.sign(message).to_bytes().to_vec())
    }
}
