//! The table `security_events`: refused attempts, each with a count.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{EventName, SecurityEvent, networks_of};

const TABLE: &str = "security_events";

/// Repetitions within one hour are counted in one row.
const HOUR: u64 = 3600;

/// The number of the hour that `time` is in. The events of one hour share rows.
pub const fn event_hour(time: UnixSeconds) -> u64 {
    time.0 / HOUR
}

/// Conditions on events. `None` allows every value.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Events with this name, in the text form of [`EventName`].
    pub event: Option<String>,
    /// Events from this address, also those that name only one of its networks.
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
            UnixSeconds(event_hour(event.first_at)),
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
            UnixSeconds(event_hour(event.first_at)),
            event.event.as_str(),
            &event.reason,
            event.source.as_deref().unwrap_or_default(),
            event.subject.as_deref().unwrap_or_default(),
        ];
        Ok(self.find(sql, values, |row| Columns::new(row, TABLE).count("number"))?.is_some())
    }

    /// The narrowest networks of this kind of event in the hour of `time`, each with its number of rows.
    pub fn networks_of_events(&self, time: UnixSeconds, kind: EventName) -> Result<Vec<(String, u64)>, StorageError> {
        let sql = "SELECT network, count(*) AS found FROM security_events WHERE hour = ?1 AND event = ?2 GROUP BY network";
        self.list(sql, values![UnixSeconds(event_hour(time)), kind.as_str()], |row| {
            let columns = Columns::new(row, TABLE);
            Ok((columns.text("network")?, columns.count("found")?))
        })
    }

    /// At most `limit` events that match `filter`, newest first.
    pub fn events(&self, filter: &EventFilter, limit: u32) -> Result<Vec<SecurityEvent>, StorageError> {
        let sql =
            "SELECT number, event, reason, nullif(source, '') AS source, nullif(subject, '') AS subject, first_at, last_at, times
                   FROM security_events
                   WHERE (CAST(?1 AS TEXT) IS NULL OR event = ?1) AND (CAST(?2 AS TEXT) IS NULL OR source IN (?2, ?8, ?9, ?10))
                   AND (CAST(?3 AS TEXT) IS NULL OR subject = ?3)
                   AND last_at >= coalesce(CAST(?4 AS BIGINT), 0) AND (CAST(?5 AS BIGINT) IS NULL OR first_at <= ?5)
                   AND (CAST(?6 AS BIGINT) IS NULL OR number < ?6) ORDER BY number DESC LIMIT ?7";
        let networks = filter.source.as_deref().map(networks_of).unwrap_or_default();
        let network = |index: usize| networks.get(index).map(|(_, network)| network);
        let values = values![
            filter.event.as_ref(),
            filter.source.as_ref(),
            filter.subject.as_ref(),
            filter.since,
            filter.until,
            filter.before.map(UnixSeconds),
            limit,
            network(0),
            network(1),
            network(2),
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
