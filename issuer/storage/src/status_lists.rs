//! The tables `status_lists` and `status_list_bits`.

use std::ops::Range;

use postern_token::UnixSeconds;

use super::columns::{Columns, list_number};
use super::dialect::Dialect;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{StatusBits, StatusListId, StatusListSummary, StatusListVersion};

const TABLE: &str = "status_lists";
const BITS: &str = "status_list_bits";

const COLUMNS: &str = "SELECT id, version, changed_at FROM status_lists";

/// The bits with the row of the list, whose version changes with them.
const BITS_WITH_LIST: &str = "SELECT list_id, bits FROM status_list_bits JOIN status_lists ON id = list_id WHERE list_id";

impl Transaction<'_> {
    /// Takes the lock of the status lists until the end of this transaction. A caller must hold it to insert a list or to reserve
    /// indexes.
    pub fn lock_status_lists(&self) -> Result<(), StorageError> {
        self.lock(TABLE)
    }

    /// Inserts an empty list.
    pub fn insert_status_list(&self, now: UnixSeconds) -> Result<(), StorageError> {
        let bits = StatusBits::new();
        let version = version(&bits)?;
        let sql = "INSERT INTO status_lists (next_index, last_expiry, version, changed_at) VALUES (0, 0, ?1, ?2) RETURNING id";
        let id = self.find(sql, values![version.as_str(), now], |row| Columns::new(row, TABLE).status_list("id"))?;
        let id = id.ok_or(StorageError::Corrupt { table: TABLE, column: "id" })?;
        self.change("INSERT INTO status_list_bits (list_id, bits) VALUES (?1, ?2)", values![list_number(id), bits.as_bytes()])
            .map(drop)
    }

    /// Reserves at most `count` indexes in the oldest list with free ones; `None` if no list has any.
    pub fn reserve_status_indexes(&self, count: u32) -> Result<Option<(StatusListId, Range<u32>)>, StorageError> {
        let sql = "SELECT id, next_index FROM status_lists WHERE next_index < ?1 ORDER BY id LIMIT 1";
        let sql = format!("{sql}{}", self.for_update());
        let free = self.find(&sql, values![StatusBits::CAPACITY], |row| {
            let columns = Columns::new(row, TABLE);
            let start: Option<u32> = columns.optional_integer("next_index")?;
            Ok((columns.status_list("id")?, start.ok_or_else(|| columns.corrupt("next_index"))?))
        })?;
        let Some((id, start)) = free else { return Ok(None) };
        let end = start.saturating_add(count).min(StatusBits::CAPACITY);
        self.change("UPDATE status_lists SET next_index = ?2 WHERE id = ?1", values![list_number(id), end])?;
        Ok(Some((id, start..end)))
    }

    /// Keeps a list until a token expires at `expires_at`, or forever if it is `None`; `false` if the list was deleted.
    pub fn extend_status_list(&self, id: StatusListId, expires_at: Option<UnixSeconds>) -> Result<bool, StorageError> {
        /// A day more than needed, so that most tokens need no write.
        const MARGIN: u64 = 86400;
        let sql = "SELECT last_expiry FROM status_lists WHERE id = ?1";
        let known = self.find(sql, values![list_number(id)], |row| Columns::new(row, TABLE).time("last_expiry"))?;
        let Some(known) = known else { return Ok(false) };
        let end = expires_at.map_or(UnixSeconds(u64::MAX), |expires_at| UnixSeconds(expires_at.0.saturating_add(MARGIN)));
        let long_enough = expires_at.map_or(known.0 >= i64::MAX.unsigned_abs(), |expires_at| known >= expires_at);
        if !long_enough {
            let sql = "UPDATE status_lists SET last_expiry = ?2 WHERE id = ?1 AND last_expiry < ?2";
            self.change(sql, values![list_number(id), end])?;
        }
        Ok(true)
    }

    /// Closes all existing lists: their free indexes are not used.
    pub fn close_status_lists(&self) -> Result<(), StorageError> {
        self.change("UPDATE status_lists SET next_index = ?1", values![StatusBits::CAPACITY]).map(drop)
    }

    /// The number of free indexes in all lists.
    pub fn free_status_indexes(&self) -> Result<u64, StorageError> {
        let sql = "SELECT CAST(coalesce(sum(?1 - next_index), 0) AS BIGINT) AS free FROM status_lists";
        let free = self.find(sql, values![StatusBits::CAPACITY], |row| Columns::new(row, TABLE).count("free"))?;
        Ok(free.unwrap_or_default())
    }

    /// All lists, oldest first.
    pub fn status_lists(&self) -> Result<Vec<StatusListSummary>, StorageError> {
        self.list(&format!("{COLUMNS} ORDER BY id"), &[], read)
    }

    /// The list with this number.
    pub fn status_list(&self, id: StatusListId) -> Result<Option<StatusListSummary>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE id = ?1"), values![list_number(id)], read)
    }

    /// The bits of a list.
    pub fn status_bits(&self, id: StatusListId) -> Result<Option<StatusBits>, StorageError> {
        self.find("SELECT bits FROM status_list_bits WHERE list_id = ?1", values![list_number(id)], read_bits)
    }

    /// The bits of those lists that exist, locked for a change until the end of this transaction, in the order of their numbers. There is no deadlock if a caller locks all lists that it changes before it changes the first.
    pub fn status_bits_to_change(&self, ids: &[StatusListId]) -> Result<Vec<(StatusListId, StatusBits)>, StorageError> {
        if self.dialect() == Dialect::Sqlite {
            let sql = format!("{BITS_WITH_LIST} = ?1");
            let found = ids.iter().map(|id| self.find(&sql, values![list_number(*id)], read_bits_with_list));
            return found.filter_map(Result::transpose).collect();
        }
        let ids: Vec<_> = ids.iter().map(|id| Some(list_number(*id))).collect();
        let sql = format!("{BITS_WITH_LIST} = ANY(?1) ORDER BY list_id{}", self.for_update());
        self.list(&sql, values![&ids[..]], read_bits_with_list)
    }

    /// Updates the bits of a list, and its version.
    pub fn update_status_bits(&self, id: StatusListId, bits: &StatusBits, now: UnixSeconds) -> Result<(), StorageError> {
        self.change("UPDATE status_list_bits SET bits = ?2 WHERE list_id = ?1", values![list_number(id), bits.as_bytes()])?;
        let sql = "UPDATE status_lists SET version = ?2, changed_at = ?3 WHERE id = ?1";
        self.change(sql, values![list_number(id), version(bits)?.as_str(), now]).map(drop)
    }

    /// Deletes the full lists whose tokens all expired before `before`. Returns their number.
    pub fn delete_status_lists(&self, before: UnixSeconds) -> Result<usize, StorageError> {
        let expired = "next_index = ?1 AND last_expiry < ?2";
        let values = values![StatusBits::CAPACITY, before];
        let sql = format!("DELETE FROM status_list_bits WHERE list_id IN (SELECT id FROM status_lists WHERE {expired})");
        self.change(&sql, values)?;
        self.change(&format!("DELETE FROM status_lists WHERE {expired}"), values)
    }
}

fn version(bits: &StatusBits) -> Result<StatusListVersion, StorageError> {
    bits.version().ok_or(StorageError::Corrupt { table: TABLE, column: "version" })
}

fn read_bits(row: Row<'_>) -> Result<StatusBits, StorageError> {
    let bytes = Columns::new(row, BITS).bytes("bits")?;
    StatusBits::from_bytes(bytes.to_vec()).ok_or(StorageError::Corrupt { table: BITS, column: "bits" })
}

fn read_bits_with_list(row: Row<'_>) -> Result<(StatusListId, StatusBits), StorageError> {
    Ok((Columns::new(row, BITS).status_list("list_id")?, read_bits(row)?))
}

fn read(row: Row<'_>) -> Result<StatusListSummary, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(StatusListSummary {
        id: columns.status_list("id")?,
        version: columns.parsed_with("version", |text| StatusListVersion::parse(text.to_owned()))?,
        changed_at: columns.time("changed_at")?,
    })
}
