//! The table `edge_keys`.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{EdgeEnvironment, EdgeKey, EdgeName};
use postern_secrets::HashedSecret;

const TABLE: &str = "edge_keys";

const COLUMNS: &str = "SELECT name, environment, created_at FROM edge_keys";

impl Transaction<'_> {
    /// Inserts the hash of an edge key; `false` if the name is taken.
    pub fn insert_edge_key(
        &self,
        name: &EdgeName,
        environment: EdgeEnvironment,
        key: &HashedSecret,
        now: UnixSeconds,
    ) -> Result<bool, StorageError> {
        let sql = "INSERT INTO edge_keys (name, environment, key_hash, created_at) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (name) DO NOTHING";
        Ok(self.change(sql, values![name.as_str(), environment.as_str(), key.as_bytes(), now])? == 1)
    }

    /// Deletes an edge key; `false` if there is none with this name.
    pub fn delete_edge_key(&self, name: &EdgeName) -> Result<bool, StorageError> {
        Ok(self.change("DELETE FROM edge_keys WHERE name = ?1", values![name.as_str()])? == 1)
    }

    /// All edge keys, sorted by name.
    pub fn edge_keys(&self) -> Result<Vec<EdgeKey>, StorageError> {
        self.list(&format!("{COLUMNS} ORDER BY name"), &[], read)
    }

    /// The hashes of all edge keys.
    pub fn edge_key_hashes(&self) -> Result<Vec<HashedSecret>, StorageError> {
        self.list("SELECT key_hash FROM edge_keys", &[], |row| Columns::new(row, TABLE).hash("key_hash"))
    }

    /// The edge key with this hash. The hash is that of a secret that cannot be guessed, so the time of the look-up reveals
    /// nothing.
    pub fn edge_with_key(&self, key: &HashedSecret) -> Result<Option<EdgeKey>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE key_hash = ?1"), values![key.as_bytes()], read)
    }
}

fn read(row: Row<'_>) -> Result<EdgeKey, StorageError> {
    let columns = Columns::new(row, TABLE);
    let environment = columns.optional_text("environment")?;
    let environment = environment.map(|text| text.parse().map_err(|_| columns.corrupt("environment"))).transpose()?;
    Ok(EdgeKey { name: columns.parsed("name")?, environment, created_at: columns.time("created_at")? })
}
