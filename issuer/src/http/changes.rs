//! Who waits for a change, and the one task that looks for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::live_bundle;
use super::service::Service;
use crate::storage::{RevisionWatch, StorageError};

/// How often the database is asked while somebody waits. Another process, such as the command line, can tell us in no other way.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long to leave a database alone that does not answer.
const RECOVERY: Duration = Duration::from_secs(1);

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

    /// Tells everybody who waits that it is over.
    pub(super) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Ends once it is over.
    pub(super) async fn stopped(&self) {
        // The sender is ours and lives as long as we do.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    fn somebody_waits(&self) -> bool {
        self.revision.receiver_count() > 0
    }

    /// Whether a revision is lower than the last, because an older database was put in the place of this one.
    fn went_back(&self, revision: u64) -> bool {
        revision < *self.revision.borrow()
    }

    /// Passes a revision on.
    fn publish(&self, revision: u64) {
        self.revision.send_if_modified(|last| std::mem::replace(last, revision) != revision);
    }
}

/// Looks for changes for as long as it is left running.
pub(super) async fn look_out(service: Arc<Service>) {
    let changes = &service.changes;
    let (mut watch, mut found, mut trouble) = (None, None, false);
    loop {
        if !changes.somebody_waits() {
            changes.nudge.notified().await;
            continue;
        }
        tokio::select! {
            () = changes.nudge.notified() => {}
            () = sleep(INTERVAL) => {}
        }
        match poll(&service, watch.take()).await {
            Ok((kept, revision)) => {
                watch = Some(kept);
                // One that could not be told of before still has to be.
                found = revision.or(found);
                trouble = false;
            }
            Err(error) => {
                if !trouble {
                    tracing::error!(cause = error.to_string(), "cannot look for changes in the database");
                }
                trouble = true;
                sleep(RECOVERY).await;
            }
        }
        let Some(revision) = found else { continue };
        if changes.went_back(revision) {
            service.bundles.forget();
        }
        // Once and before anybody asks, however many wait. Where it fails there is nothing new for them.
        if live_bundle::refresh(&service, revision).await.is_ok() {
            changes.publish(revision);
            found = None;
        } else {
            sleep(RECOVERY).await;
        }
    }
}

async fn poll(service: &Arc<Service>, watch: Option<RevisionWatch>) -> Result<(RevisionWatch, Option<u64>), Trouble> {
    let service = Arc::clone(service);
    let polled = spawn_blocking(move || {
        let mut watch = match watch {
            Some(watch) => watch,
            None => service.storage.watch()?,
        };
        let revision = watch.poll()?;
        Ok((watch, revision))
    });
    polled.await.map_err(|_| Trouble::Interrupted)?
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("the look was interrupted")]
    Interrupted,
}
