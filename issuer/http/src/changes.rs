//! Who waits for a change, and how they hear of it.

use tokio::sync::{Notify, watch};

/// Wakes those who wait.
#[derive(Debug)]
pub(super) struct Changes {
    revision: watch::Sender<u64>,
    stopping: watch::Sender<bool>,
    nudge: Notify,
}

impl Default for Changes {
    fn default() -> Self {
        Self { revision: watch::Sender::new(0), stopping: watch::Sender::new(false), nudge: Notify::new() }
    }
}

impl Changes {
    /// Tells of every revision that is found from now on. Who looks at the database afterwards misses nothing.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        let receiver = self.revision.subscribe();
        self.nudge.notify_one();
        receiver
    }

    /// Has the database looked at now.
    pub(super) fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// Ends when the database is to be looked at now.
    pub(super) async fn nudged(&self) {
        self.nudge.notified().await;
    }

    /// Tells everybody who waits that it is over.
    pub(super) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Ends once it is over.
    pub(super) async fn stopped(&self) {
        // The sender is ours and lives as long as we do.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    pub(super) fn somebody_waits(&self) -> bool {
        self.revision.receiver_count() > 0
    }

    /// Whether a revision is lower than the last, because an older database was put in the place of this one.
    pub(super) fn went_back(&self, revision: u64) -> bool {
        revision < *self.revision.borrow()
    }

    /// Passes a revision on.
    pub(super) fn publish(&self, revision: u64) {
        self.revision.send_if_modified(|last| std::mem::replace(last, revision) != revision);
    }
}
