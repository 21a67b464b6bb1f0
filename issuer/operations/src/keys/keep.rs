//! Keeping new keys.

use serde_json::json;

use crate::error::ConsumerKeyError;
use crate::{Act, Error};
use postern_model::{Action, KeySet};
use postern_storage::Transaction;

/// Keeps a new key set, which has no secret yet.
pub(crate) fn keep(act: &Act<'_>, transaction: &Transaction<'_>, key_set: &KeySet) -> Result<(), Error> {
    let KeySet { application, key_type, consumer_key, .. } = key_set;
    if !transaction.insert_key_set(key_set, act.now)? {
        return Err(ConsumerKeyError::AlreadyExist { application: application.clone(), key_type: *key_type }.into());
    }
    let details = json!({ "key_type": key_type });
    act.record(transaction, Action::KeysGenerate, Some(application), Some(consumer_key.as_str()), Some(&details))
}
