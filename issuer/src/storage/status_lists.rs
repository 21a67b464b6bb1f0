//! The tables `status_lists` and `status_list_bits`.

use postern_token::UnixSeconds;
use rusqlite::Row;

use super::columns::{Columns, list_number, moment};
use super::{StorageError, Transaction};
use crate::catalogue::{StatusBits, StatusListId, StatusListSummary, StatusListVersion, StatusPlace};

const TABLE: &str = "status_lists";
const BITS: &str = "status_list_bits";

const COLUMNS: &str = "SELECT id, version, changed_at FROM status_lists";

impl Transaction<'_> {
    /// Begins a new list.
    pub fn insert_status_list(&self, now: UnixSeconds) -> Result<(), StorageError> {
        let bits = StatusBits::new();
        let version = version(&bits)?;
        let sql = "INSERT INTO status_lists (next_index, last_expiry, version, changed_at) VALUES (0, 0, ?1, ?2) RETURNING id";
        let id = self.find(sql, (version.as_str(), moment(now)), |row| Columns::new(row, TABLE).status_list("id"))?;
        let id = id.ok_or(StorageError::Corrupt { table: TABLE, column: "id" })?;
        self.change("INSERT INTO status_list_bits (list_id, bits) VALUES (?1, ?2)", (list_number(id), bits.as_bytes())).map(drop)
    }

    /// Takes the next place for a token that runs out at `expires_at`, in the oldest list with room; `None` when none has any.
    pub fn take_status_place(&self, expires_at: Option<UnixSeconds>) -> Result<Option<StatusPlace>, StorageError> {
        let sql = "UPDATE status_lists SET next_index = next_index + 1, last_expiry = max(last_expiry, ?1)
                   WHERE id = (SELECT min(id) FROM status_lists WHERE next_index < ?2)
                   RETURNING id AS status_list, next_index - 1 AS status_index";
        let place = |row: &Row<'_>| Columns::new(row, TABLE).status_place();
        Ok(self.find(sql, (expires_at.map_or(i64::MAX, moment), StatusBits::CAPACITY), place)?.flatten())
    }

    /// How many more tokens find a place in the lists that there are.
    pub fn free_status_places(&self) -> Result<u64, StorageError> {
        let sql = "SELECT coalesce(sum(?1 - next_index), 0) AS free FROM status_lists";
        let free = self.find(sql, [StatusBits::CAPACITY], |row| Columns::new(row, TABLE).count("free"))?;
        Ok(free.unwrap_or_default())
    }

    /// Every list, the oldest first.
    pub fn status_lists(&self) -> Result<Vec<StatusListSummary>, StorageError> {
        self.list(&format!("{COLUMNS} ORDER BY id"), [], read)
    }

    /// The list of that number.
    pub fn status_list(&self, id: StatusListId) -> Result<Option<StatusListSummary>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE id = ?1"), [list_number(id)], read)
    }

    /// A list's bits.
    pub fn status_bits(&self, id: StatusListId) -> Result<Option<StatusBits>, StorageError> {
        self.find("SELECT bits FROM status_list_bits WHERE list_id = ?1", [list_number(id)], |row| {
            let bytes = Columns::new(row, BITS).bytes("bits")?;
            StatusBits::from_bytes(bytes).ok_or(StorageError::Corrupt { table: BITS, column: "bits" })
        })
    }

    /// Changes a list's bits, and its version with them.
    pub fn update_status_bits(&self, id: StatusListId, bits: &StatusBits, now: UnixSeconds) -> Result<(), StorageError> {
        self.change("UPDATE status_list_bits SET bits = ?2 WHERE list_id = ?1", (list_number(id), bits.as_bytes()))?;
        let sql = "UPDATE status_lists SET version = ?2, changed_at = ?3 WHERE id = ?1";
        self.change(sql, (list_number(id), version(bits)?.as_str(), moment(now))).map(drop)
    }

    /// Forgets the full lists all of whose tokens ran out before `moment`, and says how many these were.
    pub fn delete_status_lists(&self, before: UnixSeconds) -> Result<usize, StorageError> {
        let over = "next_index = ?1 AND last_expiry < ?2";
        let params = (StatusBits::CAPACITY, moment(before));
        let sql = format!("DELETE FROM status_list_bits WHERE list_id IN (SELECT id FROM status_lists WHERE {over})");
        self.change(&sql, params)?;
        self.change(&format!("DELETE FROM status_lists WHERE {over}"), params)
    }
}

fn version(bits: &StatusBits) -> Result<StatusListVersion, StorageError> {
    bits.version().ok_or(StorageError::Corrupt { table: TABLE, column: "version" })
}

fn read(row: &Row<'_>) -> Result<StatusListSummary, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(StatusListSummary {
        id: columns.status_list("id")?,
        version: columns.word("version", |text| StatusListVersion::parse(text.to_owned()))?,
        changed_at: columns.moment("changed_at")?,
    })
}
