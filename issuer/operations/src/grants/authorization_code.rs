//! Exchanging an authorization code (RFC 6749 section 4.1.3) with its proof key (RFC 7636 section 4.6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::client::ClientProof;
use super::decision::Decision;
use super::issuance::{Basis, Spent};
use crate::error::GrantError;
use crate::{Act, Error};
use postern_model::{AuthorizationCode, GrantOrigin, Validity};
use postern_secrets::{HashedSecret, PlainSecret};

/// The request of a client.
#[derive(Debug, Clone)]
pub struct CodeGrant {
    /// The client.
    pub client: ClientProof,
    /// The code.
    pub code: PlainSecret,
    /// The redirect URI that the code was sent to.
    pub redirect_uri: String,
    /// The code verifier of the proof key.
    pub verifier: PlainSecret,
    /// The validity of the access token; `None` means the client's default.
    pub validity: Option<Validity>,
}

pub(super) const UNKNOWN: GrantError = GrantError::Invalid("the code is unknown, was used before, or has expired");

/// What a client's code leads to. A code is valid once: its second use ends the grant that came from it (RFC 6749 section 4.1.2).
pub(super) fn decide(act: &Act<'_>, asked: &CodeGrant, hash: &HashedSecret, code: AuthorizationCode) -> Result<Decision, Error> {
    if let Some(grant) = code.grant {
        return Ok(Decision::End(code.user, grant));
    }
    if code.expires_at <= act.now {
        return Err(UNKNOWN.into());
    }
    if code.redirect_uri.as_str() != asked.redirect_uri {
        return Err(GrantError::Invalid("the redirect URI is not the one that the code was sent to").into());
    }
    if !proves(&asked.verifier, &code.challenge) {
        return Err(GrantError::Invalid("the code verifier does not match the code challenge").into());
    }
    let basis = Basis::New(GrantOrigin::AuthorizationCode, code.scopes, Spent::Code(hash.clone()));
    Ok(Decision::Issue(code.user, basis))
}

/// Whether the challenge is the `S256` of the verifier.
fn proves(verifier: &PlainSecret, challenge: &str) -> bool {
    let text = verifier.expose();
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let sound = (43..=128).contains(&text.len()) && text.bytes().all(unreserved);
    let made = URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
    sound && bool::from(made.as_bytes().ct_eq(challenge.as_bytes()))
}
