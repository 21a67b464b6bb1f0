//! Finding out whether the database answers.

use super::{Error, settings};
use crate::storage::Storage;

/// Makes sure that the database answers.
pub fn check_health(storage: &Storage) -> Result<(), Error> {
    storage.read(|transaction| settings(transaction).map(drop))
}
