//! Security events: recording, listing and pruning.

use postern_token::UnixSeconds;

use super::event_budget::{EventBudget, Recorded};
use super::{Act, Error};
use postern_model::{EventName, SecurityEvent};

use postern_storage::Transaction;

pub use postern_storage::EventFilter;

/// The most rows in total; the oldest are deleted first.
const MAX_ROWS: u32 = 200_000;

/// The most rows that one transaction deletes.
const STEP: u32 = 1000;

/// Records refused attempts. Those of the same kind, source and subject in the same hour share one row.
pub fn record_events(act: &Act<'_>, events: &[SecurityEvent]) -> Result<(), Error> {
    act.storage().write_concurrent(|transaction| {
        transaction.lock_events()?;
        events.iter().try_for_each(|event| {
            let fitting = EventBudget::OF_AN_HOUR.fit(event.clone(), &Rows(transaction, event.first_at))?;
            Ok(transaction.add_event(&fitting)?)
        })
    })
}

/// The rows of the hour of an event.
struct Rows<'a, 'b>(&'a Transaction<'b>, UnixSeconds);

impl Recorded for Rows<'_, '_> {
    type Error = Error;

    fn has(&self, event: &SecurityEvent) -> Result<bool, Error> {
        Ok(self.0.has_event(event)?)
    }

    fn of_kind(&self, event: &SecurityEvent) -> Result<u64, Error> {
        Ok(self.0.count_events(self.1, event.event, None)?)
    }

    fn of_network(&self, kind: EventName, network: &str) -> Result<u64, Error> {
        Ok(self.0.count_events(self.1, kind, Some(network))?)
    }
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
