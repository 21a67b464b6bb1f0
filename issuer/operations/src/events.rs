//! Security events: recording, listing and pruning.

use postern_token::UnixSeconds;

use super::{Act, Error};
use postern_model::SecurityEvent;

use postern_storage::Transaction;

pub use postern_storage::EventFilter;

/// The most rows for one hour, and for one source in one hour. Further events are counted in rows without a subject, and then in rows
/// without a source, so that a flood adds only a few rows.
const ROWS_OF_AN_HOUR: u64 = 5000;
const ROWS_OF_A_SOURCE: u64 = 100;

/// The most rows in total; the oldest are deleted first.
const MAX_ROWS: u32 = 200_000;

/// The most rows that one transaction deletes.
const STEP: u32 = 1000;

/// Records refused attempts. Those of the same kind, source and subject in the same hour share one row.
pub fn record_events(act: &Act<'_>, events: &[SecurityEvent]) -> Result<(), Error> {
    act.storage().write_concurrent(|transaction| {
        transaction.lock_events()?;
        events.iter().try_for_each(|event| Ok(transaction.add_event(&with_room(transaction, event)?)?))
    })
}

/// The event to record: the event itself while there is room for its row, otherwise the event without its subject or source.
fn with_room(transaction: &Transaction<'_>, event: &SecurityEvent) -> Result<SecurityEvent, Error> {
    let mut event = event.clone();
    if transaction.has_event(&event)? {
        return Ok(event);
    }
    let full = transaction.count_events(event.first_at, None)? >= ROWS_OF_AN_HOUR;
    if full {
        event.source = Some(SecurityEvent::MANY.to_owned());
    }
    if full || transaction.count_events(event.first_at, Some(event.source.as_deref().unwrap_or_default()))? >= ROWS_OF_A_SOURCE {
        event.subject = Some(SecurityEvent::MANY.to_owned());
    }
    Ok(event)
}

/// At most `limit` events that match `filter`, newest first.
pub fn list_events(act: &Act<'_>, filter: &EventFilter, limit: u32) -> Result<Vec<SecurityEvent>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.events(filter, limit)?))
}

/// Deletes some of the events that are older than `keep` seconds or exceed the maximum number. Returns whether there may be more to delete.
pub fn prune_events(act: &Act<'_>, keep: u64) -> Result<bool, Error> {
    let before = UnixSeconds(act.now.0.saturating_sub(keep));
    act.storage().write_concurrent(|transaction| {
        let deleted = transaction.delete_events(before, MAX_ROWS, STEP)?;
        Ok(deleted >= usize::try_from(STEP).unwrap_or(usize::MAX))
    })
}
