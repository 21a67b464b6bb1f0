//! Refreshing an access token (RFC 6749 section 6), each time with another refresh token (RFC 9700 section 4.14.2).

use postern_token::UnixSeconds;
use serde_json::json;

use super::client::{ClientProof, recognise, recognise_to_mint};
use super::issuance::{Issuance, MintedUserToken};
use super::scopes::common;
use super::standing::{standing, still_known};
use crate::error::{GrantError, TokenError};
use crate::tokens::end_grants;
use crate::tokens::minting_concurrent;
use crate::user_stores::UserStore;
use crate::{Act, Error, settings};
use postern_model::{Action, GrantId, GrantType, RefreshToken, TokenState, UserId, Validity};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::{GrantSelector, Transaction, UserTables};

/// The seconds after its use in which a spent refresh token is refused without further consequence: two threads of one client may have
/// used it at the same time. Later than that it counts as stolen, and its grant ends.
pub const REUSE_LEEWAY: u64 = 5;

/// What a client asks for.
#[derive(Debug, Clone)]
pub struct RefreshGrant {
    /// Who asks.
    pub client: ClientProof,
    /// The refresh token.
    pub refresh_token: PlainSecret,
    /// Fewer scopes than the grant has; `None` means all.
    pub scope: Option<String>,
    /// The validity of the access token; `None` means the client's default.
    pub validity: Option<Validity>,
}

const UNKNOWN: GrantError = GrantError::Invalid("the refresh token is unknown, was used before, or has ended");

/// Issues the next tokens of a grant. The grant's current refresh token and access token end.
pub fn refresh(act: &Act<'_>, asked: &RefreshGrant) -> Result<MintedUserToken, Error> {
    let hash = HashedSecret::of(&asked.refresh_token);
    let store = look_ahead(act, asked, &hash)?;
    let minted = minting_concurrent(act, |main, status_index| {
        let (key_set, application) = recognise_to_mint(act, main, &asked.client, GrantType::RefreshToken)?;
        let policies = settings::current(main)?.policies;
        store.write(main, |tables| {
            let found = tables.refresh_token(&hash)?.filter(|found| found.grant.consumer_key == key_set.consumer_key);
            let RefreshToken { grant, issued_at, spent_at } = found.ok_or(UNKNOWN)?;
            if grant.ended_at.is_some() {
                return Err(UNKNOWN.into());
            }
            if let Some(spent_at) = spent_at {
                return reused(act, main, tables, &grant.id, spent_at).map(|()| None);
            }
            let over = |since: UnixSeconds, seconds| act.now.0.saturating_sub(since.0) >= seconds;
            if over(issued_at, policies.refresh_idle) || over(grant.created_at, policies.refresh_lifetime) {
                return Err(UNKNOWN.into());
            }
            let id = UserId { name: grant.user.clone(), store: store.name().clone() };
            let user = standing(tables, &id, UNKNOWN)?;
            let scopes = if asked.scope.is_some() {
                let narrower = super::scopes::requested(main, &key_set, asked.scope.as_deref())?;
                let within = common(narrower.as_ref(), grant.scopes.as_ref());
                // This asks for more than the user granted, as opposed to a scope that the user lost with a role.
                if within != narrower {
                    return Err(TokenError::ScopeNotAllowed.into());
                }
                narrower
            } else {
                grant.scopes.clone()
            };
            let issuance = Issuance {
                key_set: &key_set,
                application: &application,
                id: &id,
                user: &user,
                validity: asked.validity,
                status_index,
            };
            issuance.renew(act, main, tables, &grant, scopes.as_ref()).map(Some)
        })
    })?;
    minted.ok_or(UNKNOWN)?.sign()
}

/// Checks that the refresh token is the client's before a status index is reserved and others have to wait, so that guesses are cheap.
/// Then asks the user store's directory about the user, if it has one, which may be slow.
fn look_ahead<'a>(act: &Act<'a>, asked: &RefreshGrant, token: &HashedSecret) -> Result<&'a UserStore, Error> {
    let (store, found) = act.storage().read(|main| {
        let key_set = recognise(act, main, &asked.client)?;
        let store = act.stores().named_in("por_", &asked.refresh_token).ok_or(UNKNOWN)?;
        let found = store.read(main, |tables| Ok(tables.refresh_token(token)?))?;
        let own = |found: &RefreshToken| found.grant.consumer_key == key_set.consumer_key && found.grant.ended_at.is_none();
        Ok::<_, Error>((store, found.filter(own).ok_or(UNKNOWN)?))
    })?;
    match found.spent_at {
        Some(spent_at) if within_leeway(act, spent_at) => return Err(UNKNOWN.into()),
        // The grant ends, whether the user is still active or not.
        Some(_) => return Ok(store),
        None => {}
    }
    let id = UserId { name: found.grant.user, store: store.name().clone() };
    still_known(act, store, &id, UNKNOWN).map(|()| store)
}

fn within_leeway(act: &Act<'_>, spent_at: UnixSeconds) -> bool {
    act.now.0.saturating_sub(spent_at.0) <= REUSE_LEEWAY
}

/// A refresh token was presented that has been replaced.
fn reused(
    act: &Act<'_>,
    main: &Transaction<'_>,
    tables: &UserTables<'_, '_>,
    grant: &GrantId,
    spent_at: UnixSeconds,
) -> Result<(), Error> {
    if within_leeway(act, spent_at) {
        return Ok(());
    }
    let ended = end_grants(act, main, tables, GrantSelector::One(grant), TokenState::Revoked)?;
    let details = json!({ "what": "refresh_token", "tokens": ended.tokens });
    act.audit(main, Action::GrantReuse, None, Some(grant.as_str()), Some(&details))
}
