//! Initialises a new database.

use postern_token::{Algorithm, KeyType};
use serde_json::json;

use crate::bundle_keys;
use crate::error::SettingsError;
use crate::signing_keys::create_for;
use crate::status_indexes::create_list_if_needed;
use crate::{Act, Error};
use postern_model::{Action, Settings};

/// Writes the settings, the first signing key of each environment, the key that signs bundles, and the first status list.
pub fn initialise(act: &Act<'_>, settings: &Settings, algorithm: Algorithm) -> Result<(), Error> {
    let keys = [KeyType::Production, KeyType::Sandbox].map(|key_type| Ok((key_type, create_for(act, algorithm, key_type)?)));
    let keys = keys.into_iter().collect::<Result<Vec<_>, Error>>()?;
    let bundle_key = bundle_keys::make(act, Algorithm::Es256)?;
    act.storage().write(|transaction| {
        if !transaction.insert_settings(settings)? {
            return Err(SettingsError::AlreadyInitialised.into());
        }
        for (key_type, key) in &keys {
            transaction.insert_signing_key(key, None, act.now)?;
            transaction.sign_with(&key.kid, *key_type, act.now)?;
        }
        transaction.insert_bundle_key(&bundle_key)?;
        transaction.begin_epoch(act.now)?;
        let details = json!({ "algorithm": algorithm.as_str() });
        act.audit(transaction, Action::IssuerInitialise, None, Some(settings.issuer.as_str()), Some(&details))?;
        create_list_if_needed(transaction, act.now)
    })
}

/// Makes sure that the database has no settings yet, before any file is created beside it.
pub fn check_not_initialised(storage: &postern_storage::Storage) -> Result<(), Error> {
    storage.read(|transaction| match transaction.settings()? {
        Some(_) => Err(Error::Settings(SettingsError::AlreadyInitialised)),
        None => Ok(()),
    })
}
