//! Signed status lists, cached so that each edition is signed once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use postern_model::StatusListId;
use postern_operations::StatusListEdition;

/// The status lists that were signed last, by id.
#[derive(Debug, Default)]
pub struct SignedStatusLists(Mutex<HashMap<StatusListId, (StatusListEdition, Bytes)>>);

impl SignedStatusLists {
    /// The signed list, if `edition` is the one that was signed last.
    pub fn find(&self, id: StatusListId, edition: &StatusListEdition) -> Option<Bytes> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.get(&id).filter(|(kept, _)| kept == edition).map(|(_, token)| token.clone())
    }

    /// Caches the signed `edition`.
    pub fn insert(&self, id: StatusListId, edition: StatusListEdition, token: Bytes) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, (edition, token));
    }

    /// Removes a list that no longer exists.
    pub fn remove(&self, id: StatusListId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}
