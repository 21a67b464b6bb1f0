//! The table `revision`, in which triggers count what edges must hear of.

use super::columns::Columns;
use super::{StorageError, Transaction};

const TABLE: &str = "revision";

impl Transaction<'_> {
    /// How often something has changed that edges must hear of.
    pub fn revision(&self) -> Result<u64, StorageError> {
        let number = self.find("SELECT number FROM revision", &[], |row| Columns::new(row, TABLE).count("number"))?;
        number.ok_or(StorageError::Corrupt { table: TABLE, column: "number" })
    }
}
