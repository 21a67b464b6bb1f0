//! Revokes tokens.

use serde_json::json;

use super::revocation::{RevokedTokens, end, over};
use crate::error::TokenError;
use crate::status_indexes::set_status_bits;
use crate::{Act, Error};
use postern_model::{Action, ApplicationId, TokenId, TokenState, UserId};
use postern_storage::{TokenSelector, Transaction, UserTokenSelector};

/// Revokes one token, of an application or of a user. Does nothing if the token is already invalid. The grant of a user's token stays, so
/// the application can get another token.
pub fn revoke_token(act: &Act<'_>, id: &TokenId) -> Result<RevokedTokens, Error> {
    act.require_writer()?;
    act.storage().write(|transaction| {
        let Some(record) = transaction.token(id)? else { return revoke_of_user(act, transaction, id) };
        if !transaction.knows_application(&record.application, act.owner())? {
            return Err(TokenError::NotFound.into());
        }
        let revoked = end(act, transaction, TokenSelector::Token(id), TokenState::Revoked)?;
        act.audit(transaction, Action::TokenRevoke, Some(&record.application), Some(id.as_str()), None)?;
        Ok(revoked)
    })
}

fn revoke_of_user(act: &Act<'_>, transaction: &Transaction<'_>, id: &TokenId) -> Result<RevokedTokens, Error> {
    let found = act.stores().find_in_any(transaction, |tables| Ok(tables.user_token(id)?))?;
    let (store, token) = found.ok_or(TokenError::NotFound)?;
    let application = token.record.application;
    if !transaction.knows_application(&application, act.owner())? {
        return Err(TokenError::NotFound.into());
    }
    let details = json!({ "user": UserId { name: token.user, store: store.clone() } });
    act.audit(transaction, Action::TokenRevoke, Some(&application), Some(id.as_str()), Some(&details))?;
    act.stores().on_one(transaction, &store, |tables| {
        let status_indexes = tables.end_user_tokens(UserTokenSelector::Token(id), TokenState::Revoked, over(act))?;
        set_status_bits(transaction, &status_indexes, act.now)?;
        Ok(RevokedTokens { count: status_indexes.len(), without_status: 0 })
    })
}

/// Revokes every live token of an application. The application can get new ones.
pub fn revoke_all_tokens(act: &Act<'_>, application: &ApplicationId) -> Result<RevokedTokens, Error> {
    act.storage().write(|transaction| {
        act.application_to_change(transaction, application)?;
        let revoked = end(act, transaction, TokenSelector::Application(application), TokenState::Revoked)?;
        let details = json!({ "revoked": revoked.count });
        act.audit(transaction, Action::TokenRevoke, Some(application), None, Some(&details))?;
        Ok(revoked)
    })
}
