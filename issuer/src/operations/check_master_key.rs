//! Finding out early that the master key is the wrong one.

use super::{Error, signing_keys};
use crate::secrets::MasterKey;
use crate::storage::Storage;

/// Makes sure that `master_key` opens the key that signs.
pub fn check_master_key(storage: &Storage, master_key: &MasterKey) -> Result<(), Error> {
    storage.read(|transaction| signing_keys::current(transaction, master_key).map(drop))
}
