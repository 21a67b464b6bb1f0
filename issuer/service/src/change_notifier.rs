//! Wakes edges that wait for a new revision of the database.

use tokio::sync::{Notify, watch};

/// Tells subscribers of new revisions, and the change poller when to poll at once.
#[derive(Debug)]
pub struct ChangeNotifier {
    revision: watch::Sender<u64>,
    stopping: watch::Sender<bool>,
    poll_request: Notify,
}

impl Default for ChangeNotifier {
    fn default() -> Self {
        Self { revision: watch::Sender::new(0), stopping: watch::Sender::new(false), poll_request: Notify::new() }
    }
}

impl ChangeNotifier {
    /// Receives every revision that is found from now on. A caller that subscribes first and reads the database afterwards misses no change.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        let receiver = self.revision.subscribe();
        self.poll_request.notify_one();
        receiver
    }

    /// Requests a poll of the database now.
    pub fn request_poll(&self) {
        self.poll_request.notify_one();
    }

    /// Returns when a poll was requested.
    pub(crate) async fn poll_requested(&self) {
        self.poll_request.notified().await;
    }

    /// Tells every subscriber that the server stops.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Returns when the server stops.
    pub async fn stopped(&self) {
        // The sender lives as long as `self`.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    pub(crate) fn has_subscribers(&self) -> bool {
        self.revision.receiver_count() > 0
    }

    /// Whether `revision` is lower than the last one: a restored backup has replaced the database.
    pub(crate) fn went_back(&self, revision: u64) -> bool {
        revision < *self.revision.borrow()
    }

    /// Sends `revision` to every subscriber.
    pub(crate) fn publish(&self, revision: u64) {
        self.revision.send_if_modified(|last| std::mem::replace(last, revision) != revision);
    }
}
