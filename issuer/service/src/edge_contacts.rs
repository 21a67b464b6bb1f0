//! What edges ask with. It is collected, and written every few seconds, so that no request of an edge waits for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::{Failure, Service, current_source};
use postern_model::{BundleRevision, EdgeContact, EdgeName, HeldBundle};
use postern_operations::{count_edges, record_edge_contacts};

/// How often collected contacts are written.
const INTERVAL: Duration = Duration::from_secs(3);

impl Service {
    /// Notes that an edge with this key has asked for its bundle, or has waited for it, in the current request. `sent` is the bundle in the
    /// answer, if it holds one.
    pub fn note_edge(&self, edge: &EdgeName, held: HeldBundle, sent: Option<BundleRevision>) {
        let source = current_source().map(|address| address.to_canonical().to_string());
        let contact = EdgeContact { heard_at: self.act().now(), held, sent };
        self.edge_contacts.add(edge, source.unwrap_or_default(), contact);
    }

    /// Writes the collected contacts, and which edges lack the current bundle. If that fails, they are kept for the next attempt.
    async fn write_edge_contacts(self: &Arc<Self>) -> Result<(), Failure> {
        let counts = self.read(|service| count_edges(&service.act())).await?;
        let gauge = |count| i64::try_from(count).unwrap_or(i64::MAX);
        self.metrics.edges.set(gauge(counts.heard));
        self.metrics.edges_behind.set(gauge(counts.behind));
        let contacts = Arc::new(self.edge_contacts.take());
        if contacts.is_empty() && counts.unmarked == 0 {
            return Ok(());
        }
        let writing = Arc::clone(&contacts);
        let written = self.read(move |service| record_edge_contacts(&service.act(), &writing)).await;
        if written.is_err()
            && let Some(contacts) = Arc::into_inner(contacts)
        {
            self.edge_contacts.put_back(contacts);
        }
        written
    }
}

/// Writes contacts until the task is dropped.
pub(crate) async fn write_regularly(service: Arc<Service>) {
    let mut failing = false;
    loop {
        sleep(INTERVAL).await;
        match service.write_edge_contacts().await {
            Ok(()) => failing = false,
            // Logged only once for each outage.
            Err(failure) if !failing => {
                failure.report();
                failing = true;
            }
            Err(_) => {}
        }
    }
}
