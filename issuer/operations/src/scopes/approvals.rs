//! Approving the scopes of an application's keys.

use postern_token::KeyType;
use serde_json::json;

use super::holders::{HeldScope, check_owner_of, states};
use crate::error::{ConsumerKeyError, ScopeError};
use crate::{Act, Error};
use postern_model::{Action, ApplicationId, WaitingScope};

/// The scopes of all keys that wait for approval, by application, environment and scope.
pub fn list_waiting_scopes(act: &Act<'_>) -> Result<Vec<WaitingScope>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.waiting_scopes()?))
}

/// Approves a scope that an application's keys have, or withdraws its approval. Approval counts also before the scope needs it, so that
/// it can be required without a gap. Tokens that exist keep what they hold.
pub fn decide_scope(
    act: &Act<'_>,
    application: &ApplicationId,
    key_type: KeyType,
    scope: &str,
    approved: bool,
) -> Result<HeldScope, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let holder = act.application_to_change(transaction, application)?;
        let key_set = transaction.key_set(application, key_type)?;
        let key_set = key_set.ok_or_else(|| ConsumerKeyError::NotFound { application: application.clone(), key_type })?;
        let client = &key_set.consumer_key;
        if approved {
            transaction.approve_scope(client, scope, act.now)?;
        } else {
            transaction.withdraw_scope(client, scope)?;
        }
        let held = states(transaction, &key_set)?.into_iter().find(|held| held.scope == scope);
        let held = held.ok_or_else(|| ScopeError::NotHeld(scope.to_owned()))?;
        if approved {
            // No approval helps against the owner's role.
            check_owner_of(transaction, &holder, scope)?;
        }
        let action = if approved { Action::ScopeApprove } else { Action::ScopeWithdraw };
        let details = json!({ "client": client, "key_type": key_type });
        act.audit(transaction, action, Some(application), Some(scope), Some(&details))?;
        Ok(held)
    })
}
