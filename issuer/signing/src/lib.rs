//! The issuer's own signing keys: drawn, and opened from the secret that is sealed in the database.
//!
//! HS256, ES256 and `EdDSA` sign in `postern_token`, from 32 bytes. RS256 signs in `rsa`, from a key in PKCS#8.

#![forbid(unsafe_code)]

mod rsa;

use postern_token::{Algorithm, Claims, KeyError, Kid, SignError, SigningKey, UnsignedToken, check_token_length};
use thiserror::Error;
use zeroize::Zeroizing;

use postern_secrets::{Entropy, EntropyError, random_bytes};

/// The length in bytes of every secret that is no RSA key.
const SECRET_LEN: usize = 32;

/// The length of a key's name in characters.
pub const KID_LEN: usize = 16;

/// How often a secret is drawn at most. One in 2^32 is none for ES256.
const DRAWS: usize = 4;

/// Why no key could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GenerateError {
    /// There are no random bytes to make it of.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The library makes no RSA key.
    #[error("no RSA key could be made")]
    Rsa,
}

/// Makes a key, and says by which secret [`open`] opens it again: 32 bytes, or for RS256 a key of 2048 bits in PKCS#8 (DER).
///
/// An RSA key takes a tenth of a second, and now and then a whole one: make it before a transaction begins. It is also the one
/// thing that is not drawn from `entropy`: the library that makes it takes no random source but its own.
pub fn generate(
    algorithm: Algorithm,
    kid: Kid<'static>,
    entropy: &dyn Entropy,
) -> Result<(SigningKey, Zeroizing<Vec<u8>>), GenerateError> {
    if algorithm == Algorithm::Rs256 {
        return rsa::generate(kid);
    }
    for _ in 0..DRAWS {
        let secret = random_bytes::<SECRET_LEN>(entropy)?;
        if let Ok(key) = SigningKey::new(algorithm, kid.clone(), &*secret) {
            return Ok((key, Zeroizing::new(secret.to_vec())));
        }
    }
    Err(EntropyError.into())
}

/// The key that `secret` is, in the form in which [`generate`] gives it for the algorithm. It never panics, whatever `secret` is.
pub fn open(algorithm: Algorithm, kid: Kid<'static>, secret: &[u8]) -> Result<SigningKey, KeyError> {
    match algorithm {
        Algorithm::Rs256 => rsa::open(kid, secret),
        Algorithm::Hs256 | Algorithm::Es256 | Algorithm::EdDsa => SigningKey::new(algorithm, kid, secret),
    }
}

/// Makes sure that any key made here under a name as long as `kid` can mint the token that holds `claims`, of whichever
/// algorithm it is: an RS256 signature takes 256 bytes, four times as many as the others.
pub fn check_mintable(claims: &Claims<'_>, kid: &Kid<'_>) -> Result<(), SignError> {
    check_token_length(claims, kid, rsa::SIGNATURE_LEN)
}

/// The token that holds `claims`, ready to be signed, when any key made here could mint it.
pub fn prepare(key: &SigningKey, claims: &Claims<'_>) -> Result<UnsignedToken, SignError> {
    let token = key.prepare(claims)?;
    token.check_length(rsa::SIGNATURE_LEN)?;
    Ok(token)
}

#[cfg(test)]
mod tests;
