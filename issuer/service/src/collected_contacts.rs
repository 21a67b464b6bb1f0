//! What edges asked with, if it was not written to the database yet.

use std::sync::{Mutex, MutexGuard, PoisonError};

use postern_model::{EdgeContact, EdgeContacts, EdgeName};

/// Collects the contacts of edges.
#[derive(Debug, Default)]
pub(crate) struct CollectedContacts(Mutex<EdgeContacts>);

impl CollectedContacts {
    /// Adds a contact.
    pub(crate) fn add(&self, edge: &EdgeName, source: String, contact: EdgeContact) {
        self.lock().add(edge, source, contact);
    }

    /// Puts back contacts that were taken out.
    pub(crate) fn put_back(&self, contacts: EdgeContacts) {
        self.lock().add_earlier(contacts);
    }

    /// Takes all contacts out.
    pub(crate) fn take(&self) -> EdgeContacts {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, EdgeContacts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
