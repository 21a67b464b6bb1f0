//! Making a new database an issuer's.

use postern_token::{Algorithm, KeyType};
use serde_json::json;

use crate::error::SettingsError;
use crate::signing_keys::create;
use crate::status_indexes::create_list_if_needed;
use crate::{Act, Error};
use postern_model::{Action, Settings};

/// Writes the settings, the first signing key and the first status list.
pub fn initialise(act: &Act<'_>, settings: &Settings, algorithm: Algorithm) -> Result<(), Error> {
    let key = create(act, algorithm)?;
    act.storage().write(|transaction| {
        if !transaction.insert_settings(settings)? {
            return Err(SettingsError::AlreadyInitialised.into());
        }
        transaction.insert_signing_key(&key, None, act.now)?;
        for key_type in [KeyType::Production, KeyType::Sandbox] {
            transaction.sign_with(&key.kid, key_type, act.now)?;
        }
        let details = json!({ "algorithm": algorithm.as_str() });
        act.audit(transaction, Action::IssuerInitialise, None, Some(settings.issuer.as_str()), Some(&details))?;
        create_list_if_needed(transaction, act.now)
    })
}

/// Makes sure that the database has no settings yet, before anything beside it is made.
pub fn check_not_initialised(storage: &postern_storage::Storage) -> Result<(), Error> {
    storage.read(|transaction| match transaction.settings()? {
        Some(_) => Err(Error::Settings(SettingsError::AlreadyInitialised)),
        None => Ok(()),
    })
}
