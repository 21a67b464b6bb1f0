//! Counts usage by day.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::{Failure, Service};
use postern_operations::{count_live_usage, count_usage};

/// How often usage is counted.
const INTERVAL: Duration = Duration::from_secs(10);

/// Counts usage until the task is dropped.
pub(super) async fn count_regularly(service: Arc<Service>) {
    let mut failing = false;
    loop {
        match count(&service).await {
            Ok(()) => failing = false,
            // Logged only once for each outage.
            Err(failure) if !failing => {
                failure.report();
                failing = true;
            }
            Err(_) => {}
        }
        sleep(INTERVAL).await;
    }
}

async fn count(service: &Arc<Service>) -> Result<(), Failure> {
    while service.read(|service| count_usage(&service.act())).await? {}
    service.read(|service| count_live_usage(&service.act())).await
}
