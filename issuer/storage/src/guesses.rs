//! The table `guesses`: counts of wrong passwords and user codes, which all processes on the database share.

use std::fmt::Write as _;

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::value::{Value, values};
use super::{StorageError, Transaction};

const TABLE: &str = "guesses";

/// A count at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuessCount {
    /// The count in thousandths.
    pub level: u64,
    /// The moment.
    pub at: UnixSeconds,
    /// When the count will have fallen to zero by itself; `None` if it does not fall.
    pub drained_at: Option<UnixSeconds>,
}

impl Transaction<'_> {
    /// Locks these counts until the end of the transaction, whether they exist or not. The keys must be sorted, so that two transactions
    /// never wait for each other.
    pub fn lock_guess_counts<'k>(&self, keys: impl Iterator<Item = &'k [u8; 32]>) -> Result<(), StorageError> {
        for key in keys {
            let mut name = String::from(TABLE);
            for byte in key {
                // Writing to a string cannot fail.
                let _ = write!(name, "{byte:02x}");
            }
            self.lock(&name)?;
        }
        Ok(())
    }

    /// The count with this key; `None` if nothing is counted.
    pub fn guess_count(&self, key: &[u8; 32]) -> Result<Option<GuessCount>, StorageError> {
        self.find("SELECT level, at, drained_at FROM guesses WHERE key_hash = ?1", values![key], |row| {
            let columns = Columns::new(row, TABLE);
            let (level, at) = (columns.count("level")?, columns.time("at")?);
            Ok(GuessCount { level, at, drained_at: columns.optional_time("drained_at")? })
        })
    }

    /// Sets the count with this key, which the transaction must have locked.
    pub fn set_guess_count(&self, key: &[u8; 32], count: &GuessCount) -> Result<(), StorageError> {
        let sql = "INSERT INTO guesses (key_hash, level, at, drained_at) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (key_hash) DO UPDATE SET level = excluded.level, at = excluded.at, drained_at = excluded.drained_at";
        let level = i64::try_from(count.level).unwrap_or(i64::MAX);
        self.change(sql, values![key, level, count.at, count.drained_at]).map(drop)
    }

    /// Deletes the count with this key.
    pub fn delete_guess_count(&self, key: &[u8; 32]) -> Result<(), StorageError> {
        self.change("DELETE FROM guesses WHERE key_hash = ?1", values![key]).map(drop)
    }

    /// Deletes at most `limit` counts that have fallen to zero by `now`. Returns their number.
    pub fn delete_drained_guess_counts(&self, now: UnixSeconds, limit: u32) -> Result<usize, StorageError> {
        let sql = "DELETE FROM guesses WHERE key_hash IN
                       (SELECT key_hash FROM guesses WHERE drained_at <= ?1 ORDER BY drained_at LIMIT ?2)";
        self.change(sql, values![now, limit])
    }

    /// Deletes at most `limit` of the counts that do not fall by themselves, while there are more than `most`: the lowest and oldest first.
    /// Returns their number.
    pub fn delete_excess_guess_counts(&self, most: u32, limit: u32) -> Result<usize, StorageError> {
        let sql = "SELECT count(*) AS kept FROM guesses WHERE drained_at IS NULL";
        let kept = self.find(sql, &[], |row| Columns::new(row, TABLE).count("kept"))?.unwrap_or_default();
        let excess = i64::try_from(kept.saturating_sub(most.into())).unwrap_or(i64::MAX).min(limit.into());
        if excess == 0 {
            return Ok(0);
        }
        let sql = "DELETE FROM guesses WHERE key_hash IN
                       (SELECT key_hash FROM guesses WHERE drained_at IS NULL ORDER BY level, at LIMIT ?1)";
        self.change(sql, &[Value::Number(excess)])
    }
}
