//! The table `security_events`: refused attempts, each with a count.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::value::{Value, values};
use super::{StorageError, Transaction};
use postern_model::{EventName, SecurityEvent, network_of};

const TABLE: &str = "security_events";

/// Repetitions within one hour are counted in one row.
const HOUR: u64 = 3600;

/// Conditions on events. `None` allows every value.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Events with this name, in the text form of [`EventName`].
    pub event: Option<String>,
    /// Events from this address, also those that name only its network.
    pub source: Option<String>,
    /// Events about this user, client or member.
    pub subject: Option<String>,
    /// Events whose last attempt was at or after this time.
    pub since: Option<UnixSeconds>,
    /// Events whose first attempt was at or before this time.
    pub until: Option<UnixSeconds>,
    /// Events with a lower number than this one, for pagination.
    pub before: Option<u64>,
}

impl Transaction<'_> {
    /// Locks the events until the end of the transaction: two processes may add to the same rows in a different order.
    pub fn lock_events(&self) -> Result<(), StorageError> {
        self.lock(TABLE)
    }

    /// Adds the event to the row of the same event in the same hour, or inserts a row. The event's number is ignored.
    pub fn add_event(&self, event: &SecurityEvent) -> Result<(), StorageError> {
        let sql = "INSERT INTO security_events (hour, event, reason, source, subject, first_at, last_at, times, network)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                   ON CONFLICT (hour, event, reason, source, subject)
                   DO UPDATE SET times = security_events.times + excluded.times, last_at = excluded.last_at";
        let network = event.network();
        let values = values![
            UnixSeconds(event.first_at.0 / HOUR),
            event.event.as_str(),
            &event.reason,
            event.source.as_deref().unwrap_or_default(),
            event.subject.as_deref().unwrap_or_default(),
            event.first_at,
            event.last_at,
            UnixSeconds(event.times),
            &network,
        ];
        self.change(sql, values).map(drop)
    }

    /// Whether the hour of `event` has a row for it already, so that adding it needs no further row.
    pub fn has_event(&self, event: &SecurityEvent) -> Result<bool, StorageError> {
        let sql = "SELECT number FROM security_events
                   WHERE hour = ?1 AND event = ?2 AND reason = ?3 AND source = ?4 AND subject = ?5";
        let values = values![
            UnixSeconds(event.first_at.0 / HOUR),
            event.event.as_str(),
            &event.reason,
            event.source.as_deref().unwrap_or_default(),
            event.subject.as_deref().unwrap_or_default(),
        ];
        Ok(self.find(sql, values, |row| Columns::new(row, TABLE).count("number"))?.is_some())
    }

    /// The number of rows of this kind of event in the hour of `time`; with a network, of those from it.
    pub fn count_events(&self, time: UnixSeconds, kind: EventName, network: Option<&str>) -> Result<u64, StorageError> {
        let condition = if network.is_some() { " AND network = ?3" } else { "" };
        let sql = format!("SELECT count(*) AS found FROM security_events WHERE hour = ?1 AND event = ?2{condition}");
        let mut values = vec![Value::from(UnixSeconds(time.0 / HOUR)), Value::from(kind.as_str())];
        values.extend(network.map(Value::from));
        Ok(self.find(&sql, &values, |row| Columns::new(row, TABLE).count("found"))?.unwrap_or_default())
    }

    /// At most `limit` events that match `filter`, newest first.
    pub fn events(&self, filter: &EventFilter, limit: u32) -> Result<Vec<SecurityEvent>, StorageError> {
        let sql =
            "SELECT number, event, reason, nullif(source, '') AS source, nullif(subject, '') AS subject, first_at, last_at, times
                   FROM security_events
                   WHERE (CAST(?1 AS TEXT) IS NULL OR event = ?1) AND (CAST(?2 AS TEXT) IS NULL OR source = ?2 OR source = ?8)
                   AND (CAST(?3 AS TEXT) IS NULL OR subject = ?3)
                   AND last_at >= coalesce(CAST(?4 AS BIGINT), 0) AND (CAST(?5 AS BIGINT) IS NULL OR first_at <= ?5)
                   AND (CAST(?6 AS BIGINT) IS NULL OR number < ?6) ORDER BY number DESC LIMIT ?7";
        let network = filter.source.as_deref().map(network_of);
        let values = values![
            filter.event.as_ref(),
            filter.source.as_ref(),
            filter.subject.as_ref(),
            filter.since,
            filter.until,
            filter.before.map(UnixSeconds),
            limit,
            network.as_ref(),
        ];
        self.list(sql, values, |row| {
            let columns = Columns::new(row, TABLE);
            Ok(SecurityEvent {
                number: columns.count("number")?,
                event: columns.parsed_with("event", EventName::parse)?,
                reason: columns.text("reason")?,
                source: columns.optional_text("source")?,
                subject: columns.optional_text("subject")?,
                first_at: columns.time("first_at")?,
                last_at: columns.time("last_at")?,
                times: columns.count("times")?,
            })
        })
    }

    /// Deletes at most `limit` events whose last attempt was before `time`, or that exceed the `most` newest rows. Returns their number.
    pub fn delete_events(&self, time: UnixSeconds, most: u32, limit: u32) -> Result<usize, StorageError> {
        let sql = "DELETE FROM security_events WHERE number IN (
                       SELECT number FROM security_events
                       WHERE last_at < ?1
                       OR number <= coalesce((SELECT number FROM security_events ORDER BY number DESC LIMIT 1 OFFSET ?2), 0)
                       ORDER BY number LIMIT ?3)";
        self.change(sql, values![time, most, limit])
    }
}
