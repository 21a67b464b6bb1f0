//! Checks the master key at start, and changes it.

use postern_token::KeyType;
use serde_json::json;

use crate::error::SettingsError;
use crate::keyring::{reseal_sealing_key, unseal, unseal_bundle_key};
use crate::{Act, Error};
use postern_model::Action;
use postern_secrets::{MasterKey, Sealed};
use postern_storage::{SealedBundleKey, SealedSigningKey};

/// Makes sure that there are active signing keys, and that the master key decrypts every key.
pub fn check_master_key(act: &Act<'_>) -> Result<(), Error> {
    act.storage().read(|transaction| {
        for key_type in [KeyType::Production, KeyType::Sandbox] {
            transaction.current_kid(key_type)?.ok_or(SettingsError::NotInitialised)?;
        }
        act.keyring().check(transaction)
    })
}

/// Re-encrypts every signing key and bundle key, and the key that seals second factors, with the master key `new`. Returns the number of signing
/// keys. Stored responses to requests with an
/// idempotency key are deleted. A running issuer keeps the signing keys that it has decrypted. Restart it with the new master key before it
/// must decrypt or create another signing key.
pub fn change_master_key(act: &Act<'_>, new: &MasterKey) -> Result<usize, Error> {
    act.require_administrator()?;
    let old = act.keyring().master_key()?;
    act.storage().write(|transaction| {
        let keys = transaction.signing_keys()?;
        for SealedSigningKey { kid, sealed, .. } in &keys {
            let secret = unseal(sealed, kid, old)?;
            let sealed = Sealed::seal(&secret, SealedSigningKey::TABLE, kid.as_str(), new, act.entropy)?;
            transaction.reseal_signing_key(kid, &sealed)?;
        }
        for key in transaction.bundle_keys()? {
            let (kid, secret) = (&key.record.kid, unseal_bundle_key(&key, old)?);
            let sealed = Sealed::seal(&secret, SealedBundleKey::TABLE, kid.as_str(), new, act.entropy)?;
            transaction.reseal_bundle_key(kid, &sealed)?;
        }
        reseal_sealing_key(transaction, old, new, act.entropy)?;
        transaction.delete_answers(postern_token::UnixSeconds(u64::MAX))?;
        act.audit(transaction, Action::MasterKeyChange, None, None, Some(&json!({ "signing_keys": keys.len() })))?;
        Ok(keys.len())
    })
}
