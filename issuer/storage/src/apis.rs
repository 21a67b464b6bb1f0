//! The table `apis`.

use postern_token::bundle::{ApiDocument, Problems};
use postern_token::{ApiReference, UnixSeconds};

use super::columns::{Columns, json};
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{ApiRecord, TierName};

const TABLE: &str = "apis";

impl Transaction<'_> {
    /// Inserts an API; `false` if the name and version are taken.
    pub fn insert_api(&self, api: &ApiRecord, now: UnixSeconds) -> Result<bool, StorageError> {
        let document = json(&api.document, TABLE, "document")?;
        let sql = "INSERT INTO apis (name, version, document, approval, created_at, tiers) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT DO NOTHING";
        let ApiDocument { name, version, .. } = &api.document;
        Ok(self.change(sql, values![name, version, &document, api.approval, now, offered(api).as_ref()])? == 1)
    }

    /// Updates the API with this name and version; `false` if there is none.
    pub fn update_api(&self, api: &ApiRecord) -> Result<bool, StorageError> {
        let document = json(&api.document, TABLE, "document")?;
        let sql = "UPDATE apis SET document = ?3, approval = ?4, tiers = ?5 WHERE name = ?1 AND version = ?2";
        let ApiDocument { name, version, .. } = &api.document;
        Ok(self.change(sql, values![name, version, &document, api.approval, offered(api).as_ref()])? == 1)
    }

    /// Deletes an API. It must have no subscriptions.
    pub fn delete_api(&self, api: &ApiReference<'_>) -> Result<(), StorageError> {
        self.change("DELETE FROM apis WHERE name = ?1 AND version = ?2", values![api.name(), api.version()]).map(drop)
    }

    /// All APIs, sorted by name and version.
    pub fn apis(&self) -> Result<Vec<ApiRecord>, StorageError> {
        self.list("SELECT document, approval, tiers FROM apis ORDER BY name, version", &[], read)
    }

    /// The API with this name and version.
    pub fn api(&self, api: &ApiReference<'_>) -> Result<Option<ApiRecord>, StorageError> {
        let sql = "SELECT document, approval, tiers FROM apis WHERE name = ?1 AND version = ?2";
        self.find(sql, values![api.name(), api.version()], read)
    }
}

/// The tiers as the column holds them.
fn offered(api: &ApiRecord) -> Option<String> {
    api.tiers.as_ref().map(|tiers| tiers.iter().map(TierName::as_str).collect::<Vec<_>>().join(" "))
}

fn read(row: Row<'_>) -> Result<ApiRecord, StorageError> {
    let columns = Columns::new(row, TABLE);
    let document = columns.parsed_with("document", |text| Problems::read(text.as_bytes()).ok())?;
    let tier = |name: &str| name.parse().map_err(|_| columns.corrupt("tiers"));
    let tiers = columns.optional_text("tiers")?.map(|names| names.split(' ').map(tier).collect()).transpose()?;
    Ok(ApiRecord { document, approval: columns.flag("approval")?, tiers })
}
