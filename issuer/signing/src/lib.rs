//! Generates the issuer's signing keys, opens them from the secrets that are sealed in the database, and verifies what they signed.
//!
//! Keys for HS256, ES256 and `EdDSA` are 32 bytes, keys for RS256 are PKCS#8. `postern_token` signs with HS256, AWS-LC with `EdDSA` and
//! RS256. With ES256, AWS-LC signs access tokens, and `postern_token` bundles and status lists, which must be the same bytes from every
//! process.

#![forbid(unsafe_code)]

mod ed25519;
mod es256;
mod known;
mod rsa;
mod verify;

use std::sync::Arc;

use postern_token::{Algorithm, Claims, KeyError, Kid, SignError, SigningKey, UnsignedToken, check_token_length};
use thiserror::Error;
use zeroize::Zeroizing;

use postern_secrets::{Entropy, EntropyError, random_bytes};

pub use known::KnownSignatures;
use verify::LibraryVerifier;

/// The length in bytes of a secret for HS256, ES256 or `EdDSA`.
const SECRET_LEN: usize = 32;

/// The length of a key id in characters.
pub const KID_LEN: usize = 16;

/// The maximum number of attempts to generate a secret. About one random secret in 2^32 is invalid for ES256.
const MAX_ATTEMPTS: usize = 4;

/// The reason why no signing key could be generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GenerateError {
    /// The random source failed, or gave no valid secret.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// AWS-LC could not generate an RSA key.
    #[error("cannot generate an RSA key")]
    Rsa,
}

/// Generates a signing key. Returns the key, and the secret from which [`open`] opens it again.
///
/// The secret is 32 bytes; for RS256 it is a key of 2048 bits in PKCS#8 (DER).
///
/// An RSA key takes about 0.1 seconds, sometimes a whole second, so generate it before a transaction begins. RSA keys do not use
/// `entropy`, because AWS-LC accepts no random source but its own.
pub fn generate(
    algorithm: Algorithm,
    kid: Kid<'static>,
    entropy: &dyn Entropy,
) -> Result<(SigningKey, Zeroizing<Vec<u8>>), GenerateError> {
    if algorithm == Algorithm::Rs256 {
        return rsa::generate(kid);
    }
    for _ in 0..MAX_ATTEMPTS {
        let secret = random_bytes::<SECRET_LEN>(entropy)?;
        if let Ok(key) = open(algorithm, kid.clone(), &*secret) {
            return Ok((key, Zeroizing::new(secret.to_vec())));
        }
    }
    Err(EntropyError.into())
}

/// Opens a signing key from its secret, in the form that [`generate`] returns for the algorithm. Never panics.
pub fn open(algorithm: Algorithm, kid: Kid<'static>, secret: &[u8]) -> Result<SigningKey, KeyError> {
    match algorithm {
        Algorithm::Rs256 => rsa::open(kid, secret),
        Algorithm::EdDsa => ed25519::open(kid, secret),
        Algorithm::Hs256 | Algorithm::Es256 => SigningKey::new(algorithm, kid, secret),
    }
}

/// Opens a key as [`open`] does, but to sign access tokens, of which there are many: as fast as possible. The same claims may give another
/// signature with ES256, and these signatures become known.
pub fn open_for_tokens(
    algorithm: Algorithm,
    kid: Kid<'static>,
    secret: &[u8],
    known: &Arc<KnownSignatures>,
) -> Result<SigningKey, KeyError> {
    match algorithm {
        Algorithm::Es256 => es256::open(kid, secret, Arc::clone(known)),
        other => open(other, kid, secret),
    }
}

/// Checks that a token with `claims` is short enough for every algorithm, with a key id as long as `kid`.
///
/// RS256 decides: its signature has 256 bytes, at least four times as many as the others.
pub fn check_mintable(claims: &Claims<'_>, kid: &Kid<'_>) -> Result<(), SignError> {
    check_token_length(claims, kid, rsa::SIGNATURE_LEN)
}

/// Prepares a token with `claims` for its signature. Fails if the token would be too long with a key of any algorithm.
pub fn prepare(key: &SigningKey, claims: &Claims<'_>) -> Result<UnsignedToken, SignError> {
    let token = key.prepare(claims)?;
    token.check_length(rsa::SIGNATURE_LEN)?;
    Ok(token)
}

#[cfg(test)]
mod tests;
