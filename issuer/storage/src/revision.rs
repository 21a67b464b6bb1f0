//! The table `revision`, in which triggers count the changes of the bundle.

use super::columns::Columns;
use super::{StorageError, Transaction};

const TABLE: &str = "revision";

impl Transaction<'_> {
    /// The revision: how often something in the bundle has changed.
    pub fn revision(&self) -> Result<u64, StorageError> {
        let number = self.find("SELECT number FROM revision", &[], |row| Columns::new(row, TABLE).count("number"))?;
        number.ok_or(StorageError::Corrupt { table: TABLE, column: "number" })
    }
}
