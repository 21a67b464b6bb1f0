//! Taking tokens back.

use serde_json::json;

use super::revocation::{RevokedTokens, end};
use crate::catalogue::{Action, ApplicationId, TokenId, TokenState};
use crate::operations::{Act, Error};
use crate::storage::Ending;

/// Revokes one token. One that is dead already stays so.
pub fn revoke_token(act: &Act<'_>, id: &TokenId) -> Result<RevokedTokens, Error> {
    act.change_something()?;
    act.storage().write(|transaction| {
        let record = transaction.token(id)?.ok_or(Error::NoSuchToken)?;
        if !transaction.knows_application(&record.application, act.owner())? {
            return Err(Error::NoSuchToken);
        }
        let revoked = end(act, transaction, Ending::Token(id), TokenState::Revoked)?;
        act.record(transaction, Action::TokenRevoke, Some(&record.application), Some(id.as_str()), None)?;
        Ok(revoked)
    })
}

/// Revokes every live token of an application. It gets new ones as before.
pub fn revoke_all_tokens(act: &Act<'_>, application: &ApplicationId) -> Result<RevokedTokens, Error> {
    act.storage().write(|transaction| {
        act.application_to_change(transaction, application)?;
        let revoked = end(act, transaction, Ending::Application(application), TokenState::Revoked)?;
        let details = json!({ "revoked": revoked.count });
        act.record(transaction, Action::TokenRevoke, Some(application), None, Some(&details))?;
        Ok(revoked)
    })
}
