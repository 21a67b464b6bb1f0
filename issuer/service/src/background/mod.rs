//! Background tasks: wake edges after changes, prune old records, rotate signing keys on schedule, count usage.

mod branding;
mod change_poller;
mod pruning;
mod serving;
mod usage;

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::{Service, edge_contacts, events};

/// Starts every background task. They end when the returned set is dropped.
pub fn spawn(service: &Arc<Service>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(change_poller::run(Arc::clone(service)));
    tasks.spawn(serving::keep(Arc::clone(service)));
    tasks.spawn(pruning::run(Arc::clone(service)));
    tasks.spawn(events::write_regularly(Arc::clone(service)));
    tasks.spawn(edge_contacts::write_regularly(Arc::clone(service)));
    tasks.spawn(usage::count_regularly(Arc::clone(service)));
    tasks.spawn(pruning::carry_over_revocations(Arc::clone(service)));
    tasks.spawn(branding::run(Arc::clone(service)));
    tasks
}
