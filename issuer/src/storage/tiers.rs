//! The table `tiers`.

use super::columns::Columns;
use super::{StorageError, Transaction};
use crate::catalogue::TierName;

impl Transaction<'_> {
    /// Keeps a new tier; `false` when there is one of its name.
    pub fn insert_tier(&self, tier: &TierName) -> Result<bool, StorageError> {
        Ok(self.change("INSERT INTO tiers (name) VALUES (?1) ON CONFLICT DO NOTHING", [tier.as_str()])? == 1)
    }

    /// Every tier, by name.
    pub fn tiers(&self) -> Result<Vec<TierName>, StorageError> {
        self.list("SELECT name FROM tiers ORDER BY name", [], |row| Columns::new(row, "tiers").parsed("name"))
    }
}
