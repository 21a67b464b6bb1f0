//! The table `sealing_keys`: keys that seal what is in the tables of user stores.

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_secrets::Sealed;

/// The table that a sealing key is sealed for.
pub const SEALING_KEYS: &str = "sealing_keys";

impl Transaction<'_> {
    /// Inserts a sealing key, unless there is one with this name.
    pub fn insert_sealing_key(&self, name: &str, sealed: &Sealed) -> Result<(), StorageError> {
        let sql = "INSERT INTO sealing_keys (name, sealed) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.change(sql, values![name, sealed.as_bytes()]).map(drop)
    }

    /// Replaces the sealed form of a sealing key.
    pub fn reseal_sealing_key(&self, name: &str, sealed: &Sealed) -> Result<(), StorageError> {
        self.change("UPDATE sealing_keys SET sealed = ?2 WHERE name = ?1", values![name, sealed.as_bytes()]).map(drop)
    }

    /// The sealing key with this name.
    pub fn sealing_key(&self, name: &str) -> Result<Option<Sealed>, StorageError> {
        let read = |row: Row<'_>| Ok(Sealed::from_bytes(Columns::new(row, SEALING_KEYS).bytes("sealed")?.to_vec()));
        self.find("SELECT sealed FROM sealing_keys WHERE name = ?1", values![name], read)
    }
}
