//! Makes tokens: claims, put in compact form (RFC 7515 section 7.1) and signed. Every algorithm here signs deterministically
//! (ECDSA after RFC 6979), so that a token can be made again from what is known of it.

use std::fmt;

use ed25519_dalek::Signer as _;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::base64url;
use crate::claims::Claims;
use crate::identifier::Kid;
use crate::jwk::{Algorithm, JwkDocument, JwkMaterial, KeyError, keyed};
use crate::jws::MAX_TOKEN_LEN;

/// A key that signs.
pub struct SigningKey {
    kid: Kid<'static>,
    material: Material,
}

enum Material {
    Hs256 { keyed: Hmac<Sha256>, secret: Zeroizing<Vec<u8>> },
    Es256(Box<p256::ecdsa::SigningKey>),
    EdDsa(Box<ed25519_dalek::SigningKey>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = self.algorithm();
        formatter.debug_struct("SigningKey").field("kid", &self.kid).field("algorithm", &algorithm).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A key from bytes that nobody can guess: at least [`crate::MIN_HMAC_KEY_LEN`] for HS256, and for the others exactly 32. One
    /// in 2^32 of those is no key for ES256; then draw again. RS256 cannot sign here: no implementation in Rust alone is
    /// known to keep its key from whoever can measure time (RUSTSEC-2023-0071).
    pub fn new(algorithm: Algorithm, kid: Kid<'static>, secret: &[u8]) -> Result<Self, KeyError> {
        let material = match algorithm {
            Algorithm::Hs256 => Material::Hs256 { keyed: keyed(secret)?, secret: Zeroizing::new(secret.to_vec()) },
            Algorithm::Es256 => {
                Material::Es256(Box::new(p256::ecdsa::SigningKey::from_slice(secret).map_err(|_| KeyError::Secret)?))
            }
            Algorithm::EdDsa => {
                let seed = <&[u8; 32]>::try_from(secret).map_err(|_| KeyError::Secret)?;
                Material::EdDsa(Box::new(ed25519_dalek::SigningKey::from_bytes(seed)))
            }
            Algorithm::Rs256 => return Err(KeyError::Secret),
        };
        Ok(Self { kid, material })
    }

    /// An HMAC key from at least [`crate::MIN_HMAC_KEY_LEN`] bytes that nobody can guess.
    pub fn hs256(kid: Kid<'static>, secret: &[u8]) -> Result<Self, KeyError> {
        Self::new(Algorithm::Hs256, kid, secret)
    }

    /// The key's name.
    pub const fn kid(&self) -> &Kid<'static> {
        &self.kid
    }

    /// The key's one algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::Hs256 { .. } => Algorithm::Hs256,
            Material::Es256(_) => Algorithm::Es256,
            Material::EdDsa(_) => Algorithm::EdDsa,
        }
    }

    /// The key with which edges verify what this one signs. With HS256 that is the same key; with the others a public one.
    pub fn verifying_document(&self) -> JwkDocument {
        let material = match &self.material {
            Material::Hs256 { secret, .. } => return JwkDocument::hs256(&self.kid, secret),
            Material::Es256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let coordinate = |bytes: Option<_>| bytes.map(|bytes: &p256::FieldBytes| base64url::encode(bytes));
                let (x, y) = (coordinate(point.x()), coordinate(point.y()));
                JwkMaterial::Ec { crv: "P-256".into(), x: x.unwrap_or_default(), y: y.unwrap_or_default() }
            }
            Material::EdDsa(key) => {
                JwkMaterial::Okp { crv: "Ed25519".into(), x: base64url::encode(key.verifying_key().as_bytes()) }
            }
        };
        JwkDocument::new(&self.kid, self.algorithm(), material)
    }

    /// The access token (`typ` `at+jwt`, RFC 9068 section 2.1) that holds `claims`. The same claims give the same token.
    pub fn sign(&self, claims: &Claims<'_>) -> Result<AccessToken, SignError> {
        let payload = serde_json::to_vec(claims).map_err(|_| SignError::Claims)?;
        let token = Zeroizing::new(self.sign_payload("at+jwt", &payload)?);
        if token.len() > MAX_TOKEN_LEN {
            return Err(SignError::TooLong);
        }
        Ok(AccessToken(token))
    }

    /// A JWT of type `typ` that holds `payload`.
    pub(crate) fn sign_payload(&self, typ: &str, payload: &[u8]) -> Result<String, SignError> {
        let header = Header { alg: self.algorithm(), typ, kid: self.kid.as_str() };
        let header = serde_json::to_vec(&header).map_err(|_| SignError::Claims)?;
        let mut token = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 128);
        base64url::encode_into(&header, &mut token);
        token.push('.');
        base64url::encode_into(payload, &mut token);
        let signature = self.sign_bytes(token.as_bytes());
        token.push('.');
        base64url::encode_into(&signature, &mut token);
        Ok(token)
    }

    fn sign_bytes(&self, message: &[u8]) -> Vec<u8> {
        match &self.material {
            Material::Hs256 { keyed, .. } => keyed.clone().chain_update(message).finalize().into_bytes().to_vec(),
            Material::Es256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Material::EdDsa(key) => key.sign(message).to_bytes().to_vec(),
        }
    }
}

#[derive(serde::Serialize)]
struct Header<'a> {
    alg: Algorithm,
    typ: &'a str,
    kid: &'a str,
}

/// Why claims cannot be made into a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignError {
    /// The token would be longer than an edge reads.
    #[error("the token would be longer than 16 KiB: it holds too many subscriptions, domains or address blocks")]
    TooLong,
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be written as JSON")]
    Claims,
}

/// A minted access token. It opens doors, so it does not show itself in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// The token in compact form, for the one who may have it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccessToken(…)")
    }
}
