//! The key that seals the secrets of second factors. It is random, and sealed by the master key. It is in the main database, also for user
//! stores with their own databases; so a change of the master key is one transaction.

use zeroize::Zeroizing;

use crate::Error;
use crate::error::SigningKeyError;
use postern_secrets::{Entropy, EntropyError, MasterKey, Sealed};
use postern_storage::{SEALING_KEYS, Transaction};

/// Its name in the table.
const NAME: &str = "second_factors";

/// Whether there is a key.
pub(crate) fn has_sealing_key(transaction: &Transaction<'_>) -> Result<bool, Error> {
    Ok(transaction.sealing_key(NAME)?.is_some())
}

/// A new key, sealed.
pub(crate) fn make_sealing_key(master_key: &MasterKey, entropy: &dyn Entropy) -> Result<Sealed, EntropyError> {
    seal(&MasterKey::generate(entropy)?, master_key, entropy)
}

/// Stores a new key, unless there is one.
pub(crate) fn keep_sealing_key(transaction: &Transaction<'_>, sealed: &Sealed) -> Result<(), Error> {
    Ok(transaction.insert_sealing_key(NAME, sealed)?)
}

/// The key.
pub(crate) fn open_sealing_key(transaction: &Transaction<'_>, master_key: &MasterKey) -> Result<MasterKey, Error> {
    let sealed = transaction.sealing_key(NAME)?.ok_or(SigningKeyError::WrongMasterKeyForUsers)?;
    open(&sealed, master_key)
}

/// Checks that the master key opens the key, if there is one.
pub(super) fn check_sealing_key(transaction: &Transaction<'_>, master_key: &MasterKey) -> Result<(), Error> {
    transaction.sealing_key(NAME)?.map_or(Ok(()), |sealed| open(&sealed, master_key).map(drop))
}

/// Seals the key, if there is one, with the master key `new` instead of `old`.
pub(crate) fn reseal_sealing_key(
    transaction: &Transaction<'_>,
    old: &MasterKey,
    new: &MasterKey,
    entropy: &dyn Entropy,
) -> Result<(), Error> {
    let Some(sealed) = transaction.sealing_key(NAME)? else { return Ok(()) };
    let sealed = seal(&open(&sealed, old)?, new, entropy)?;
    Ok(transaction.reseal_sealing_key(NAME, &sealed)?)
}

fn seal(key: &MasterKey, master_key: &MasterKey, entropy: &dyn Entropy) -> Result<Sealed, EntropyError> {
    Sealed::seal(key.encode().as_bytes(), SEALING_KEYS, NAME, master_key, entropy)
}

fn open(sealed: &Sealed, master_key: &MasterKey) -> Result<MasterKey, Error> {
    let wrong = || Error::SigningKey(SigningKeyError::WrongMasterKeyForUsers);
    let text = sealed.open(SEALING_KEYS, NAME, master_key).map_err(|_| wrong())?;
    let text = Zeroizing::new(String::from_utf8(text.to_vec()).map_err(|_| wrong())?);
    MasterKey::parse(&text).map_err(|_| wrong())
}
