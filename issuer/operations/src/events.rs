//! Security events: recording, listing and pruning.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use postern_token::UnixSeconds;

use super::event_budget::{EventBudget, Recorded};
use super::{Act, Error};
use postern_model::{EventName, SecurityEvent, networks_of};

use postern_storage::{Transaction, event_hour};

pub use postern_storage::EventFilter;

/// The most rows in total; the oldest are deleted first.
const MAX_ROWS: u32 = 200_000;

/// The most rows that one transaction deletes.
const STEP: u32 = 1000;

/// Records refused attempts. Those of the same kind, source and subject in the same hour share one row.
pub fn record_events(act: &Act<'_>, events: &[SecurityEvent]) -> Result<(), Error> {
    act.storage().write_concurrent(|transaction| {
        transaction.lock_events()?;
        let mut counted = BTreeMap::new();
        events.iter().try_for_each(|event| {
            let key = (event_hour(event.first_at), event.event);
            let counts = match counted.entry(key) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => entry.insert(Counts::of(transaction, event)?),
            };
            let fitting = EventBudget::OF_AN_HOUR.fit(event.clone(), &Rows(transaction, counts))?;
            if !transaction.has_event(&fitting)? {
                counts.add(&fitting.network(), 1);
            }
            Ok(transaction.add_event(&fitting)?)
        })
    })
}

/// The numbers of rows of one kind of event in one hour.
#[derive(Default)]
struct Counts {
    all: u64,
    of_networks: BTreeMap<String, u64>,
}

impl Counts {
    fn of(transaction: &Transaction<'_>, event: &SecurityEvent) -> Result<Self, Error> {
        let mut counts = Self::default();
        for (network, rows) in transaction.networks_of_events(event.first_at, event.event)? {
            counts.add(&network, rows);
        }
        Ok(counts)
    }

    /// Adds rows of a network, which also belong to the networks that it is part of.
    fn add(&mut self, network: &str, rows: u64) {
        self.all += rows;
        for (_, network) in networks_of(network) {
            *self.of_networks.entry(network).or_default() += rows;
        }
    }
}

/// The rows of the kind and the hour of an event.
struct Rows<'a, 'b>(&'a Transaction<'b>, &'a Counts);

impl Recorded for Rows<'_, '_> {
    type Error = Error;

    fn has(&self, event: &SecurityEvent) -> Result<bool, Error> {
        Ok(self.0.has_event(event)?)
    }

    fn of_kind(&self, _event: &SecurityEvent) -> Result<u64, Error> {
        Ok(self.1.all)
    }

    fn of_network(&self, _kind: EventName, network: &str) -> Result<u64, Error> {
        Ok(self.1.of_networks.get(network).copied().unwrap_or_default())
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
