//! What the issuer knows of edges: when it heard them, and which bundle each of them has.

use std::collections::BTreeMap;

use postern_token::UnixSeconds;

use crate::error::EdgeError;
use crate::{Act, Error};
use postern_model::{EdgeContacts, EdgeName, EdgeStatus, RecordedContact};
use postern_storage::{EdgeCounts, Transaction};

/// How long contacts are kept, in seconds, except the last one of each edge key: edges get other addresses.
const KEPT: u64 = 600;

/// Records contacts, and which edges lack the current bundle. It does not change the bundle, so it wakes no edge.
pub fn record_edge_contacts(act: &Act<'_>, contacts: &EdgeContacts) -> Result<(), Error> {
    act.storage().write_concurrent(|transaction| {
        transaction.lock_edge_contacts()?;
        let (current, lately) = (transaction.bundle_revision()?, UnixSeconds(act.now.0.saturating_sub(EdgeStatus::LATELY)));
        for (edge, sources) in contacts.iter() {
            for (source, contact) in sources {
                transaction.record_edge_contact(edge, source, contact)?;
            }
            transaction.bound_edge_contacts(edge, current, lately)?;
        }
        transaction.delete_edge_contacts(UnixSeconds(act.now.0.saturating_sub(KEPT)))?;
        Ok(transaction.mark_edges_behind(current, act.now)?)
    })
}

/// How many edges were heard lately, and how many lack the current bundle.
pub fn count_edges(act: &Act<'_>) -> Result<EdgeCounts, Error> {
    let lately = UnixSeconds(act.now.0.saturating_sub(EdgeStatus::LATELY));
    act.storage().read(|transaction| Ok(transaction.count_edges(transaction.bundle_revision()?, lately)?))
}

/// What is known of the edges of each edge key, by the name of the key.
pub fn list_edges(act: &Act<'_>) -> Result<Vec<EdgeStatus>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| statuses(act, transaction))
}

/// What is known of the edges of one edge key.
pub fn show_edge(act: &Act<'_>, name: &EdgeName) -> Result<EdgeStatus, Error> {
    act.require_auditor()?;
    let found = act.storage().read(|transaction| statuses(act, transaction))?;
    let status = found.into_iter().find(|status| status.key.name == *name);
    status.ok_or_else(|| Error::Edge(EdgeError::KeyNotFound(name.clone())))
}

fn statuses(act: &Act<'_>, transaction: &Transaction<'_>) -> Result<Vec<EdgeStatus>, Error> {
    let current = transaction.bundle_revision()?;
    let mut contacts: BTreeMap<EdgeName, Vec<RecordedContact>> = BTreeMap::new();
    for (edge, contact) in transaction.edge_contacts()? {
        contacts.entry(edge).or_default().push(contact);
    }
    let status = |key: postern_model::EdgeKey| {
        let of_key = contacts.remove(&key.name).unwrap_or_default();
        EdgeStatus::of(key, current, of_key, act.now)
    };
    Ok(transaction.edge_keys()?.into_iter().map(status).collect())
}
