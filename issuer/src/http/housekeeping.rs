//! What has to be done now and then, whoever asks for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::service::Service;
use crate::operations::keep_status_lists;

const INTERVAL: Duration = Duration::from_hours(1);

/// Keeps house for as long as it is left running. Several processes may, side by side.
pub(super) async fn keep_house(service: Arc<Service>) {
    loop {
        sleep(INTERVAL).await;
        match service.write(|service| keep_status_lists(&service.storage, service.clock.now())).await {
            Ok(forgotten) => tracing::info!(forgotten, "kept the status lists"),
            // It is tried again in an hour, and nothing is worse for it until then.
            Err(failure) => drop(failure.report()),
        }
    }
}
