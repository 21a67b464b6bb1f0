//! Makes tokens: claims, put in compact form (RFC 7515 section 7.1) and signed.

use std::fmt;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::base64url;
use crate::claims::Claims;
use crate::identifier::Kid;
use crate::jwk::{Algorithm, JwkDocument, KeyError, VerifyingKey, keyed};
use crate::jws::MAX_TOKEN_LEN;

/// A key that signs.
pub struct SigningKey {
    kid: Kid<'static>,
    hs256: Hmac<Sha256>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// An HMAC key from at least [`crate::MIN_HMAC_KEY_LEN`] bytes that nobody can guess.
    pub fn hs256(kid: Kid<'static>, secret: &[u8]) -> Result<Self, KeyError> {
        Ok(Self { kid, hs256: keyed(secret)? })
    }

    /// The access token (`typ` `at+jwt`, RFC 9068 section 2.1) that holds `claims`. The same claims give the same token.
    pub fn sign(&self, claims: &Claims<'_>) -> Result<AccessToken, SignError> {
        let header = Header { alg: Algorithm::Hs256, typ: "at+jwt", kid: self.kid.as_str() };
        let header = serde_json::to_vec(&header).map_err(|_| SignError::Claims)?;
        let payload = serde_json::to_vec(claims).map_err(|_| SignError::Claims)?;
        let mut token = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 64);
        base64url::encode_into(&header, &mut token);
        token.push('.');
        base64url::encode_into(&payload, &mut token);
        let signature = self.hs256.clone().chain_update(token.as_bytes()).finalize().into_bytes();
        token.push('.');
        base64url::encode_into(&signature, &mut token);
        if token.len() > MAX_TOKEN_LEN {
            return Err(SignError::TooLong);
        }
        Ok(AccessToken(Zeroizing::new(token)))
    }
}

#[derive(serde::Serialize)]
struct Header<'a> {
    alg: Algorithm,
    typ: &'a str,
    kid: &'a str,
}

impl TryFrom<&JwkDocument> for SigningKey {
    type Error = KeyError;

    fn try_from(document: &JwkDocument) -> Result<Self, KeyError> {
        // A symmetric key that verifies can also sign.
        let VerifyingKey { kid, hs256 } = VerifyingKey::try_from(document)?;
        Ok(Self { kid, hs256 })
    }
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
