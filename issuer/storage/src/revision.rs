//! The table `revision`, in which triggers count the changes of the bundle.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::value::values;
use super::{StorageError, Transaction};

const TABLE: &str = "revision";

impl Transaction<'_> {
    /// The Unix time at which the issuer's history began; revisions are counted within it. 0 in a database of an older version.
    pub fn epoch(&self) -> Result<u64, StorageError> {
        let number = self.find("SELECT epoch FROM revision", &[], |row| Columns::new(row, TABLE).count("epoch"))?;
        number.ok_or(StorageError::Corrupt { table: TABLE, column: "epoch" })
    }

    /// Begins a new epoch, later than the current one even if the clock is behind.
    pub fn begin_epoch(&self, now: UnixSeconds) -> Result<(), StorageError> {
        let sql = "UPDATE revision SET epoch = CASE WHEN epoch >= ?1 THEN epoch + 1 ELSE ?1 END, number = number + 1";
        self.change(sql, values![now]).map(drop)
    }

    /// The revision: the number of changes of the bundle.
    pub fn revision(&self) -> Result<u64, StorageError> {
        let number = self.find("SELECT number FROM revision", &[], |row| Columns::new(row, TABLE).count("number"))?;
        number.ok_or(StorageError::Corrupt { table: TABLE, column: "number" })
    }
}
