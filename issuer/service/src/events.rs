//! Refused attempts on their way to the database: they are collected and written once in a second, so that a flood of them costs little.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use crate::{Failure, Service, current_source};
use postern_model::{EventName, SecurityEvent};
use postern_operations::record_events;
use postern_token::UnixSeconds;

/// How often collected events are written.
const INTERVAL: Duration = Duration::from_secs(1);

/// The most events of different kind, source or subject that are collected.
const MAX_COLLECTED: usize = 200;

/// The longest subject that is recorded, in characters: longer than a user's name with its store.
const MAX_SUBJECT: usize = 256;

/// What makes two attempts the same event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    event: EventName,
    reason: &'static str,
    source: Option<String>,
    subject: Option<String>,
}

/// First, last, and how often.
#[derive(Debug, Clone, Copy)]
struct Count {
    first_at: UnixSeconds,
    last_at: UnixSeconds,
    times: u64,
}

/// The events that were not written yet.
#[derive(Debug, Default)]
pub(crate) struct CollectedEvents(Mutex<BTreeMap<Kind, Count>>);

impl CollectedEvents {
    fn add(&self, kind: Kind, count: Count) {
        let mut kinds = self.kinds();
        let full = kinds.len() >= MAX_COLLECTED && !kinds.contains_key(&kind);
        let many = || Some(SecurityEvent::MANY.to_owned());
        let kind = if full { Kind { source: many(), subject: many(), ..kind } } else { kind };
        match kinds.entry(kind) {
            Entry::Vacant(entry) => drop(entry.insert(count)),
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.last_at = known.last_at.max(count.last_at);
                known.times = known.times.saturating_add(count.times);
            }
        }
    }

    fn take(&self) -> Vec<(Kind, Count)> {
        std::mem::take(&mut *self.kinds()).into_iter().collect()
    }

    fn kinds(&self) -> MutexGuard<'_, BTreeMap<Kind, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// Records that an attempt from the address of the current request was refused. `subject` is the user, client or member that was tried;
    /// `None` if what was given has not the form of one: it may be a secret in the wrong field.
    pub fn record_refusal(&self, event: EventName, reason: &'static str, subject: Option<&str>) {
        let now = self.act().now();
        let subject = subject.map(|subject| subject.chars().filter(|each| !each.is_control()).take(MAX_SUBJECT).collect());
        let source = current_source().map(|address| address.to_canonical().to_string());
        let kind = Kind { event, reason, source, subject };
        if let Some(output) = &self.output {
            output.event(now, event, reason, kind.source.as_deref(), kind.subject.as_deref());
        }
        self.events.add(kind, Count { first_at: now, last_at: now, times: 1 });
    }

    /// Writes the collected events. If that fails they are kept for the next time.
    pub async fn write_events(self: &Arc<Self>) -> Result<(), Failure> {
        let collected = self.events.take();
        if collected.is_empty() {
            return Ok(());
        }
        let events: Vec<SecurityEvent> = collected.iter().map(event).collect();
        let written = self.read(move |service| record_events(&service.act(), &events)).await;
        if written.is_err() {
            collected.into_iter().for_each(|(kind, count)| self.events.add(kind, count));
        }
        written
    }
}

fn event((kind, count): &(Kind, Count)) -> SecurityEvent {
    let Kind { event, reason, source, subject } = kind.clone();
    let Count { first_at, last_at, times } = *count;
    SecurityEvent { number: 0, event, reason: reason.to_owned(), source, subject, first_at, last_at, times }
}

/// Writes events until the task is dropped.
pub(crate) async fn write_regularly(service: Arc<Service>) {
    let mut failing = false;
    loop {
        sleep(INTERVAL).await;
        match service.write_events().await {
            Ok(()) => failing = false,
            // Logged once, however long it lasts.
            Err(failure) if !failing => {
                failure.report();
                failing = true;
            }
            Err(_) => {}
        }
    }
}
