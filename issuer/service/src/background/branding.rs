//! Notices that another process, such as the command line, has changed the branding.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::Service;

/// How soon a change is noticed.
const INTERVAL: Duration = Duration::from_secs(2);

/// Looks for changes until the task is dropped. A failure needs no log line of its own: the next pages have the same one.
pub(super) async fn run(service: Arc<Service>) {
    loop {
        sleep(INTERVAL).await;
        let _ = service.refresh_branding().await;
    }
}
