//! Making a new database an issuer's.

use postern_token::{Algorithm, UnixSeconds};

use super::{Error, signing_keys, status_lists};
use crate::catalogue::Settings;
use crate::entropy::Entropy;
use crate::secrets::MasterKey;
use crate::storage::Storage;

/// Writes the settings, the first signing key and the first status list.
pub fn initialise(
    storage: &Storage,
    settings: &Settings,
    algorithm: Algorithm,
    master_key: &MasterKey,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<(), Error> {
    storage.write(|transaction| {
        if !transaction.insert_settings(settings)? {
            return Err(Error::AlreadyInitialised);
        }
        let kid = signing_keys::create(transaction, algorithm, master_key, now, entropy)?;
        transaction.sign_with(&kid)?;
        status_lists::begin_where_needed(transaction, now)
    })
}

/// Makes sure that the database has no settings yet, before anything beside it is made.
pub fn check_not_initialised(storage: &Storage) -> Result<(), Error> {
    storage.read(|transaction| match transaction.settings()? {
        Some(_) => Err(Error::AlreadyInitialised),
        None => Ok(()),
    })
}
