//! The table `audit`, an append-only log, and the table `audit_floor`, below which its entries may be pruned.

use std::net::IpAddr;

use postern_token::UnixSeconds;

use super::columns::{Columns, json};
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{ApplicationId, AuditEntry};

pub(super) const TABLE: &str = "audit";

/// Conditions on audit entries. `None` allows every value.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Entries about this application.
    pub application: Option<ApplicationId>,
    /// Entries of this actor, in the text form of [`Actor`].
    pub actor: Option<String>,
    /// Entries with this action, in the text form of [`Action`].
    pub action: Option<String>,
    /// Entries whose caller had this address.
    pub source: Option<IpAddr>,
    /// Entries from this time on.
    pub since: Option<UnixSeconds>,
    /// Entries up to and including this time.
    pub until: Option<UnixSeconds>,
    /// Entries with a lower number than this one, for pagination.
    pub before: Option<u64>,
}

impl Transaction<'_> {
    /// Appends an entry, whose number is ignored. Returns its number.
    pub fn insert_audit(&self, entry: &AuditEntry) -> Result<u64, StorageError> {
        let sql = "INSERT INTO audit (at, actor, action, application_id, subject, details, source)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING number";
        let details = entry.details.as_ref().map(|details| json(details, TABLE, "details")).transpose()?;
        let source = entry.source.map(|source| source.to_string());
        let values = values![
            entry.at,
            &entry.actor,
            &entry.action,
            entry.application.as_ref().map(ApplicationId::as_str),
            entry.subject.as_deref(),
            details.as_ref(),
            source.as_ref(),
        ];
        let numbers = self.list(sql, values, |row| Columns::new(row, TABLE).count("number"))?;
        numbers.first().copied().ok_or(StorageError::Corrupt { table: TABLE, column: "number" })
    }

    /// The number of the last entry above the floor that comes before the first entry at or after `time`; `None` if there is
    /// none.
    pub fn audit_before(&self, time: UnixSeconds) -> Result<Option<u64>, StorageError> {
        let sql = "SELECT number FROM audit
                   WHERE number > (SELECT number FROM audit_floor)
                   AND number < coalesce((SELECT number FROM audit WHERE at >= ?1 ORDER BY number LIMIT 1), ?2)
                   ORDER BY number DESC LIMIT 1";
        self.find(sql, values![time, i64::MAX], |row| Columns::new(row, TABLE).count("number"))
    }

    /// Allows the entries up to the number `last` and from before `time` to be pruned. The entry that was appended last must
    /// record this pruning; a trigger checks it.
    pub fn raise_audit_floor(&self, last: u64, time: UnixSeconds) -> Result<(), StorageError> {
        let sql = "UPDATE audit_floor SET number = ?1, at = ?2, entry = (SELECT max(number) FROM audit)";
        self.change(sql, values![UnixSeconds(last), time]).map(drop)
    }

    /// Prunes at most `limit` entries below the floor. Returns their number.
    pub fn delete_audit(&self, limit: u32) -> Result<usize, StorageError> {
        let sql = "DELETE FROM audit WHERE number IN (
                       SELECT audit.number FROM audit, audit_floor
                       WHERE audit.number <= audit_floor.number AND audit.at < audit_floor.at ORDER BY audit.number LIMIT ?1)";
        self.change(sql, values![limit])
    }

    /// At most `limit` entries that match `filter`, newest first.
    pub fn audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>, StorageError> {
        let sql = "SELECT number, at, actor, action, application_id, subject, details, source FROM audit
                   WHERE (CAST(?1 AS TEXT) IS NULL OR application_id = ?1) AND (CAST(?2 AS TEXT) IS NULL OR actor = ?2)
                   AND (CAST(?3 AS TEXT) IS NULL OR action = ?3)
                   AND at >= coalesce(CAST(?4 AS BIGINT), 0) AND (CAST(?5 AS BIGINT) IS NULL OR at <= ?5)
                   AND (CAST(?6 AS BIGINT) IS NULL OR number < ?6)
                   AND (CAST(?8 AS TEXT) IS NULL OR source = ?8) ORDER BY number DESC LIMIT ?7";
        let source = filter.source.map(|source| source.to_string());
        let values = values![
            filter.application.as_ref().map(ApplicationId::as_str),
            filter.actor.as_ref(),
            filter.action.as_ref(),
            filter.since,
            filter.until,
            filter.before.map(UnixSeconds),
            limit,
            source.as_ref(),
        ];
        self.list(sql, values, |row| {
            let columns = Columns::new(row, TABLE);
            Ok(AuditEntry {
                number: columns.count("number")?,
                at: columns.time("at")?,
                actor: columns.text("actor")?,
                action: columns.text("action")?,
                application: columns.optional_parsed("application_id")?,
                subject: columns.optional_text("subject")?,
                details: columns.json("details")?,
                source: columns.optional_parsed("source")?,
            })
        })
    }
}
