//! Recording refused attempts. They are collected and written once a second, so that a flood of them costs little.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::{Failure, Service, current_source};
use postern_model::{EventName, SecurityEvent};
use postern_operations::record_events;

/// How often collected events are written.
const INTERVAL: Duration = Duration::from_secs(1);

/// The longest subject that is recorded, in characters: longer than a user's name with its store.
const MAX_SUBJECT: usize = 256;

impl Service {
    /// Records that an attempt from the address of the current request was refused. `subject` is the user, client or member that was tried;
    /// `None` if the text does not have the form of one, because it may be a secret in the wrong field.
    pub fn record_refusal(&self, event: EventName, reason: &'static str, subject: Option<&str>) {
        let now = self.act().now();
        let subject = subject.map(|subject| subject.chars().filter(|each| !each.is_control()).take(MAX_SUBJECT).collect());
        let source = current_source().map(|address| address.to_canonical().to_string());
        let reason = reason.to_owned();
        let event = SecurityEvent { number: 0, event, reason, source, subject, first_at: now, last_at: now, times: 1 };
        if let Some(output) = &self.output {
            output.event(&event);
        }
        self.events.add(event);
    }

    /// Writes the collected events. If that fails, they are kept for the next attempt.
    pub async fn write_events(self: &Arc<Self>) -> Result<(), Failure> {
        let events = self.events.take();
        if events.is_empty() {
            return Ok(());
        }
        let kept = events.clone();
        let written = self.read(move |service| record_events(&service.act(), &events)).await;
        if written.is_err() {
            for event in kept {
                self.events.add(event);
            }
        }
        written
    }
}

/// Writes events until the task is dropped.
pub(crate) async fn write_regularly(service: Arc<Service>) {
    let mut failing = false;
    loop {
        sleep(INTERVAL).await;
        match service.write_events().await {
            Ok(()) => failing = false,
            // Logged only once for each outage.
            Err(failure) if !failing => {
                failure.report();
                failing = true;
            }
            Err(_) => {}
        }
    }
}
