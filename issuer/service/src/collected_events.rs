//! Refused attempts that were not written to the database yet.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use postern_model::{EventName, SecurityEvent};

/// The most events of different kind, source or subject that are collected.
const MAX_COLLECTED: usize = 200;

/// What makes two attempts the same event: name, reason, source and subject.
type Kind = (EventName, String, Option<String>, Option<String>);

/// Collects events, and adds up those that are the same.
#[derive(Debug, Default)]
pub(crate) struct CollectedEvents(Mutex<BTreeMap<Kind, SecurityEvent>>);

impl CollectedEvents {
    /// Adds an event. Beyond the limit, its source and subject are replaced by `*`.
    pub(crate) fn add(&self, mut event: SecurityEvent) {
        let mut events = self.events();
        if events.len() >= MAX_COLLECTED && !events.contains_key(&kind(&event)) {
            event.source = Some(SecurityEvent::MANY.to_owned());
            event.subject = Some(SecurityEvent::MANY.to_owned());
        }
        match events.entry(kind(&event)) {
            Entry::Vacant(entry) => drop(entry.insert(event)),
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.first_at = known.first_at.min(event.first_at);
                known.last_at = known.last_at.max(event.last_at);
                known.times = known.times.saturating_add(event.times);
            }
        }
    }

    /// Takes all events out.
    pub(crate) fn take(&self) -> Vec<SecurityEvent> {
        std::mem::take(&mut *self.events()).into_values().collect()
    }

    fn events(&self) -> MutexGuard<'_, BTreeMap<Kind, SecurityEvent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kind(event: &SecurityEvent) -> Kind {
    (event.event, event.reason.clone(), event.source.clone(), event.subject.clone())
}

#[cfg(test)]
mod tests {
    use postern_token::UnixSeconds;

    use super::*;

    #[test]
    fn a_flood_of_different_events_is_bounded_and_counted() {
        let collected = CollectedEvents::default();
        for number in 0..1000 {
            let (source, at) = (Some(format!("192.0.2.{number}")), UnixSeconds(number));
            let (event, reason) = (EventName::Client, "throttled".to_owned());
            collected.add(SecurityEvent { number: 0, event, reason, source, subject: None, first_at: at, last_at: at, times: 1 });
        }
        let events = collected.take();
        assert_eq!((events.len(), events.iter().map(|event| event.times).sum::<u64>()), (201, 1000));
        let many = events.iter().find(|event| event.source.as_deref() == Some("*")).unwrap();
        assert_eq!((many.first_at, many.last_at, many.times), (UnixSeconds(200), UnixSeconds(999), 800));
        assert!(collected.take().is_empty());
    }
}
