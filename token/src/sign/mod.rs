//! Makes tokens: claims, put in compact form (RFC 7515 section 7.1) and signed. Every signer here is deterministic (ECDSA after RFC 6979).

mod software;

use std::fmt;
use std::sync::Arc;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::base64url;
use crate::claims::Claims;
use crate::identifier::Kid;
use crate::jwk::{Algorithm, JwkDocument, JwkMaterial, KeyError, VerifyingKey};
use crate::jws::MAX_TOKEN_LEN;

/// A private key, wherever it is stored. This crate has three signers, in pure Rust; for any other, implement this trait and make a
/// [`SigningKey`] from it.
pub trait Signer: Send + Sync {
    /// The key's one algorithm, always the same.
    fn algorithm(&self) -> Algorithm;

    /// The key that verifies what this one signs, always the same. It must be of the algorithm's type, and public
    /// unless the algorithm has no public keys.
    fn verifying_material(&self) -> JwkMaterial;

    /// The signature over `message`, in the form of a JWS (RFC 7518 section 3, RFC 8037 section 3.1). The same message need not give
    /// the same signature.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// A key that signs, with its name. A clone is the same key.
#[derive(Clone)]
pub struct SigningKey {
    kid: Kid<'static>,
    signer: Arc<dyn Signer>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = self.algorithm();
        formatter.debug_struct("SigningKey").field("kid", &self.kid).field("algorithm", &algorithm).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A key from random secret bytes: at least [`crate::MIN_HMAC_KEY_LEN`] for HS256, and exactly 32 for the others. One in
    /// 2^32 of those is not a valid key for ES256; then draw new bytes. RS256 is refused: no pure Rust implementation is
    /// known to resist timing attacks (RUSTSEC-2023-0071). Pass another implementation to [`Self::from_signer`].
    pub fn new(algorithm: Algorithm, kid: Kid<'static>, secret: &[u8]) -> Result<Self, KeyError> {
        Ok(Self { kid, signer: software::signer(algorithm, secret)? })
    }

    /// A key with its own [`Signer`]. It is refused if edges would refuse its verifying key, so no key signs here that is too
    /// weak or of another type than its algorithm.
    pub fn from_signer(kid: Kid<'static>, signer: Arc<dyn Signer>) -> Result<Self, KeyError> {
        let key = Self { kid, signer };
        VerifyingKey::try_from(&key.verifying_document())?;
        Ok(key)
    }

    /// An HMAC key from at least [`crate::MIN_HMAC_KEY_LEN`] random secret bytes.
    pub fn hs256(kid: Kid<'static>, secret: &[u8]) -> Result<Self, KeyError> {
        Self::new(Algorithm::Hs256, kid, secret)
    }

    /// The key's name.
    pub const fn kid(&self) -> &Kid<'static> {
        &self.kid
    }

    /// The key's one algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.signer.algorithm()
    }

    /// The key with which edges verify what this one signs. With HS256 that is the same key; with the others a public one.
    pub fn verifying_document(&self) -> JwkDocument {
        JwkDocument::new(&self.kid, self.algorithm(), self.signer.verifying_material())
    }

    /// The access token (`typ` `at+jwt`, RFC 9068 section 2.1) that holds `claims`. The same claims give the same token.
    pub fn sign(&self, claims: &Claims<'_>) -> Result<AccessToken, SignError> {
        self.prepare(claims)?.sign()
    }

    /// The same, without the signature.
    pub fn prepare(&self, claims: &Claims<'_>) -> Result<UnsignedToken, SignError> {
        Ok(UnsignedToken { text: signing_input(claims, self.algorithm(), &self.kid)?, key: self.clone() })
    }

    /// A JWT of type `typ` that holds `payload`.
    pub(crate) fn sign_payload(&self, typ: &str, payload: &[u8]) -> Result<String, SignError> {
        let mut token = encoded(&Header { alg: self.algorithm(), typ, kid: self.kid.as_str() }, payload)?;
        self.append_signature(&mut token)?;
        Ok(token)
    }

    fn append_signature(&self, token: &mut String) -> Result<(), SignError> {
        let signature = self.signer.sign(token.as_bytes())?;
        token.push('.');
        base64url::encode_into(&signature, token);
        Ok(())
    }
}

/// An access token that lacks only its signature, and the key that will sign it.
#[derive(Clone)]
pub struct UnsignedToken {
    text: String,
    key: SigningKey,
}

impl UnsignedToken {
    /// The algorithm of the signature.
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// Makes sure that the token is short enough for an edge if its signature has `signature_len` bytes, with any key.
    pub fn check_length(&self, signature_len: usize) -> Result<(), SignError> {
        check_length(&self.text, signature_len)
    }

    /// Signs the token; the same claims give the same token.
    pub fn sign(self) -> Result<AccessToken, SignError> {
        let Self { text, key } = self;
        let mut token = Zeroizing::new(text);
        key.append_signature(&mut token)?;
        if token.len() > MAX_TOKEN_LEN {
            return Err(SignError::TooLong);
        }
        Ok(AccessToken(token))
    }
}

impl fmt::Debug for UnsignedToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UnsignedToken").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Makes sure that the access token that holds `claims` is short enough for an edge when a key of the name `kid` signs it
/// with signatures of `signature_len` bytes. No key is needed.
pub fn check_token_length(claims: &Claims<'_>, kid: &Kid<'_>, signature_len: usize) -> Result<(), SignError> {
    // The names of all algorithms have the same length.
    check_length(&signing_input(claims, Algorithm::default(), kid)?, signature_len)
}

fn check_length(signing_input: &str, signature_len: usize) -> Result<(), SignError> {
    // base64 without padding: four characters for three bytes; one or two remaining bytes take two or three characters.
    let signature = signature_len.saturating_mul(4).div_ceil(3);
    let len = signing_input.len().saturating_add(1).saturating_add(signature);
    if len > MAX_TOKEN_LEN { Err(SignError::TooLong) } else { Ok(()) }
}

/// The signing input of an access token (RFC 7515 section 5.1).
fn signing_input(claims: &Claims<'_>, alg: Algorithm, kid: &Kid<'_>) -> Result<String, SignError> {
    let payload = serde_json::to_vec(claims).map_err(|_| SignError::Claims)?;
    encoded(&Header { alg, typ: "at+jwt", kid: kid.as_str() }, &payload)
}

fn encoded(header: &Header<'_>, payload: &[u8]) -> Result<String, SignError> {
    let header = serde_json::to_vec(header).map_err(|_| SignError::Claims)?;
    let mut text = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 384);
    base64url::encode_into(&header, &mut text);
    text.push('.');
    base64url::encode_into(payload, &mut text);
    Ok(text)
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
    /// The signing key produced no signature.
    #[error("the signing key produced no signature")]
    Key,
}

/// A minted access token. It is a credential, so its `Debug` output does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// The token in compact form, for the client that may have it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccessToken(…)")
    }
}

#[cfg(test)]
mod tests;
