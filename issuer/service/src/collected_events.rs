//! Refused attempts that were not written to the database yet.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use postern_model::{EventName, SecurityEvent};
use postern_operations::{EventBudget, Recorded};

/// What makes two attempts the same event: name, reason, source and subject.
type Kind = (EventName, String, Option<String>, Option<String>);

/// Collects events, and adds up those that are the same.
#[derive(Debug, Default)]
pub(crate) struct CollectedEvents(Mutex<Collected>);

#[derive(Debug, Default)]
struct Collected {
    events: BTreeMap<Kind, SecurityEvent>,
    /// The number of events by name and network, and by name.
    counts: BTreeMap<(EventName, Option<String>), u64>,
}

impl CollectedEvents {
    /// Adds an event. Beyond the budget, its source and subject are replaced by one of its networks or by `*`.
    pub(crate) fn add(&self, event: SecurityEvent) {
        let mut collected = self.lock();
        let Ok(event) = EventBudget::OF_A_SECOND.fit(event, &*collected);
        let Collected { events, counts } = &mut *collected;
        match events.entry(kind(&event)) {
            Entry::Vacant(entry) => {
                let networks = event.networks().into_iter().map(|(_, network)| Some(network));
                for network in std::iter::once(None).chain(networks) {
                    *counts.entry((event.event, network)).or_default() += 1;
                }
                entry.insert(event);
            }
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
        std::mem::take(&mut *self.lock()).events.into_values().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Collected> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collected {
    fn count(&self, kind: EventName, network: Option<&str>) -> u64 {
        self.counts.get(&(kind, network.map(str::to_owned))).copied().unwrap_or_default()
    }
}

impl Recorded for Collected {
    type Error = Infallible;

    fn has(&self, event: &SecurityEvent) -> Result<bool, Infallible> {
        Ok(self.events.contains_key(&kind(event)))
    }

    fn of_kind(&self, event: &SecurityEvent) -> Result<u64, Infallible> {
        Ok(self.count(event.event, None))
    }

    fn of_network(&self, kind: EventName, network: &str) -> Result<u64, Infallible> {
        Ok(self.count(kind, Some(network)))
    }
}

fn kind(event: &SecurityEvent) -> Kind {
    (event.event, event.reason.clone(), event.source.clone(), event.subject.clone())
}

#[cfg(test)]
mod tests {
    use postern_token::UnixSeconds;

    use super::*;

    fn event(event: EventName, source: &str, subject: Option<&str>, at: u64) -> SecurityEvent {
        let (source, subject, at) = (Some(source.to_owned()), subject.map(str::to_owned), UnixSeconds(at));
        SecurityEvent { number: 0, event, reason: "throttled".to_owned(), source, subject, first_at: at, last_at: at, times: 1 }
    }

    #[test]
    fn a_flood_of_different_events_is_bounded_and_counted() {
        let collected = CollectedEvents::default();
        for number in 0..1000 {
            collected.add(event(EventName::Client, &format!("10.{}.{}.7", number / 250, number % 250), None, number));
        }
        let events = collected.take();
        assert_eq!((events.len(), events.iter().map(|event| event.times).sum::<u64>()), (61, 1000));
        let many = events.iter().find(|event| event.source.as_deref() == Some("*")).unwrap();
        assert_eq!((many.first_at, many.last_at, many.times), (UnixSeconds(60), UnixSeconds(999), 940));
        assert!(collected.take().is_empty());
    }

    #[test]
    fn a_network_hides_neither_other_networks_nor_other_kinds() {
        let collected = CollectedEvents::default();
        for number in 0..1000 {
            let (source, subject) = (format!("2001:db8::{number:x}"), format!("ck_{number}"));
            collected.add(event(EventName::Client, &source, Some(&subject), number));
        }
        for name in [EventName::Client, EventName::SignIn] {
            collected.add(event(name, "203.0.113.99", Some("bob"), 1000));
        }
        collected.add(event(EventName::SignIn, "2001:db8::1", Some("bob"), 1001));
        let events = collected.take();
        let from = |source: &str| events.iter().filter(|event| event.source.as_deref() == Some(source)).collect::<Vec<_>>();
        assert_eq!(events.len(), 24);
        let flood = from("2001:db8::/64");
        assert_eq!((flood.len(), flood[0].times, flood[0].subject.as_deref()), (1, 980, Some("*")));
        assert!(
            from("203.0.113.99").len() == 2 && from("203.0.113.99").iter().all(|event| event.subject.as_deref() == Some("bob"))
        );
        assert_eq!(from("2001:db8::1").len(), 2);
    }

    #[test]
    fn a_large_network_does_not_hide_other_networks() {
        for large in ["2001:db8:7:{:x}::1", "2001:db8:7:{:x}00::1", "198.51.100.{}"] {
            let collected = CollectedEvents::default();
            for number in 0..256 {
                let source = large.replace("{:x}", &format!("{number:x}")).replace("{}", &number.to_string());
                collected.add(event(EventName::Client, &source, Some(&format!("ck_{number}")), number));
            }
            collected.add(event(EventName::Client, "203.0.113.99", Some("bob"), 1000));
            let events = collected.take();
            let of_bob = |event: &&SecurityEvent| event.source.as_deref() == Some("203.0.113.99");
            assert_eq!(events.iter().find(of_bob).and_then(|event| event.subject.as_deref()), Some("bob"), "{large}");
            assert!(events.len() <= 27, "{large}: {}", events.len());
            assert!(events.iter().all(|event| event.source.as_deref() != Some("*")), "{large}");
        }
    }
}
