//! The master key: found out early to be the wrong one, and changed.

use postern_token::KeyType;
use serde_json::json;

use super::keyring::unseal;
use crate::error::SettingsError;
use crate::{Act, Error};
use postern_model::Action;
use postern_secrets::{MasterKey, Sealed};
use postern_storage::SealedSigningKey;

/// Makes sure that there are keys that sign, and that the master key opens every key.
pub fn check_master_key(act: &Act<'_>) -> Result<(), Error> {
    act.storage().read(|transaction| {
        for key_type in [KeyType::Production, KeyType::Sandbox] {
            transaction.current_kid(key_type)?.ok_or(SettingsError::NotInitialised)?;
        }
        act.keyring().check(transaction)
    })
}

/// Seals everything anew with `new` that was sealed with the master key before it, and says how many keys these were. Answers that were kept for
/// requests that come again are forgotten. An issuer that runs goes on with the keys that it has opened; it has to be started with the new master key
/// before it is to open or make another one.
pub fn change_master_key(act: &Act<'_>, new: &MasterKey) -> Result<usize, Error> {
    act.administer()?;
    let old = act.keyring().master_key()?;
    act.storage().write(|transaction| {
        let keys = transaction.signing_keys()?;
        for SealedSigningKey { kid, sealed, .. } in &keys {
            let secret = unseal(sealed, kid, old)?;
            let sealed = Sealed::seal(&secret, SealedSigningKey::TABLE, kid.as_str(), new, act.entropy)?;
            transaction.reseal_signing_key(kid, &sealed)?;
        }
        transaction.delete_answers(postern_token::UnixSeconds(u64::MAX))?;
        act.record(transaction, Action::MasterKeyChange, None, None, Some(&json!({ "signing_keys": keys.len() })))?;
        Ok(keys.len())
    })
}
