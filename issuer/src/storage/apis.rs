//! The table `apis`.

use postern_token::bundle::{ApiDocument, Problems};
use postern_token::{ApiReference, UnixSeconds};

use super::columns::{Columns, moment};
use super::{StorageError, Transaction};

const TABLE: &str = "apis";

impl Transaction<'_> {
    /// Keeps a new API; `false` when there is one of its name and version.
    pub fn insert_api(&self, api: &ApiDocument, now: UnixSeconds) -> Result<bool, StorageError> {
        let document = serde_json::to_string(api).map_err(|_| StorageError::Corrupt { table: TABLE, column: "document" })?;
        let sql = "INSERT INTO apis (name, version, document, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
        Ok(self.change(sql, (&api.name, &api.version, document, moment(now)))? == 1)
    }

    /// Every API, by name and version.
    pub fn apis(&self) -> Result<Vec<ApiDocument>, StorageError> {
        let sql = "SELECT document FROM apis ORDER BY name, version";
        self.list(sql, [], |row| Columns::new(row, TABLE).word("document", |text| Problems::read(text.as_bytes()).ok()))
    }

    /// Whether there is such an API.
    pub fn has_api(&self, api: &ApiReference<'_>) -> Result<bool, StorageError> {
        let sql = "SELECT 1 FROM apis WHERE name = ?1 AND version = ?2";
        Ok(self.find(sql, [api.name(), api.version()], |_| Ok(()))?.is_some())
    }
}
