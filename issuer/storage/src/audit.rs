//! The table `audit`, an append-only log, and the table `audit_floor`, below which its entries may be pruned.
//!
//! Most entries are of tokens that clients obtained themselves. Such an entry is short: it names the token's profile, which has the rest.

use std::net::IpAddr;

use postern_token::UnixSeconds;

use super::audit_profiles::Numbers;
use super::columns::{Columns, json};
use super::row::Row;
use super::value::{Value, values};
use super::{StorageError, Transaction};
use postern_model::{Action, ApplicationId, AuditEntry, Obtained, Validity, token_details};

pub(super) const TABLE: &str = "audit";

/// The action of an entry. The name is that of [`Action::TokenMint`](postern_model::Action::TokenMint).
pub(super) const ACTION: &str = "CASE WHEN profile IS NULL THEN action ELSE 'token.mint' END";

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
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
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
        let number = self.insert_numbered(TABLE, sql, values)?;
        u64::try_from(number).map_err(|_| StorageError::Corrupt { table: TABLE, column: "number" })
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
        let sql = "SELECT max(number) AS last FROM (
                       SELECT audit.number FROM audit, audit_floor
                       WHERE audit.number <= audit_floor.number AND audit.at < audit_floor.at ORDER BY audit.number LIMIT ?1) AS step";
        let last: Option<i64> =
            self.find(sql, values![limit], |row| Columns::new(row, TABLE).optional_integer("last"))?.flatten();
        let Some(last) = last else { return Ok(0) };
        self.delete_audit_profiles(last)?;
        let sql = "DELETE FROM audit WHERE number <= ?1 AND at < (SELECT at FROM audit_floor)";
        self.change(sql, values![last])
    }

    /// Appends the entry of a token that a client obtained itself, with the number of the token's profile. Returns the number of the entry.
    pub(super) fn insert_mint_audit(&self, entry: &AuditEntry, profile: i64, validity: Validity) -> Result<u64, StorageError> {
        let sql = "INSERT INTO audit (at, actor, action, subject, source, profile, validity) VALUES (?1, '', '', ?2, ?3, ?4, ?5)";
        let source = entry.source.map(|source| source.to_string());
        let values = values![entry.at, entry.subject.as_deref(), source.as_ref(), profile, validity.as_seconds()];
        let number = self.insert_numbered(TABLE, sql, values)?;
        self.insert_audit_profile(profile, number)?;
        u64::try_from(number).map_err(|_| StorageError::Corrupt { table: TABLE, column: "number" })
    }

    /// At most `limit` entries that match `filter`, newest first.
    pub fn audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>, StorageError> {
        let Some(application) = &filter.application else {
            return self.audit_where("(CAST(?8 AS TEXT) IS NULL)", &[], filter, limit);
        };
        let mut found = self.audit_where("audit.application_id = ?8", &[], filter, limit)?;
        found.extend(self.minted_audit(application, filter, limit)?);
        found.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.number));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// The short entries among them. It reads block after block from the newest, because an application may have obtained many tokens.
    fn minted_audit(
        &self,
        application: &ApplicationId,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StorageError> {
        let mut found = Vec::new();
        if filter.action.as_ref().is_some_and(|action| action != Action::TokenMint.as_str()) {
            return Ok(found);
        }
        let mut rest = limit;
        let mut end = filter.before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
        while rest > 0 {
            let Some(block) = self.newest_audit_block(application, filter.actor.as_ref(), end)? else { break };
            found.extend(self.audit_of_block(block, filter, rest)?);
            rest = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
            end = block.first;
        }
        Ok(found)
    }

    /// Those of one block.
    pub(super) fn audit_of_block(
        &self,
        block: Numbers,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StorageError> {
        let own = "audit.number >= ?9 AND audit.number < ?10 AND profile IN (
                       SELECT number FROM token_profiles WHERE application_id = ?8)";
        self.audit_where(own, values![block.first, block.end], filter, limit)
    }

    /// The same, with another condition, whose value `?8` is the application, and whose further values are `more`.
    fn audit_where(
        &self,
        condition: &str,
        more: &[Value<'_>],
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StorageError> {
        let sql = format!(
            "SELECT audit.number, at, coalesce(minted_by, actor) AS actor, {ACTION} AS action,
                    coalesce(audit.application_id, profiles.application_id) AS application, subject, details, source,
                    validity, obtained, scopes
             FROM audit LEFT JOIN token_profiles AS profiles ON profiles.number = profile
             WHERE {condition} AND (CAST(?1 AS TEXT) IS NULL OR (profile IS NULL AND actor = ?1)
                 OR profile IN (SELECT number FROM token_profiles WHERE minted_by = ?1))
             AND (CAST(?2 AS TEXT) IS NULL OR {ACTION} = ?2)
             AND at >= coalesce(CAST(?3 AS BIGINT), 0) AND (CAST(?4 AS BIGINT) IS NULL OR at <= ?4)
             AND (CAST(?5 AS BIGINT) IS NULL OR audit.number < ?5)
             AND (CAST(?7 AS TEXT) IS NULL OR source = ?7) ORDER BY audit.number DESC LIMIT ?6"
        );
        let source = filter.source.map(|source| source.to_string());
        let values = values![
            filter.actor.as_ref(),
            filter.action.as_ref(),
            filter.since,
            filter.until,
            filter.before.map(UnixSeconds),
            limit,
            source.as_ref(),
            filter.application.as_ref().map(ApplicationId::as_str),
        ];
        self.list(&sql, &[values, more].concat(), read)
    }
}

fn read(row: Row<'_>) -> Result<AuditEntry, StorageError> {
    let columns = Columns::new(row, TABLE);
    let mut entry = AuditEntry {
        number: columns.count("number")?,
        at: columns.time("at")?,
        actor: columns.text("actor")?,
        action: columns.text("action")?,
        application: columns.optional_parsed("application")?,
        subject: columns.optional_text("subject")?,
        details: columns.json("details")?,
        source: columns.optional_parsed("source")?,
    };
    if let Some(validity) = columns.optional_validity("validity")? {
        let obtained = columns.parsed_with("obtained", Obtained::parse)?;
        entry.details = Some(token_details(obtained, columns.scopes()?.as_ref(), validity));
    }
    Ok(entry)
}
