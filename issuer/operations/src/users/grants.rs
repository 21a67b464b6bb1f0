//! The grants of users to applications, and how users withdraw them.

use serde_json::json;

use crate::error::UserError;
use crate::tokens::RevokedTokens;
use crate::tokens::{end_all_of, end_grants};
use crate::{Act, Error};
use postern_model::{Action, ApplicationName, Consent, ConsumerKey, GrantId, TokenState, UserGrant, UserId};
use postern_secrets::PlainSecret;
use postern_storage::{GrantSelector, Transaction, UserTables};

use super::find_session;
use super::lookup::find;

/// All grants of a user to one client.
#[derive(Debug, Clone)]
pub struct GrantDetails {
    /// The client.
    pub consumer_key: ConsumerKey,
    /// The application's name; `None` if the application was deleted.
    pub application: Option<ApplicationName>,
    /// The scopes that the user consented to in a browser, if any.
    pub consent: Option<Consent>,
    /// The valid grants, oldest first.
    pub grants: Vec<UserGrant>,
}

/// The grants of the user of a session, by client.
pub fn list_own_grants(act: &Act<'_>, session: &PlainSecret) -> Result<Vec<GrantDetails>, Error> {
    access_to(act, &find_session(act, session)?.user)
}

/// The clients that have access to a user's account, with their grants.
pub fn list_user_access(act: &Act<'_>, id: &UserId) -> Result<Vec<GrantDetails>, Error> {
    act.require_auditor()?;
    access_to(act, id)
}

fn access_to(act: &Act<'_>, user: &UserId) -> Result<Vec<GrantDetails>, Error> {
    let store = act.stores().find(&user.store)?;
    act.storage().read(|transaction| {
        let (consents, grants) = store.read(transaction, |tables| {
            find(tables, user)?;
            Ok((tables.consents(&user.name)?, tables.live_grants(&user.name)?))
        })?;
        let mut clients: Vec<ConsumerKey> = Vec::new();
        let named = consents.iter().map(|consent| &consent.consumer_key).chain(grants.iter().map(|grant| &grant.consumer_key));
        for client in named {
            if !clients.contains(client) {
                clients.push(client.clone());
            }
        }
        let details = |client: ConsumerKey| {
            let key_set = transaction.key_set_of_client(client.as_str())?;
            let application = key_set.map(|key_set| transaction.application(&key_set.application)).transpose()?.flatten();
            Ok(GrantDetails {
                application: application.map(|application| application.name),
                consent: consents.iter().find(|consent| consent.consumer_key == client).cloned(),
                grants: grants.iter().filter(|grant| grant.consumer_key == client).cloned().collect(),
                consumer_key: client,
            })
        };
        clients.into_iter().map(details).collect()
    })
}

/// The grants of a user that have not ended, oldest first.
pub fn list_user_grants(act: &Act<'_>, id: &UserId) -> Result<Vec<UserGrant>, Error> {
    act.require_auditor()?;
    let store = act.stores().find(&id.store)?;
    let mut grants = act.storage().read(|transaction| {
        store.read(transaction, |tables| {
            find(tables, id)?;
            Ok(tables.live_grants(&id.name)?)
        })
    })?;
    // This is the order of creation, unless a clock was set back; pagination needs a stable order.
    grants.sort_by(|one, other| (one.created_at, one.id.as_str()).cmp(&(other.created_at, other.id.as_str())));
    Ok(grants)
}

/// Ends a grant of a user: its refresh token and its access token become invalid. The user's consent stays.
pub fn end_grant(act: &Act<'_>, id: &UserId, grant: &GrantId) -> Result<RevokedTokens, Error> {
    act.require_administrator()?;
    let store = act.stores().find(&id.store)?;
    act.storage().write(|transaction| {
        let found = store.read(transaction, |tables| {
            find(tables, id)?;
            let live = tables.grant(grant)?.filter(|found| found.user == id.name && found.ended_at.is_none());
            live.ok_or_else(|| UserError::NoSuchGrant.into())
        })?;
        let details = json!({ "user": id });
        act.audit(transaction, Action::GrantEnd, Some(&found.application), Some(grant.as_str()), Some(&details))?;
        store.write(transaction, |tables| {
            let ended = end_grants(act, transaction, tables, GrantSelector::One(grant), TokenState::Revoked)?;
            Ok(RevokedTokens { count: ended.tokens, without_status: 0 })
        })
    })
}

/// Withdraws all that the user of a session has given to a client: the consent, every grant and every token.
pub fn withdraw_grants(act: &Act<'_>, session: &PlainSecret, client: &ConsumerKey) -> Result<(), Error> {
    let user = find_session(act, session)?.user;
    let store = act.stores().find(&user.store)?;
    let act = &act.of_user(&user);
    act.storage().write(|transaction| {
        act.audit(transaction, Action::GrantWithdraw, None, Some(client.as_str()), None)?;
        store.write(transaction, |tables| {
            let withdrawn = withdraw(act, transaction, tables, &user, Some(client))?;
            withdrawn.map(drop).ok_or_else(|| UserError::NoSuchGrant.into())
        })
    })
}

/// Withdraws all that a user has given to a client, or to all clients: consents, grants and tokens. Sessions stay.
pub fn withdraw_user_access(act: &Act<'_>, id: &UserId, client: Option<&ConsumerKey>) -> Result<RevokedTokens, Error> {
    act.require_administrator()?;
    let store = act.stores().find(&id.store)?;
    act.storage().write(|transaction| {
        let (subject, details) = (client.map(ConsumerKey::as_str), json!({ "user": id }));
        act.audit(transaction, Action::GrantWithdraw, None, subject, Some(&details))?;
        store.write(transaction, |tables| {
            find(tables, id)?;
            let withdrawn = withdraw(act, transaction, tables, id, client)?;
            // There may be nothing to withdraw from all clients.
            let count = withdrawn.or_else(|| client.is_none().then_some(0)).ok_or(UserError::NoAccess)?;
            Ok(RevokedTokens { count, without_status: 0 })
        })
    })
}

/// Deletes the consents to a client or to all, and ends the grants. Returns the number of tokens that ended; `None` if there was neither.
fn withdraw(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    tables: &UserTables<'_, '_>,
    user: &UserId,
    client: Option<&ConsumerKey>,
) -> Result<Option<usize>, Error> {
    let consents = match client {
        Some(client) => usize::from(tables.delete_consent(&user.name, client)?),
        None => tables.delete_consents_of(&user.name)?,
    };
    let ended = end_all_of(act, transaction, tables, user, client)?;
    Ok((consents > 0 || ended.grants > 0).then_some(ended.tokens))
}
