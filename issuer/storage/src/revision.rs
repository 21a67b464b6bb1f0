//! The table `revision`, in which triggers count what edges must hear of.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::value::values;
use super::{StorageError, Transaction};

const TABLE: &str = "revision";

impl Transaction<'_> {
    /// The Unix time at which the issuer's history began; revisions are counted within it. 0 in a database from before there were
    /// epochs.
    pub fn epoch(&self) -> Result<u64, StorageError> {
        let number = self.find("SELECT epoch FROM revision", &[], |row| Columns::new(row, TABLE).count("epoch"))?;
        number.ok_or(StorageError::Corrupt { table: TABLE, column: "epoch" })
    }

    /// Begins another epoch, which is later than the one before whatever the clock says.
    pub fn begin_epoch(&self, now: UnixSeconds) -> Result<(), StorageError> {
        let sql = "UPDATE revision SET epoch = CASE WHEN epoch >= ?1 THEN epoch + 1 ELSE ?1 END, number = number + 1";
        self.change(sql, values![now]).map(drop)
    }

    /// How often something has changed that edges must hear of.
    pub fn revision(&self) -> Result<u64, StorageError> {
        let number = self.find("SELECT number FROM revision", &[], |row| Columns::new(row, TABLE).count("number"))?;
        number.ok_or(StorageError::Corrupt { table: TABLE, column: "number" })
    }
}
