//! Refreshing an access token (RFC 6749 section 6), each time with another refresh token (RFC 9700 section 4.14.2).
//!
//! A response can be lost, so a refresh token may be used again for a short time, as long as none of the tokens that came from it was used:
//! neither its successor nor any later token. The unused successor is superseded and its access token ends. The use of a superseded token
//! is treated as another attempt of the same request, because requests can arrive in another order than the client sent them: the client
//! may keep the response to the attempt that was processed first. So of several successors of one refresh token, the first one that is used
//! stays valid, and every later use of its parent or of the others is reuse.

use postern_token::UnixSeconds;
use serde_json::json;

use super::client::{ClientProof, recognise_for, recognise_to_mint};
use super::issuance::{Issuance, MintedUserToken};
use super::scopes::common;
use super::standing::{standing, still_known};
use crate::error::{GrantError, TokenError};
use crate::tokens::end_grants;
use crate::tokens::minting_concurrent;
use crate::user_stores::UserStore;
use crate::{Act, Error};
use postern_model::{Action, GrantId, GrantType, RefreshToken, TokenState, UserId, Validity};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::{GrantSelector, Transaction, UserTables};

/// The request of a client.
#[derive(Debug, Clone)]
pub struct RefreshGrant {
    /// The client.
    pub client: ClientProof,
    /// The refresh token.
    pub refresh_token: PlainSecret,
    /// Fewer scopes than the grant has; `None` means all.
    pub scope: Option<String>,
    /// The validity of the access token; `None` means the client's default.
    pub validity: Option<Validity>,
}

const UNKNOWN: GrantError = GrantError::Invalid("the refresh token is unknown, was used before, or is no longer valid");

/// Issues the next tokens of a grant. The grant's current refresh token and access token end.
pub fn refresh(act: &Act<'_>, asked: &RefreshGrant) -> Result<MintedUserToken, Error> {
    let hash = HashedSecret::of(&asked.refresh_token);
    let store = look_ahead(act, asked, &hash)?;
    let minted = minting_concurrent(act, |main, reserved| {
        let (client, revision) = recognise_to_mint(act, main, &asked.client, GrantType::RefreshToken)?;
        let status_index = reserved.check_epoch(revision.epoch)?;
        let (key_set, policies) = (&client.key_set, &client.settings.policies);
        store.write(main, |tables| {
            let found = tables.refresh_token(&hash)?.filter(|found| found.grant.consumer_key == key_set.consumer_key);
            let found = found.filter(|found| found.grant.ended_at.is_none()).ok_or(UNKNOWN)?;
            let usage = Usage::of(&found, act.now, policies.refresh_grace);
            let RefreshToken { grant, issued_at, .. } = found;
            let over = |since: UnixSeconds, seconds| act.now.0.saturating_sub(since.0) >= seconds;
            if usage == Usage::Reuse {
                return end_reused(act, main, tables, &grant.id).map(|()| None);
            }
            // A token that is used again was valid at its first use.
            let idle = usage == Usage::First && over(issued_at, policies.refresh_idle);
            if idle || over(grant.created_at, policies.refresh_lifetime) {
                return Err(UNKNOWN.into());
            }
            let id = UserId { name: grant.user.clone(), store: store.name().clone() };
            let user = standing(tables, &id, UNKNOWN)?;
            let scopes = if asked.scope.is_some() {
                let narrower = super::scopes::requested(&client.scopes, key_set, asked.scope.as_deref())?;
                let within = common(narrower.as_ref(), grant.scopes.as_ref());
                // This asks for more than the user granted, as opposed to a scope that the user lost with a role.
                if within != narrower {
                    return Err(TokenError::ScopeNotAllowed { available: grant.scopes.clone() }.into());
                }
                narrower
            } else {
                grant.scopes.clone()
            };
            let issuance = Issuance { client: &client, id: &id, user: &user, validity: asked.validity, status_index };
            issuance.renew(act, main, tables, (&grant, &hash), scopes.as_ref()).map(Some)
        })
    })?;
    minted.ok_or(UNKNOWN)?.sign()
}

/// Checks that the refresh token belongs to the client before a status index is reserved and other requests have to wait, so that guesses
/// are cheap. Then asks the directory of the user store, if there is one, about the user, which may be slow.
fn look_ahead<'a>(act: &Act<'a>, asked: &RefreshGrant, token: &HashedSecret) -> Result<&'a UserStore, Error> {
    let (store, found, grace) = act.storage().read(|main| {
        let client = recognise_for(act, main, &asked.client, GrantType::RefreshToken)?;
        let (key_set, grace) = (&client.key_set, client.settings.policies.refresh_grace);
        let store = act.stores().named_in("por_", &asked.refresh_token).ok_or(UNKNOWN)?;
        let found = store.read(main, |tables| Ok(tables.refresh_token(token)?))?;
        let own = |found: &RefreshToken| found.grant.consumer_key == key_set.consumer_key && found.grant.ended_at.is_none();
        Ok::<_, Error>((store, found.filter(own).ok_or(UNKNOWN)?, grace))
    })?;
    // The grant ends, whether the user is still active or not. Later attempts are reuse too.
    if Usage::of(&found, act.now, grace) == Usage::Reuse {
        return Ok(store);
    }
    let id = UserId { name: found.grant.user, store: store.name().clone() };
    still_known(act, store, &id, UNKNOWN).map(|()| store)
}

/// The meaning of a use of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usage {
    /// The use of the grant's current refresh token.
    First,
    /// Another attempt of a request whose response may have been lost.
    Retry,
    /// Reuse: the token or its successor may be stolen, because a successor was used already or the attempt comes too late.
    Reuse,
}

impl Usage {
    /// `grace` is the number of seconds in which a replaced token may be used; 0 means never.
    fn of(token: &RefreshToken, now: UnixSeconds, grace: u64) -> Self {
        let in_time = |replaced_at: UnixSeconds| grace > 0 && now.0.saturating_sub(replaced_at.0) <= grace;
        match token.replaced_at() {
            None => Self::First,
            Some(replaced_at) if token.successor_unused && in_time(replaced_at) => Self::Retry,
            Some(_) => Self::Reuse,
        }
    }
}

/// Ends the grant of a refresh token that was reused.
fn end_reused(act: &Act<'_>, main: &Transaction<'_>, tables: &UserTables<'_, '_>, grant: &GrantId) -> Result<(), Error> {
    let ended = end_grants(act, main, tables, GrantSelector::One(grant), TokenState::Revoked)?;
    let details = json!({ "what": "refresh_token", "tokens": ended.tokens });
    act.audit(main, Action::GrantReuse, None, Some(grant.as_str()), Some(&details))
}
