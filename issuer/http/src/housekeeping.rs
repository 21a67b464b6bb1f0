//! What the issuer does by itself, now and then.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::error::Failure;
use super::service::Service;
use postern_model::UserStoreName;
use postern_operations::{
    apply_pending_revocations, create_status_list_if_needed, list_user_stores, prune, prune_audit, prune_status_lists,
    prune_users, rotate_on_schedule,
};

/// How often user stores with databases of their own are asked for what the main database may not have heard of.
const CARRY_OVER: Duration = Duration::from_secs(2);

/// Looks after the house for as long as it is left running.
pub(super) async fn keep_house(service: Arc<Service>) {
    loop {
        // One that fails is tried again, and keeps no other from being done.
        report(service.write(|service| create_status_list_if_needed(&service.act())).await);
        report(rotate(&service).await);
        report(forget(&service).await);
        report(forget_audit(&service).await);
        report(forget_users(&service).await);
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

async fn forget_users(service: &Arc<Service>) -> Result<(), Failure> {
    let stores = service.read(|service| list_user_stores(&service.act())).await?;
    for store in stores {
        // One that cannot be reached keeps no other from being looked after.
        report(forget_users_of(service, store.name).await);
    }
    Ok(())
}

async fn forget_users_of(service: &Arc<Service>, store: UserStoreName) -> Result<(), Failure> {
    let keep = service.rules.housekeeping.keep_expired_tokens.as_secs();
    loop {
        let name = store.clone();
        let pruned = service.write(move |service| prune_users(&service.act(), &name, keep)).await?;
        if pruned.tokens > 0 || pruned.grants > 0 {
            tracing::info!(store = store.as_str(), tokens = pruned.tokens, grants = pruned.grants, "forgot what users gave once");
        }
        if !pruned.more {
            return Ok(());
        }
    }
}

/// Has the main database hear of what user stores with databases of their own have ended, after a process was killed between the two.
pub(super) async fn carry_over(service: Arc<Service>) {
    let mut trouble = false;
    loop {
        match service.read(|service| apply_pending_revocations(&service.act())).await {
            Ok(_) => trouble = false,
            // Once, however long it lasts.
            Err(failure) if !trouble => {
                failure.report();
                trouble = true;
            }
            Err(_) => {}
        }
        sleep(CARRY_OVER).await;
    }
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
