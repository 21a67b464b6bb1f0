//! Approves the scopes of key sets.

use postern_token::KeyType;
use serde_json::json;

use super::holders::{HeldScope, check_owner_of, states};
use crate::error::{ConsumerKeyError, ScopeError};
use crate::{Act, Error};
use postern_model::{Action, ApplicationId, WaitingScope};

/// All scopes of key sets that wait for approval, by application, environment and scope.
pub fn list_waiting_scopes(act: &Act<'_>) -> Result<Vec<WaitingScope>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.waiting_scopes()?))
}

/// Approves a scope that a key set has, or withdraws the approval. A scope can be approved before a rule requires it, so that approval can
/// be required without a gap. Existing tokens do not change.
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
            // An approval does not override the rule for the owner's role.
            check_owner_of(transaction, &holder, scope)?;
        }
        let action = if approved { Action::ScopeApprove } else { Action::ScopeWithdraw };
        let details = json!({ "client": client, "key_type": key_type });
        act.audit(transaction, action, Some(application), Some(scope), Some(&details))?;
        Ok(held)
    })
}
