//! The one task that looks for changes in the database.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::compose;
use super::service::Service;
use postern_storage::{RevisionWatch, StorageError};

/// How often the database is asked while somebody waits. Another process, such as the command line, can tell us in no other way.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long to leave a database alone that does not answer.
const RECOVERY: Duration = Duration::from_secs(1);

/// Looks for changes for as long as it is left running.
pub(super) async fn look_out(service: Arc<Service>) {
    let changes = &service.changes;
    let (mut watch, mut found, mut trouble) = (None, None, false);
    loop {
        if !changes.somebody_waits() {
            changes.nudged().await;
            continue;
        }
        tokio::select! {
            () = changes.nudged() => {}
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
        if compose::refresh(&service, revision).await.is_ok() {
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
            None => service.instance.storage().watch()?,
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
