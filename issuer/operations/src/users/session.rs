//! Sessions of users who signed in with a browser.

use postern_token::UnixSeconds;
use serde_json::json;

use super::lookup::find;
use crate::error::UserError;
use crate::user_stores::UserStore;
use crate::{Act, Error, settings};
use postern_model::{Action, Policies, Session, SessionId, UserId, UserState};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// The seconds after which the use of a session is recorded again; with a shorter idle limit, half of that limit.
const MINUTE: u64 = 60;

/// A signed-in user.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The user.
    pub user: UserId,
    /// When the user signed in.
    pub since: UnixSeconds,
}

/// The signed-in user of a session. A session expires when it is not used for long, or when it began long ago.
pub fn find_session(act: &Act<'_>, secret: &PlainSecret) -> Result<SignedIn, Error> {
    let (store, id) = locate(act, secret)?;
    let (found, pause) = act.storage().read(|transaction| {
        let pause = MINUTE.min(settings::current(transaction)?.policies.session_idle / 2);
        Ok::<_, Error>((find_live_session(act, transaction, store, &id)?, pause))
    })?;
    let Session { user, created_at, seen_at } = found.ok_or(UserError::NoSession)?;
    if act.now.0.saturating_sub(seen_at.0) >= pause {
        act.storage()
            .write_concurrent(|transaction| store.write(transaction, |tables| Ok(tables.touch_session(&id, act.now)?)))?;
    }
    Ok(SignedIn { user: UserId { name: user, store: store.name().clone() }, since: created_at })
}

/// The session with this hash, unless it has expired or its user is locked.
pub(crate) fn find_live_session(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    store: &UserStore,
    id: &HashedSecret,
) -> Result<Option<Session>, Error> {
    let policies = settings::current(transaction)?.policies;
    store.read(transaction, |tables| {
        let Some(session) = tables.session(id)? else { return Ok(None) };
        let active = tables.user(&session.user)?.is_some_and(|user| user.state == UserState::Active);
        Ok(Some(session).filter(|session| active && is_in_time(act, &policies, session)))
    })
}

fn is_in_time(act: &Act<'_>, policies: &Policies, session: &Session) -> bool {
    let rested = act.now.0.saturating_sub(session.seen_at.0);
    let age = act.now.0.saturating_sub(session.created_at.0);
    rested < policies.session_idle && age < policies.session_lifetime
}

/// A session of a user, for administrators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionDetails {
    /// Its id.
    pub id: SessionId,
    /// When the user signed in.
    pub created_at: UnixSeconds,
    /// When the session was last used, to the minute.
    pub seen_at: UnixSeconds,
}

/// The sessions of a user that have not expired, oldest first.
pub fn list_user_sessions(act: &Act<'_>, id: &UserId) -> Result<Vec<SessionDetails>, Error> {
    act.require_auditor()?;
    let store = act.stores().find(&id.store)?;
    let (policies, sessions) = act.storage().read(|transaction| {
        let sessions = store.read(transaction, |tables| {
            find(tables, id)?;
            Ok(tables.sessions(&id.name)?)
        })?;
        Ok::<_, Error>((settings::current(transaction)?.policies, sessions))
    })?;
    let live = sessions.into_iter().filter(|(_, session)| is_in_time(act, &policies, session));
    let details = |(hash, session): (HashedSecret, Session)| SessionDetails {
        id: SessionId::of(&hash),
        created_at: session.created_at,
        seen_at: session.seen_at,
    };
    Ok(live.map(details).collect())
}

/// Ends one session of a user, or all. Grants and tokens stay. Returns the number of sessions.
pub fn end_user_sessions(act: &Act<'_>, id: &UserId, which: Option<&SessionId>) -> Result<usize, Error> {
    act.require_administrator()?;
    let store = act.stores().find(&id.store)?;
    act.storage().write(|transaction| {
        let details = which.map(|which| json!({ "session": which }));
        act.audit(transaction, Action::SessionEnd, None, Some(&id.to_string()), details.as_ref())?;
        store.write(transaction, |tables| {
            find(tables, id)?;
            let Some(which) = which else { return Ok(tables.delete_sessions(&id.name, None)?) };
            let found = tables.sessions(&id.name)?.into_iter().find(|(hash, _)| SessionId::of(hash) == *which);
            let (hash, _) = found.ok_or(UserError::NoSuchSession)?;
            tables.delete_session(&hash)?;
            Ok(1)
        })
    })
}

/// Ends the session, if there is one.
pub fn sign_out(act: &Act<'_>, secret: &PlainSecret) -> Result<(), Error> {
    let Ok((store, id)) = locate(act, secret) else { return Ok(()) };
    act.storage().write_concurrent(|transaction| store.write(transaction, |tables| Ok(tables.delete_session(&id)?)))
}

/// The store that a session's secret names, and the hash by which it is found there.
fn locate<'a>(act: &Act<'a>, secret: &PlainSecret) -> Result<(&'a UserStore, HashedSecret), Error> {
    let store = act.stores().named_in("pse_", secret).ok_or(UserError::NoSession)?;
    Ok((store, HashedSecret::of(secret)))
}
