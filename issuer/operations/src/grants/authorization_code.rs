//! Exchanging an authorization code (RFC 6749 section 4.1.3) with its proof key (RFC 7636 section 4.6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::client::{ClientProof, recognise, recognise_to_mint};
use super::hand_out::{HandOut, MintedUserToken};
use super::{end_grants, standing, still_known, store_of};
use crate::error::GrantError;
use crate::tokens::minting_beside_others;
use crate::{Act, Error};
use postern_model::{Action, GrantOrigin, GrantType, TokenState, UserId, Validity};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::WhichGrants;

/// What a client asks for.
#[derive(Debug, Clone)]
pub struct CodeGrant {
    /// Who asks.
    pub client: ClientProof,
    /// The code.
    pub code: PlainSecret,
    /// Where it was sent.
    pub redirect_uri: String,
    /// The key that proves that it is the one who asked for the code.
    pub verifier: PlainSecret,
    /// How long the token is to last; `None` means as usual.
    pub validity: Option<Validity>,
}

const UNKNOWN: GrantError = GrantError::Invalid("the code is unknown, was used before, or has run out");

/// The first tokens of what a user consented to. A code counts once: to use it again ends what it was exchanged for (RFC 6749 section 4.1.2).
pub fn exchange_code(act: &Act<'_>, asked: &CodeGrant) -> Result<MintedUserToken, Error> {
    let hash = HashedSecret::of(&asked.code);
    // Whoever guesses takes no place for a token, and keeps nobody waiting.
    let (store, code) = act.storage().read(|main| {
        let key_set = recognise(act, main, &asked.client)?;
        let store = store_of(act, "poc_", &asked.code).ok_or(UNKNOWN)?;
        let code = store.read(main, |tables| Ok(tables.code(&hash)?))?;
        let own = code.filter(|code| code.consumer_key == key_set.consumer_key);
        Ok::<_, Error>((store, own.ok_or(UNKNOWN)?))
    })?;
    // One that comes again ends what it was exchanged for, whoever the user is now.
    if code.grant.is_none() {
        still_known(act, store, &UserId { name: code.user, store: store.name().clone() }, UNKNOWN)?;
    }
    let minted = minting_beside_others(act, |main, place| {
        let (key_set, application) = recognise_to_mint(act, main, &asked.client, GrantType::AuthorizationCode)?;
        store.write(main, |tables| {
            let code = tables.code_to_exchange(&hash)?.filter(|code| code.consumer_key == key_set.consumer_key);
            let code = code.ok_or(UNKNOWN)?;
            if let Some(grant) = &code.grant {
                let ended = end_grants(act, main, tables, WhichGrants::One(grant), TokenState::Revoked)?;
                let details = json!({ "what": "authorization_code", "tokens": ended.tokens });
                act.record(main, Action::GrantReuse, Some(&application.id), Some(grant.as_str()), Some(&details))?;
                return Ok(None);
            }
            if code.expires_at <= act.now {
                return Err(UNKNOWN.into());
            }
            if code.redirect_uri.as_str() != asked.redirect_uri {
                return Err(GrantError::Invalid("the redirect URI is not the one that the code was sent to").into());
            }
            if !proves(&asked.verifier, &code.challenge) {
                return Err(GrantError::Invalid("the code verifier does not go with the code challenge").into());
            }
            let id = UserId { name: code.user.clone(), store: store.name().clone() };
            let user = standing(tables, &id, UNKNOWN)?;
            let hand_out =
                HandOut { key_set: &key_set, application: &application, id: &id, user: &user, validity: asked.validity, place };
            let (grant, tokens) = hand_out.begin(act, main, tables, GrantOrigin::AuthorizationCode, code.scopes.as_ref())?;
            tables.spend_code(&hash, &grant)?;
            Ok(Some(tokens))
        })
    })?;
    minted.ok_or(UNKNOWN)?.sign()
}

/// Whether the challenge was made of the verifier by `S256`.
fn proves(verifier: &PlainSecret, challenge: &str) -> bool {
    let text = verifier.expose();
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let sound = (43..=128).contains(&text.len()) && text.bytes().all(unreserved);
    let made = URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
    sound && bool::from(made.as_bytes().ct_eq(challenge.as_bytes()))
}
