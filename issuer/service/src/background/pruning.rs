//! Periodic work: prunes old records, begins status lists, rotates signing keys on schedule.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::{Failure, Service};
use postern_model::UserStoreName;
use postern_operations::{
    apply_pending_revocations, create_status_list_if_needed, list_user_stores, prune, prune_audit, prune_events, prune_guesses,
    prune_status_lists, prune_used_sign_ins, prune_users, rotate_on_schedule,
};

/// How often user stores with their own databases are checked for revocations that the main database lacks.
const CARRY_OVER: Duration = Duration::from_secs(2);

/// Does the periodic work until the task is dropped.
pub(super) async fn run(service: Arc<Service>) {
    loop {
        // A task that fails is retried in the next round and does not stop the others.
        report(service.write(|service| create_status_list_if_needed(&service.act())).await);
        report(rotate(&service).await);
        report(prune_tokens(&service).await);
        report(prune_audit_log(&service).await);
        report(prune_counts_of_guesses(&service).await);
        report(prune_old_events(&service).await);
        report(prune_user_stores(&service).await);
        sleep(service.options.prune.interval).await;
    }
}

async fn rotate(service: &Arc<Service>) -> Result<(), Failure> {
    let done = service.write(|service| rotate_on_schedule(&service.act())).await?;
    for (keys, what) in [(done.published, "published"), (done.signing, "signs"), (done.retired, "retired")] {
        for kid in keys {
            tracing::info!(kid = kid.as_str(), what, "rotated signing keys on schedule");
        }
    }
    Ok(())
}

async fn prune_tokens(service: &Arc<Service>) -> Result<(), Failure> {
    let keep = service.options.prune.expired_token_retention.as_secs();
    loop {
        let pruned = service.write(move |service| prune(&service.act(), keep)).await?;
        if pruned.tokens > 0 {
            tracing::info!(tokens = pruned.tokens, "pruned expired tokens");
        }
        if !pruned.more {
            break;
        }
    }
    let lists = service.write(|service| prune_status_lists(&service.act())).await?;
    if lists > 0 {
        tracing::info!(lists, "pruned expired status lists");
    }
    Ok(())
}

async fn prune_counts_of_guesses(service: &Arc<Service>) -> Result<(), Failure> {
    while service.write(|service| prune_guesses(&service.act())).await? {}
    while service.write(|service| prune_used_sign_ins(&service.act())).await? {}
    Ok(())
}

async fn prune_old_events(service: &Arc<Service>) -> Result<(), Failure> {
    let keep = service.options.prune.event_retention.as_secs();
    while service.write(move |service| prune_events(&service.act(), keep)).await? {}
    Ok(())
}

async fn prune_user_stores(service: &Arc<Service>) -> Result<(), Failure> {
    let stores = service.read(|service| list_user_stores(&service.act())).await?;
    for store in stores {
        // A store that cannot be reached does not stop the others.
        report(prune_user_store(service, store.name).await);
    }
    Ok(())
}

async fn prune_user_store(service: &Arc<Service>, store: UserStoreName) -> Result<(), Failure> {
    let keep = service.options.prune.expired_token_retention.as_secs();
    loop {
        let name = store.clone();
        let pruned = service.write(move |service| prune_users(&service.act(), &name, keep)).await?;
        if pruned.tokens > 0 || pruned.grants > 0 {
            tracing::info!(
                store = store.as_str(),
                tokens = pruned.tokens,
                grants = pruned.grants,
                "pruned expired tokens and grants of users"
            );
        }
        if !pruned.more {
            return Ok(());
        }
    }
}

/// Copies revocations from user stores with their own databases into the main database, in case a process was killed between the two
/// commits.
pub(super) async fn carry_over_revocations(service: Arc<Service>) {
    let mut failing = false;
    loop {
        match service.read(|service| apply_pending_revocations(&service.act())).await {
            Ok(_) => failing = false,
            // Logged only once for each outage.
            Err(failure) if !failing => {
                failure.report();
                failing = true;
            }
            Err(_) => {}
        }
        sleep(CARRY_OVER).await;
    }
}

async fn prune_audit_log(service: &Arc<Service>) -> Result<(), Failure> {
    let Some(keep) = service.options.prune.audit_retention else { return Ok(()) };
    loop {
        let pruned = service.write(move |service| prune_audit(&service.act(), keep.as_secs())).await?;
        if pruned.entries > 0 {
            tracing::info!(entries = pruned.entries, "pruned old audit log entries");
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
