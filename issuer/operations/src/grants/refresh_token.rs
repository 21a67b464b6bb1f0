//! Refreshing an access token (RFC 6749 section 6), each time with another refresh token (RFC 9700 section 4.14.2).

use postern_token::UnixSeconds;
use serde_json::json;

use super::client::{ClientProof, recognise, recognise_to_mint};
use super::hand_out::{HandOut, MintedUserToken};
use super::{common, end_grants, standing, still_known, store_of};
use crate::error::{GrantError, TokenError};
use crate::tokens::minting_beside_others;
use crate::users::UserStore;
use crate::{Act, Error, settings};
use postern_model::{Action, GrantId, GrantType, RefreshToken, TokenState, UserId, Validity};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::{Transaction, UserTables, WhichGrants};

/// For so many seconds after a refresh token was spent, it is refused and no more: two threads of one client may have asked at once. After that it is taken
/// for stolen, and its grant ends.
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
    /// How long the token is to last; `None` means as usual.
    pub validity: Option<Validity>,
}

const UNKNOWN: GrantError = GrantError::Invalid("the refresh token is unknown, was used before, or has ended");

/// The next tokens of a grant. The refresh token and the access token that it had end.
pub fn refresh(act: &Act<'_>, asked: &RefreshGrant) -> Result<MintedUserToken, Error> {
    let hash = HashedSecret::of(&asked.refresh_token);
    let store = look_ahead(act, asked, &hash)?;
    let minted = minting_beside_others(act, |main, place| {
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
                let narrower = super::scopes::asked(&key_set, asked.scope.as_deref())?;
                let within = common(narrower.as_ref(), grant.scopes.as_ref());
                // More than the user gave, and not less by a role that the user has lost since.
                if within != narrower {
                    return Err(TokenError::ScopeNotAllowed.into());
                }
                narrower
            } else {
                grant.scopes.clone()
            };
            let hand_out =
                HandOut { key_set: &key_set, application: &application, id: &id, user: &user, validity: asked.validity, place };
            hand_out.renew(act, main, tables, &grant, scopes.as_ref()).map(Some)
        })
    })?;
    minted.ok_or(UNKNOWN)?.sign()
}

/// Looks whether it is a refresh token of the client's at all, before a place is taken for a token and others wait: whoever guesses gets no further. Then asks the
/// directory about the user, if others keep it, which may take its time.
fn look_ahead<'a>(act: &Act<'a>, asked: &RefreshGrant, token: &HashedSecret) -> Result<&'a UserStore, Error> {
    let (store, found) = act.storage().read(|main| {
        let key_set = recognise(act, main, &asked.client)?;
        let store = store_of(act, "por_", &asked.refresh_token).ok_or(UNKNOWN)?;
        let found = store.read(main, |tables| Ok(tables.refresh_token(token)?))?;
        let own = |found: &RefreshToken| found.grant.consumer_key == key_set.consumer_key && found.grant.ended_at.is_none();
        Ok::<_, Error>((store, found.filter(own).ok_or(UNKNOWN)?))
    })?;
    match found.spent_at {
        Some(spent_at) if within_leeway(act, spent_at) => return Err(UNKNOWN.into()),
        // It is to be ended, whoever the user is now.
        Some(_) => return Ok(store),
        None => {}
    }
    let id = UserId { name: found.grant.user, store: store.name().clone() };
    still_known(act, store, &id, UNKNOWN).map(|()| store)
}

fn within_leeway(act: &Act<'_>, spent_at: UnixSeconds) -> bool {
    act.now.0.saturating_sub(spent_at.0) <= REUSE_LEEWAY
}

/// A refresh token was presented that another one took the place of.
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
    let ended = end_grants(act, main, tables, WhichGrants::One(grant), TokenState::Revoked)?;
    let details = json!({ "what": "refresh_token", "tokens": ended.tokens });
    act.record(main, Action::GrantReuse, None, Some(grant.as_str()), Some(&details))
}
