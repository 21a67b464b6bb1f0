//! The table `tiers`.

use super::columns::Columns;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{Tier, TierLimit, TierName};

const TABLE: &str = "tiers";

impl Transaction<'_> {
    /// Inserts a tier; `false` if the name is taken.
    pub fn insert_tier(&self, tier: &Tier) -> Result<bool, StorageError> {
        let sql = "INSERT INTO tiers (name, description, requests, seconds, approval) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT DO NOTHING";
        Ok(self.set_tier(sql, tier)? == 1)
    }

    /// Updates everything but the name.
    pub fn update_tier(&self, tier: &Tier) -> Result<(), StorageError> {
        let sql = "UPDATE tiers SET description = ?2, requests = ?3, seconds = ?4, approval = ?5 WHERE name = ?1";
        self.set_tier(sql, tier).map(drop)
    }

    fn set_tier(&self, sql: &str, tier: &Tier) -> Result<usize, StorageError> {
        let Tier { name, description, limit, approval } = tier;
        let (requests, seconds) = (limit.map(|limit| limit.requests), limit.map(|limit| limit.seconds));
        self.change(sql, values![name.as_str(), description.as_ref(), requests, seconds, *approval])
    }

    /// Deletes a tier. No subscription may use it.
    pub fn delete_tier(&self, tier: &TierName) -> Result<(), StorageError> {
        self.change("DELETE FROM tiers WHERE name = ?1", values![tier.as_str()]).map(drop)
    }

    /// Whether a subscription uses the tier.
    pub fn is_tier_in_use(&self, tier: &TierName) -> Result<bool, StorageError> {
        let sql = "SELECT tier FROM subscriptions WHERE tier = ?1 LIMIT 1";
        Ok(self.find(sql, values![tier.as_str()], |_| Ok(()))?.is_some())
    }

    /// All tiers, sorted by name.
    pub fn tiers(&self) -> Result<Vec<Tier>, StorageError> {
        self.list("SELECT name, description, requests, seconds, approval FROM tiers ORDER BY name", &[], |row| {
            let columns = Columns::new(row, TABLE);
            let (requests, seconds) = (columns.optional_integer("requests")?, columns.optional_integer("seconds")?);
            let limit = requests.zip(seconds).map(|(requests, seconds)| TierLimit { requests, seconds });
            Ok(Tier {
                name: columns.parsed("name")?,
                description: columns.optional_text("description")?,
                limit,
                approval: columns.flag("approval")?,
            })
        })
    }
}
