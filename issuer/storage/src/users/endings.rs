//! The table `endings@`: what a store with a database of its own has ended and the main database may not have heard of.

use super::UserTables;
use crate::StorageError;
use crate::columns::{Columns, list_number};
use crate::value::values;
use postern_model::{StatusIndex, StatusListId};

const TABLE: &str = "endings";

impl UserTables<'_, '_> {
    pub(super) fn note_endings(&self, places: &[StatusIndex]) -> Result<(), StorageError> {
        let sql = "INSERT INTO \"endings@\" (status_list, status_index) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        places.iter().try_for_each(|place| self.change(sql, values![list_number(place.list), place.index]).map(drop))
    }

    /// The places of which the main database may not have heard, so many at most.
    pub fn endings(&self, limit: u32) -> Result<Vec<StatusIndex>, StorageError> {
        let sql = "SELECT status_list, status_index FROM \"endings@\" ORDER BY status_list, status_index LIMIT ?1";
        let places = self.list(sql, values![limit], |row| Columns::new(row, TABLE).status_index())?;
        Ok(places.into_iter().flatten().collect())
    }

    /// Forgets the places in lists that come after one; in every list without one.
    pub fn delete_endings_after(&self, list: Option<StatusListId>) -> Result<(), StorageError> {
        let sql = "DELETE FROM \"endings@\" WHERE status_list > ?1";
        self.change(sql, values![list.map_or(0, list_number)]).map(drop)
    }

    /// Forgets a place of which the main database has heard.
    pub fn delete_ending(&self, place: StatusIndex) -> Result<(), StorageError> {
        let sql = "DELETE FROM \"endings@\" WHERE status_list = ?1 AND status_index = ?2";
        self.change(sql, values![list_number(place.list), place.index]).map(drop)
    }
}
