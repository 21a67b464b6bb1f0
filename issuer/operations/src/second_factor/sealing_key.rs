//! The key that seals the secrets of second factors. It is random, and sealed by the master key. It is in the main database, also for user
//! stores with their own databases; so a change of the master key is one transaction.

use zeroize::Zeroizing;

use crate::error::SigningKeyError;
use crate::{Act, Error};
use postern_secrets::{EntropyError, MasterKey, Sealed};
use postern_storage::{SEALING_KEYS, Transaction};

/// Its name in the table.
const NAME: &str = "second_factors";

/// Makes the key, unless there is one. It commits by itself: a store with its own database must not commit what a lost key has sealed.
pub(super) fn ensure(act: &Act<'_>) -> Result<(), Error> {
    let is_there = |transaction: &Transaction<'_>| Ok::<_, Error>(transaction.sealing_key(NAME)?.is_some());
    if act.storage().read(is_there)? {
        return Ok(());
    }
    let master_key = act.keyring().master_key()?;
    let sealed = seal(&MasterKey::generate(act.entropy)?, master_key, act)?;
    act.storage().write(|transaction| {
        // A process with an old master key must not make a key that the new one does not open.
        act.keyring().check(transaction)?;
        Ok(transaction.insert_sealing_key(NAME, &sealed)?)
    })
}

/// The key.
pub(super) fn find(act: &Act<'_>, transaction: &Transaction<'_>) -> Result<MasterKey, Error> {
    let sealed = transaction.sealing_key(NAME)?.ok_or(SigningKeyError::WrongMasterKeyForUsers)?;
    open(&sealed, act.keyring().master_key()?)
}

/// Checks that the master key opens the key, if there is one.
pub(crate) fn check_sealing_key(transaction: &Transaction<'_>, master_key: &MasterKey) -> Result<(), Error> {
    transaction.sealing_key(NAME)?.map_or(Ok(()), |sealed| open(&sealed, master_key).map(drop))
}

/// Seals the key, if there is one, with the master key `new` instead of `old`.
pub(crate) fn reseal_sealing_key(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    old: &MasterKey,
    new: &MasterKey,
) -> Result<(), Error> {
    let Some(sealed) = transaction.sealing_key(NAME)? else { return Ok(()) };
    let sealed = seal(&open(&sealed, old)?, new, act)?;
    Ok(transaction.reseal_sealing_key(NAME, &sealed)?)
}

fn seal(key: &MasterKey, master_key: &MasterKey, act: &Act<'_>) -> Result<Sealed, EntropyError> {
    Sealed::seal(key.encode().as_bytes(), SEALING_KEYS, NAME, master_key, act.entropy)
}

fn open(sealed: &Sealed, master_key: &MasterKey) -> Result<MasterKey, Error> {
    let wrong = || Error::SigningKey(SigningKeyError::WrongMasterKeyForUsers);
    let text = sealed.open(SEALING_KEYS, NAME, master_key).map_err(|_| wrong())?;
    let text = Zeroizing::new(String::from_utf8(text.to_vec()).map_err(|_| wrong())?);
    MasterKey::parse(&text).map_err(|_| wrong())
}
