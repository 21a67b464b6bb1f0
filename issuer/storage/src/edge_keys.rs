//! The table `edge_keys`.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{EdgeKey, EdgeName};
use postern_secrets::HashedSecret;

const TABLE: &str = "edge_keys";

impl Transaction<'_> {
    /// Inserts the hash of an edge key; `false` if the name is taken.
    pub fn insert_edge_key(&self, name: &EdgeName, key: &HashedSecret, now: UnixSeconds) -> Result<bool, StorageError> {
        let sql = "INSERT INTO edge_keys (name, key_hash, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING";
        Ok(self.change(sql, values![name.as_str(), key.as_bytes(), now])? == 1)
    }

    /// Deletes an edge key; `false` if there is none with this name.
    pub fn delete_edge_key(&self, name: &EdgeName) -> Result<bool, StorageError> {
        Ok(self.change("DELETE FROM edge_keys WHERE name = ?1", values![name.as_str()])? == 1)
    }

    /// All edge keys, sorted by name.
    pub fn edge_keys(&self) -> Result<Vec<EdgeKey>, StorageError> {
        self.list("SELECT name, created_at FROM edge_keys ORDER BY name", &[], |row| {
            let columns = Columns::new(row, TABLE);
            Ok(EdgeKey { name: columns.parsed("name")?, created_at: columns.time("created_at")? })
        })
    }

    /// The hashes of all edge keys.
    pub fn edge_key_hashes(&self) -> Result<Vec<HashedSecret>, StorageError> {
        self.list("SELECT key_hash FROM edge_keys", &[], |row| Columns::new(row, TABLE).hash("key_hash"))
    }

    /// The edge whose key has this hash. The hash is that of a secret that cannot be guessed, so the time of the look-up reveals
    /// nothing.
    pub fn edge_with_key(&self, key: &HashedSecret) -> Result<Option<EdgeName>, StorageError> {
        let sql = "SELECT name FROM edge_keys WHERE key_hash = ?1";
        self.find(sql, values![key.as_bytes()], |row| Columns::new(row, TABLE).parsed("name"))
    }
}
