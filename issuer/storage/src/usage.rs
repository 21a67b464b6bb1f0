//! The tables `usage_days` and `usage_cursor`: usage by day, counted from the audit log and the security events.

use std::collections::BTreeMap;

use postern_token::UnixSeconds;

use super::applications::BELONGS;
use super::audit::ACTION;
use super::columns::Columns;
use super::tokens::{LIVE_UNTIL, finite};
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{Action, ApplicationId, Day, DayUsage, MemberName};

const TABLE: &str = "usage_days";

/// A condition: the event is a refused client of which some attempts are not counted. The words are those of an index.
const TO_COUNT: &str = "event = 'client.refused' AND times > counted";

/// How far usage is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageCursor {
    /// The number of the last audit entry that is counted.
    pub audit: u64,
    /// When live tokens were counted.
    pub live_at: UnixSeconds,
}

/// Selects usage.
#[derive(Debug, Clone, Copy)]
pub struct UsageSelector<'a> {
    /// The usage of this application; `None` for that of all together.
    pub application: Option<&'a ApplicationId>,
    /// Only applications of this member and of the teams of the member; `None` for any.
    pub member: Option<&'a MemberName>,
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
}

impl Transaction<'_> {
    /// Locks usage until the end of the transaction, so that only one process counts at a time.
    pub fn lock_usage(&self) -> Result<(), StorageError> {
        self.lock(TABLE)
    }

    /// How far usage is counted.
    pub fn usage_cursor(&self) -> Result<UsageCursor, StorageError> {
        let cursor = self.find("SELECT audit, live_at FROM usage_cursor", &[], |row| {
            let columns = Columns::new(row, "usage_cursor");
            Ok(UsageCursor { audit: columns.count("audit")?, live_at: columns.time("live_at")? })
        })?;
        cursor.ok_or(StorageError::Corrupt { table: "usage_cursor", column: "audit" })
    }

    /// The number of the last audit entry; 0 if there is none.
    pub fn last_audit(&self) -> Result<u64, StorageError> {
        let number =
            self.find("SELECT coalesce(max(number), 0) AS last FROM audit", &[], |row| Columns::new(row, "audit").count("last"))?;
        Ok(number.unwrap_or_default())
    }

    /// Counts the minted tokens of at most `limit` audit entries, from the cursor to the number `last`, and moves the cursor. Entries from before
    /// `first` are left out. Returns the number of the last entry that is counted.
    pub fn count_minted(&self, last: u64, first: Day, limit: u32) -> Result<u64, StorageError> {
        let cursor = UnixSeconds(self.usage_cursor()?.audit);
        let sql = "SELECT max(number) AS last FROM (
                       SELECT number FROM audit WHERE number > ?1 AND number <= ?2 ORDER BY number LIMIT ?3) AS step";
        let end =
            self.find(sql, values![cursor, UnixSeconds(last), limit], |row| Columns::new(row, "audit").optional_count("last"))?;
        let Some(end) = end.flatten() else { return Ok(last) };
        let sql = format!(
            "INSERT INTO usage_days (day, application_id, kind, number)
             SELECT at / 86400, coalesce(audit.application_id, profiles.application_id, ''), 'minted', count(*)
             FROM audit LEFT JOIN token_profiles AS profiles ON profiles.number = profile
             WHERE audit.number > ?1 AND audit.number <= ?2 AND at >= ?3 AND {ACTION} IN (?4, ?5)
             GROUP BY at / 86400, coalesce(audit.application_id, profiles.application_id, '')
             ON CONFLICT (day, application_id, kind) DO UPDATE SET number = usage_days.number + excluded.number"
        );
        let actions = (Action::TokenMint.as_str(), Action::TokenRegenerate.as_str());
        self.change(&sql, values![cursor, UnixSeconds(end), first.start(), actions.0, actions.1])?;
        self.change("UPDATE usage_cursor SET audit = ?1", values![UnixSeconds(end)])?;
        Ok(end)
    }

    /// Whether some attempts of refused clients are not counted.
    pub fn has_refused_to_count(&self) -> Result<bool, StorageError> {
        let sql = format!("SELECT number FROM security_events WHERE {TO_COUNT} LIMIT 1");
        Ok(self.find(&sql, &[], |_| Ok(()))?.is_some())
    }

    /// Counts the attempts of at most `limit` events of refused clients. The events must be locked.
    pub fn count_refused(&self, limit: u32) -> Result<(), StorageError> {
        let sql = format!(
            "SELECT max(number) AS last FROM (
                 SELECT number FROM security_events WHERE {TO_COUNT} ORDER BY number LIMIT ?1) AS step"
        );
        let end = self.find(&sql, values![limit], |row| Columns::new(row, "security_events").optional_count("last"))?;
        let Some(end) = end.flatten().map(UnixSeconds) else { return Ok(()) };
        let sql = format!(
            "INSERT INTO usage_days (day, application_id, kind, number)
             SELECT hour / 24, coalesce(application_id, ''), 'refused', CAST(sum(times - counted) AS BIGINT)
             FROM security_events LEFT JOIN key_sets ON consumer_key = subject
             WHERE {TO_COUNT} AND number <= ?1 GROUP BY hour / 24, coalesce(application_id, '')
             ON CONFLICT (day, application_id, kind) DO UPDATE SET number = usage_days.number + excluded.number"
        );
        self.change(&sql, values![end])?;
        let sql = format!("UPDATE security_events SET counted = times WHERE {TO_COUNT} AND number <= ?1");
        self.change(&sql, values![end]).map(drop)
    }

    /// The number of application tokens that are live at `now`, by application.
    pub fn live_tokens_by_application(&self, now: UnixSeconds) -> Result<BTreeMap<ApplicationId, u64>, StorageError> {
        let sql = format!(
            "SELECT application_id AS application, count(*) AS live
             FROM token_profiles AS profiles JOIN tokens ON profile = profiles.number
             WHERE {LIVE_UNTIL} > ?1 GROUP BY application_id"
        );
        let counts = self.list(&sql, values![finite(now)], |row| {
            let columns = Columns::new(row, "tokens");
            Ok((columns.parsed("application")?, columns.count("live")?))
        })?;
        Ok(counts.into_iter().collect())
    }

    /// Replaces the numbers of live tokens of the day that `now` is in.
    pub fn set_live_usage(&self, live: &BTreeMap<ApplicationId, u64>, now: UnixSeconds) -> Result<(), StorageError> {
        let day = UnixSeconds(Day::of(now).0);
        self.change("DELETE FROM usage_days WHERE day = ?1 AND kind = 'live'", values![day])?;
        let insert = "INSERT INTO usage_days (day, application_id, kind, number) VALUES (?1, ?2, 'live', ?3)";
        self.change(insert, values![day, "", 0_u32])?;
        for (application, number) in live {
            self.change(insert, values![day, application.as_str(), UnixSeconds(*number)])?;
        }
        self.change("UPDATE usage_cursor SET live_at = ?1", values![now]).map(drop)
    }

    /// Deletes the usage of days before `first`.
    pub fn delete_usage(&self, first: Day) -> Result<(), StorageError> {
        self.change("DELETE FROM usage_days WHERE day < ?1", values![UnixSeconds(first.0)]).map(drop)
    }

    /// The usage of the days that have any, in order.
    pub fn usage(&self, selector: &UsageSelector<'_>) -> Result<Vec<DayUsage>, StorageError> {
        let sql = format!(
            "SELECT day,
                    CAST(coalesce(sum(CASE WHEN kind = 'minted' THEN number END), 0) AS BIGINT) AS minted,
                    CAST(coalesce(sum(CASE WHEN kind = 'refused' THEN number END), 0) AS BIGINT) AS refused,
                    CAST(coalesce(sum(CASE WHEN kind = 'live' THEN number END), 0) AS BIGINT) AS live,
                    CAST(max(CASE WHEN kind = 'live' AND application_id = '' THEN 1 ELSE 0 END) AS BIGINT) AS has_live
             FROM usage_days
             WHERE day BETWEEN ?3 AND ?4
             AND ((kind = 'live' AND application_id = '')
                  OR ((CAST(?1 AS TEXT) IS NULL OR application_id = ?1)
                      AND (CAST(?2 AS TEXT) IS NULL OR application_id IN (SELECT id FROM applications WHERE {BELONGS}))))
             GROUP BY day ORDER BY day"
        );
        let values = values![
            selector.application.map(ApplicationId::as_str),
            selector.member.map(MemberName::as_str),
            UnixSeconds(selector.first.0),
            UnixSeconds(selector.last.0),
        ];
        self.list(&sql, values, |row| {
            let columns = Columns::new(row, TABLE);
            let live = columns.count("live")?;
            Ok(DayUsage {
                day: Day(columns.count("day")?),
                minted: columns.count("minted")?,
                refused: columns.count("refused")?,
                live: columns.flag("has_live")?.then_some(live),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use postern_model::EventName;

    #[test]
    fn refused_clients_are_counted() {
        assert!(super::TO_COUNT.starts_with(&format!("event = '{}'", EventName::Client.as_str())));
    }
}
