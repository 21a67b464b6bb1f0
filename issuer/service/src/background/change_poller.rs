//! Polls the database for a new revision and wakes the edges that wait for one.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::Service;
use crate::bundle_composer::recompose;
use postern_storage::{RevisionWatch, StorageError};

/// How often the database is polled while an edge waits. This is the only way to notice a change by another process, such as the command
/// line.
const INTERVAL: Duration = Duration::from_millis(20);

/// The pause after the database did not answer.
const RECOVERY: Duration = Duration::from_secs(1);

/// Polls for changes until the task is dropped.
pub(super) async fn run(service: Arc<Service>) {
    let changes = &service.changes;
    let (mut watch, mut found, mut failing) = (None, None, false);
    loop {
        if !changes.has_subscribers() {
            changes.poll_requested().await;
            continue;
        }
        tokio::select! {
            () = changes.poll_requested() => {}
            () = sleep(INTERVAL) => {}
        }
        match poll(&service, watch.take()).await {
            Ok((kept, revision)) => {
                watch = Some(kept);
                // A revision whose publication failed before must still be published.
                found = revision.or(found);
                failing = false;
            }
            Err(error) => {
                if !failing {
                    tracing::error!(cause = error.to_string(), "polling the database for changes failed");
                }
                failing = true;
                sleep(RECOVERY).await;
            }
        }
        let Some(revision) = found else { continue };
        if changes.went_back(revision) {
            service.bundles.clear();
        }
        // The bundle is composed only once, before the waiting edges ask for it. If that fails, nothing is published.
        if recompose(&service, revision).await.is_ok() {
            changes.publish(revision);
            found = None;
        } else {
            sleep(RECOVERY).await;
        }
    }
}

async fn poll(service: &Arc<Service>, watch: Option<RevisionWatch>) -> Result<(RevisionWatch, Option<u64>), PollError> {
    let service = Arc::clone(service);
    let polled = spawn_blocking(move || {
        let mut watch = match watch {
            Some(watch) => watch,
            None => service.instance.storage().watch()?,
        };
        let revision = watch.poll()?;
        Ok((watch, revision))
    });
    polled.await.map_err(|_| PollError::Interrupted)?
}

#[derive(Debug, thiserror::Error)]
enum PollError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("the poll was interrupted")]
    Interrupted,
}
