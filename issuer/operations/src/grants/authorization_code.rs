//! Exchanging an authorization code (RFC 6749 section 4.1.3) with its proof key (RFC 7636 section 4.6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::client::{ClientProof, recognise_for, recognise_to_mint};
use super::issuance::{Issuance, MintedUserToken};
use super::standing::{standing, still_known};
use crate::error::GrantError;
use crate::tokens::end_grants;
use crate::tokens::minting_concurrent;
use crate::{Act, Error};
use postern_model::{Action, GrantOrigin, GrantType, TokenState, UserId, Validity};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::GrantSelector;

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

const UNKNOWN: GrantError = GrantError::Invalid("the code is unknown, was used before, or has expired");

/// Issues the first tokens of a grant that a user consented to. A code is valid once: its second use ends the grant that came from it (RFC
/// 6749 section 4.1.2).
pub fn exchange_code(act: &Act<'_>, asked: &CodeGrant) -> Result<MintedUserToken, Error> {
    let hash = HashedSecret::of(&asked.code);
    // A guessed code reserves no status index and delays no other request.
    let (store, code) = act.storage().read(|main| {
        let client = recognise_for(act, main, &asked.client, GrantType::AuthorizationCode)?;
        let store = act.stores().named_in("poc_", &asked.code).ok_or(UNKNOWN)?;
        let code = store.read(main, |tables| Ok(tables.code(&hash)?))?;
        let own = code.filter(|code| code.consumer_key == client.key_set.consumer_key);
        Ok::<_, Error>((store, own.ok_or(UNKNOWN)?))
    })?;
    // A second use ends the grant, whether the user is still active or not.
    if code.grant.is_none() {
        still_known(act, store, &UserId { name: code.user, store: store.name().clone() }, UNKNOWN)?;
    }
    let minted = minting_concurrent(act, |main, reserved| {
        let (client, revision) = recognise_to_mint(act, main, &asked.client, GrantType::AuthorizationCode)?;
        let status_index = reserved.check_epoch(revision.epoch)?;
        store.write(main, |tables| {
            let code = tables.code_to_exchange(&hash)?.filter(|code| code.consumer_key == client.key_set.consumer_key);
            let code = code.ok_or(UNKNOWN)?;
            if let Some(grant) = &code.grant {
                let ended = end_grants(act, main, tables, GrantSelector::One(grant), TokenState::Revoked)?;
                let details = json!({ "what": "authorization_code", "tokens": ended.tokens });
                act.audit(main, Action::GrantReuse, Some(&client.application.id), Some(grant.as_str()), Some(&details))?;
                return Ok(None);
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
            let id = UserId { name: code.user.clone(), store: store.name().clone() };
            let user = standing(tables, &id, UNKNOWN)?;
            let issuance = Issuance { client: &client, id: &id, user: &user, validity: asked.validity, status_index };
            let (grant, tokens) = issuance.begin(act, main, tables, GrantOrigin::AuthorizationCode, code.scopes.as_ref())?;
            tables.spend_code(&hash, &grant)?;
            Ok(Some(tokens))
        })
    })?;
    minted.ok_or(UNKNOWN)?.sign()
}

/// Whether the challenge is the `S256` of the verifier.
fn proves(verifier: &PlainSecret, challenge: &str) -> bool {
    let text = verifier.expose();
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let sound = (43..=128).contains(&text.len()) && text.bytes().all(unreserved);
    let made = URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
    sound && bool::from(made.as_bytes().ct_eq(challenge.as_bytes()))
}
