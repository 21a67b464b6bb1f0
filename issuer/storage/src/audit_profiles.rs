//! The table `audit_profiles`: in which blocks of the audit log a profile has short entries. An index of each entry would be larger, and each
//! new token would write a page of it.

use super::columns::Columns;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::ApplicationId;

const TABLE: &str = "audit_profiles";

/// How many numbers of entries a block has. The tables and their triggers rely on it.
const BLOCK: i64 = 1024;

/// The numbers of entries from `first` up to but not including `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) first: i64,
    pub(super) end: i64,
}

impl Numbers {
    fn of_block(block: i64) -> Self {
        let first = block.saturating_mul(BLOCK);
        Self { first, end: first.saturating_add(BLOCK) }
    }
}

/// The block of an entry.
const fn block(number: i64) -> i64 {
    number.div_euclid(BLOCK)
}

impl Transaction<'_> {
    /// Notes that a profile has an entry with this number.
    pub(super) fn insert_audit_profile(&self, profile: i64, number: i64) -> Result<(), StorageError> {
        let sql = "INSERT INTO audit_profiles (profile, block) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.change(sql, values![profile, block(number)]).map(drop)
    }

    /// The same for profiles and as many numbers.
    pub(super) fn insert_audit_profiles(&self, profiles: &[Option<i64>], numbers: &[u64]) -> Result<(), StorageError> {
        let sql = "INSERT INTO audit_profiles (profile, block)
                   SELECT DISTINCT new_profile, new_block
                   FROM unnest(CAST(?1 AS BIGINT[]), CAST(?2 AS BIGINT[])) AS new (new_profile, new_block)
                   ORDER BY new_profile, new_block ON CONFLICT DO NOTHING";
        let blocks: Vec<_> = numbers.iter().map(|number| i64::try_from(*number).ok().map(block)).collect();
        self.change(sql, values![profiles, &blocks[..]]).map(drop)
    }

    /// Deletes what only the entries up to the number `last` need that may be pruned.
    pub(super) fn delete_audit_profiles(&self, last: i64) -> Result<(), StorageError> {
        // For a plain `EXCEPT`, SQLite reads all of the table.
        let sql = "DELETE FROM audit_profiles WHERE (profile, block) IN (SELECT profile, block FROM (
                       SELECT profile, number / ?3 AS block FROM audit WHERE number <= ?1 AND profile IS NOT NULL
                       EXCEPT SELECT profile, audit.number / ?3 FROM audit, audit_floor
                       WHERE audit.number < ?2 AND profile IS NOT NULL AND (audit.number > ?1 OR audit.at >= audit_floor.at)) AS gone)";
        self.change(sql, values![last, Numbers::of_block(block(last)).end, BLOCK]).map(drop)
    }

    /// The newest of the blocks with numbers before `end` in which an application has short entries, of an actor if that is given.
    pub(super) fn newest_audit_block(
        &self,
        application: &ApplicationId,
        actor: Option<&String>,
        end: i64,
    ) -> Result<Option<Numbers>, StorageError> {
        let sql = "SELECT max((SELECT max(block) FROM audit_profiles WHERE profile = own.number AND block <= ?3)) AS newest
                   FROM token_profiles AS own
                   WHERE application_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR minted_by = ?2)";
        let values = values![application.as_str(), actor, block(end.saturating_sub(1))];
        let newest = self.find(sql, values, |row| Columns::new(row, TABLE).optional_integer("newest"))?;
        Ok(newest.flatten().map(Numbers::of_block))
    }
}
