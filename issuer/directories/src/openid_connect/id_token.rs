//! Verifies ID tokens (`OpenID` Connect Core 1.0, section 3.1.3.7).

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use postern_token::UnixSeconds;
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

/// The longest ID token that is read, in bytes.
const MAX_LEN: usize = 64 * 1024;

/// The most keys of a provider that are read.
const MAX_KEYS: usize = 100;

/// The seconds by which the clocks of provider and issuer may differ.
const LEEWAY: u64 = 60;

/// The longest `sub` (`OpenID` Connect Core 1.0, section 2).
const MAX_SUBJECT_LEN: usize = 255;

/// The algorithms that are accepted: signatures with a public key only. `none` is no signature, and with `HS256` and the like whoever knows
/// the client's secret could sign.
const ALGORITHMS: [(&str, Algorithm); 9] = [
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

/// Why an ID token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages are the documentation")]
pub enum IdTokenError {
    #[error("it is longer than 64 KiB")]
    TooLong,
    #[error("it is not a JWT with a known algorithm")]
    Malformed,
    #[error("its `alg` is not a public-key algorithm such as RS256 or ES256")]
    Algorithm,
    #[error("the provider publishes no key with its `kid` and algorithm")]
    UnknownKey,
    #[error("its signature does not match")]
    Signature,
    #[error("its `iss` is not the configured `issuer`")]
    Issuer,
    #[error("its `aud` does not name this client alone, or its `azp` names another client")]
    Audience,
    #[error("it has expired, or has no `exp`")]
    Expired,
    #[error("its `iat` is missing or in the future, or its `nbf` is in the future")]
    NotYet,
    #[error("its `nonce` is not that of this sign-in")]
    Nonce,
    #[error("its `sub` is missing, or is not 1 to 255 visible ASCII characters")]
    Subject,
}

/// What an ID token must be for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: UnixSeconds,
}

/// The claims of a verified ID token.
#[derive(Debug)]
pub(super) struct IdToken {
    pub(super) subject: String,
    pub(super) claims: Map<String, Value>,
}

/// The public keys that a provider signs with.
#[derive(Debug)]
pub(super) struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    kid: Option<String>,
    /// The one algorithm that the key is for, if it says so.
    alg: Option<String>,
    material: DecodingKey,
}

#[derive(Deserialize)]
struct KeysDocument {
    keys: Vec<Value>,
}

impl Keys {
    /// Reads a JWK Set (RFC 7517 section 5). Keys that are not for public-key signatures are left out.
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        let KeysDocument { keys } = serde_json::from_slice(json).ok()?;
        Some(Self(keys.iter().take(MAX_KEYS).filter_map(Key::read).collect()))
    }

    /// The keys that may have signed a token with that `kid`. Without a `kid`, a provider must have only one key for the algorithm (`OpenID`
    /// Connect Core 1.0, section 10.1).
    fn candidates(&self, kid: Option<&str>, name: &str, algorithm: Algorithm) -> Vec<&Key> {
        let fits = |key: &&Key| key.material.family() == algorithm.family() && key.alg.as_deref().is_none_or(|alg| alg == name);
        let of_algorithm = self.0.iter().filter(fits);
        match kid {
            Some(kid) => of_algorithm.filter(|key| key.kid.as_deref() == Some(kid)).collect(),
            None => Some(of_algorithm.collect()).filter(|keys: &Vec<_>| keys.len() == 1).unwrap_or_default(),
        }
    }
}

impl Key {
    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        if text("kty") == Some("oct") || text("use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        // Only the members of the key itself, so that an unknown value elsewhere does not make the key unusable.
        let members = ["kty", "crv", "x", "y", "n", "e"];
        let bare: Map<String, Value> =
            members.iter().filter_map(|name| Some(((*name).to_owned(), value.get(*name)?.clone()))).collect();
        let jwk: Jwk = serde_json::from_value(Value::Object(bare)).ok()?;
        let material = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self { kid: text("kid").map(str::to_owned), alg: text("alg").map(str::to_owned), material })
    }
}

/// Verifies an ID token and returns its claims.
pub(super) fn verify(token: &str, keys: &Keys, expected: Expected<'_>) -> Result<IdToken, IdTokenError> {
    if token.len() > MAX_LEN {
        return Err(IdTokenError::TooLong);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| IdTokenError::Malformed)?;
    // An extension that we do not know could change what the token is (RFC 7515 section 4.1.11).
    if header.crit.is_some() || header.enc.is_some() || header.zip.is_some() {
        return Err(IdTokenError::Malformed);
    }
    let known = ALGORITHMS.into_iter().find(|(_, algorithm)| *algorithm == header.alg);
    let (name, algorithm) = known.ok_or(IdTokenError::Algorithm)?;
    let candidates = keys.candidates(header.kid.as_deref(), name, algorithm);
    if candidates.is_empty() {
        return Err(IdTokenError::UnknownKey);
    }
    let mut validation = Validation::new(algorithm);
    // The claims are checked below: the library would read the clock.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    let verified = candidates.into_iter().find_map(|key| jsonwebtoken::decode(token, &key.material, &validation).ok());
    check(verified.ok_or(IdTokenError::Signature)?.claims, expected)
}

fn check(claims: Map<String, Value>, expected: Expected<'_>) -> Result<IdToken, IdTokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(Value::as_u64);
    let Expected { issuer, client_id, nonce, now } = expected;
    if text("iss") != Some(issuer) {
        return Err(IdTokenError::Issuer);
    }
    let audiences: Vec<Option<&str>> = match claims.get("aud") {
        Some(Value::Array(list)) => list.iter().map(Value::as_str).collect(),
        Some(one) => vec![one.as_str()],
        None => Vec::new(),
    };
    // With several audiences, the token must say that it was issued for this client.
    let issued_for = match claims.get("azp") {
        None => audiences.len() == 1,
        Some(azp) => azp.as_str() == Some(client_id),
    };
    if !issued_for || !audiences.contains(&Some(client_id)) {
        return Err(IdTokenError::Audience);
    }
    if time("exp").is_none_or(|exp| exp.saturating_add(LEEWAY) <= now.0) {
        return Err(IdTokenError::Expired);
    }
    let latest = now.0.saturating_add(LEEWAY);
    if time("iat").is_none_or(|iat| iat > latest) || (claims.contains_key("nbf") && time("nbf").is_none_or(|nbf| nbf > latest)) {
        return Err(IdTokenError::NotYet);
    }
    if text("nonce") != Some(nonce) {
        return Err(IdTokenError::Nonce);
    }
    let is_subject =
        |sub: &&str| (1..=MAX_SUBJECT_LEN).contains(&sub.len()) && sub.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let subject = text("sub").filter(is_subject).ok_or(IdTokenError::Subject)?.to_owned();
    Ok(IdToken { subject, claims })
}

#[cfg(test)]
mod tests;
