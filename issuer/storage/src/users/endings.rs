//! The table `endings@`: the status indexes of tokens that a store with its own database has ended, and whose bits may not be set
//! in the main database yet.

use super::UserTables;
use crate::StorageError;
use crate::columns::{Columns, list_number};
use crate::value::values;
use postern_model::{StatusIndex, StatusListId};

const TABLE: &str = "endings";

impl UserTables<'_, '_> {
    pub(super) fn insert_endings(&self, indexes: &[StatusIndex]) -> Result<(), StorageError> {
        let sql = "INSERT INTO \"endings@\" (status_list, status_index) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        indexes.iter().try_for_each(|status| self.change(sql, values![list_number(status.list), status.index]).map(drop))
    }

    /// At most `limit` status indexes, sorted by list and index.
    pub fn endings(&self, limit: u32) -> Result<Vec<StatusIndex>, StorageError> {
        let sql = "SELECT status_list, status_index FROM \"endings@\" ORDER BY status_list, status_index LIMIT ?1";
        let indexes = self.list(sql, values![limit], |row| Columns::new(row, TABLE).status_index())?;
        Ok(indexes.into_iter().flatten().collect())
    }

    /// Deletes the status indexes in the lists after `list`; in every list if it is `None`.
    pub fn delete_endings_after(&self, list: Option<StatusListId>) -> Result<(), StorageError> {
        let sql = "DELETE FROM \"endings@\" WHERE status_list > ?1";
        self.change(sql, values![list.map_or(0, list_number)]).map(drop)
    }

    /// Deletes a status index whose bit is set in the main database.
    pub fn delete_ending(&self, status: StatusIndex) -> Result<(), StorageError> {
        let sql = "DELETE FROM \"endings@\" WHERE status_list = ?1 AND status_index = ?2";
        self.change(sql, values![list_number(status.list), status.index]).map(drop)
    }
}
