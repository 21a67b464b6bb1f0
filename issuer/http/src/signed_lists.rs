//! Signed status lists, kept so that each edition is signed once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;

use postern_model::StatusListId;
use postern_operations::StatusListEdition;

/// The lists that were signed last, as long as their editions count.
#[derive(Debug, Default)]
pub(super) struct SignedLists(Mutex<HashMap<StatusListId, (StatusListEdition, Bytes)>>);

impl SignedLists {
    pub(super) fn find(&self, id: StatusListId, edition: &StatusListEdition) -> Option<Bytes> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.get(&id).filter(|(kept, _)| kept == edition).map(|(_, token)| token.clone())
    }

    pub(super) fn keep(&self, id: StatusListId, edition: StatusListEdition, token: Bytes) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, (edition, token));
    }

    pub(super) fn forget(&self, id: StatusListId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}
