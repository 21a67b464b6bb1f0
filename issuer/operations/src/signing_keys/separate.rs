//! Separates the environments in a database of an older version, in which both could share a signing key.

use postern_token::{Algorithm, KeyType, Kid};
use serde_json::json;

use super::rotate::create_for;
use crate::error::SettingsError;
use crate::{Act, Error};
use postern_model::Action;
use postern_storage::{SealedSigningKey, Transaction};

/// Creates a separate signing key for the sandbox if it has signed with a secret key of production, which edges of the sandbox must not
/// have. Returns the new key. From then on, edges that serve only the sandbox refuse sandbox tokens of the old key.
pub fn separate_environments(act: &Act<'_>) -> Result<Option<Kid<'static>>, Error> {
    if act.storage().read(|transaction| Ok::<_, Error>(shared(transaction)?.is_none()))? {
        return Ok(None);
    }
    let key = create_for(act, Algorithm::Hs256, KeyType::Sandbox)?;
    act.storage().write(|transaction| {
        // Another process has separated them in the meantime.
        let Some(before) = shared(transaction)? else { return Ok(None) };
        act.keyring().check(transaction)?;
        transaction.insert_signing_key(&key, None, act.now)?;
        transaction.sign_with(&key.kid, KeyType::Sandbox, act.now)?;
        let details = json!({ "algorithm": key.algorithm.as_str(), "key_types": [KeyType::Sandbox], "instead_of": before.kid });
        act.audit(transaction, Action::SigningKeyCreate, None, Some(key.kid.as_str()), Some(&details))?;
        Ok(Some(key.kid.clone()))
    })
}

/// The key that signs for the sandbox, if the sandbox's bundle must not hold it.
fn shared(transaction: &Transaction<'_>) -> Result<Option<SealedSigningKey>, Error> {
    let kid = transaction.current_kid(KeyType::Sandbox)?.ok_or(SettingsError::NotInitialised)?;
    let key = transaction.signing_key(&kid)?;
    Ok(key.filter(|key| !key.environments.may_be_in_bundle(Some(KeyType::Sandbox), key.algorithm)))
}
