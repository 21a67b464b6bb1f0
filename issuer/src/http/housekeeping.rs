//! What the issuer does by itself, now and then.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::service::Service;
use crate::operations::{begin_status_list, prune_status_lists};

/// How often the house is looked after.
const INTERVAL: Duration = Duration::from_mins(1);

/// Looks after the house for as long as it is left running.
pub(super) async fn keep_house(service: Arc<Service>) {
    loop {
        if let Err(failure) = service.write(|service| begin_status_list(&service.act())).await {
            failure.report();
        }
        match service.write(|service| prune_status_lists(&service.act())).await {
            Ok(0) => {}
            Ok(lists) => tracing::info!(lists, "forgot status lists that are over"),
            Err(failure) => drop(failure.report()),
        }
        sleep(INTERVAL).await;
    }
}
