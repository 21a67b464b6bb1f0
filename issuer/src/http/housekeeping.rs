//! What the issuer does by itself, now and then.

use std::sync::Arc;

use tokio::time::sleep;

use super::error::Failure;
use super::service::Service;
use crate::operations::{begin_status_list, prune, prune_audit, prune_status_lists, rotate_on_schedule};

/// Looks after the house for as long as it is left running.
pub(super) async fn keep_house(service: Arc<Service>) {
    loop {
        // One that fails is tried again, and keeps no other from being done.
        report(service.write(|service| begin_status_list(&service.act())).await);
        report(rotate(&service).await);
        report(forget(&service).await);
        report(forget_audit(&service).await);
        sleep(service.rules.housekeeping.interval).await;
    }
}

async fn rotate(service: &Arc<Service>) -> Result<(), Failure> {
    let done = service.write(|service| rotate_on_schedule(&service.act())).await?;
    for (keys, what) in [(done.published, "published"), (done.signing, "signs"), (done.retired, "retired")] {
        for kid in keys {
            tracing::info!(kid = kid.as_str(), what, "changed the signing keys by schedule");
        }
    }
    Ok(())
}

async fn forget(service: &Arc<Service>) -> Result<(), Failure> {
    let keep = service.rules.housekeeping.keep_expired_tokens.as_secs();
    loop {
        let pruned = service.write(move |service| prune(&service.act(), keep)).await?;
        if pruned.tokens > 0 {
            tracing::info!(tokens = pruned.tokens, "forgot the records of tokens that ran out");
        }
        if !pruned.more {
            break;
        }
    }
    let lists = service.write(|service| prune_status_lists(&service.act())).await?;
    if lists > 0 {
        tracing::info!(lists, "forgot status lists that are over");
    }
    Ok(())
}

async fn forget_audit(service: &Arc<Service>) -> Result<(), Failure> {
    let Some(keep) = service.rules.housekeeping.audit_retention else { return Ok(()) };
    loop {
        let pruned = service.write(move |service| prune_audit(&service.act(), keep.as_secs())).await?;
        if pruned.entries > 0 {
            tracing::info!(entries = pruned.entries, "forgot old entries of the audit log");
        }
        if !pruned.more {
            return Ok(());
        }
    }
}

fn report(result: Result<(), Failure>) {
    if let Err(failure) = result {
        failure.report();
    }
}
