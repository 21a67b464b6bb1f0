//! Keeps a connection to `PostgreSQL` open, which shows a recovery that this process serves the database.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::Service;

/// How soon a connection replaces those that were lost.
const INTERVAL: Duration = Duration::from_millis(500);

/// Checks the connection until the task is dropped.
pub(super) async fn keep(service: Arc<Service>) {
    let mut failing = false;
    loop {
        sleep(INTERVAL).await;
        let service = Arc::clone(&service);
        let kept = spawn_blocking(move || service.instance.storage().keep_serving()).await;
        match kept {
            // Logged only once for each outage.
            Ok(Err(error)) if !failing => {
                tracing::error!(
                    cause = error.to_string(),
                    "no connection shows that this issuer serves the database: a recovery would not notice it"
                );
                failing = true;
            }
            Ok(Err(_)) | Err(_) => {}
            Ok(Ok(())) => failing = false,
        }
    }
}
