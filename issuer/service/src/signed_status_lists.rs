//! Signed status lists, cached so that each edition is signed once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use postern_model::StatusListId;
use postern_operations::StatusListEdition;

/// The cached signed status lists, by id. There are few editions of each, one for each environment's key.
#[derive(Debug, Default)]
pub struct SignedStatusLists(Mutex<HashMap<StatusListId, Vec<(StatusListEdition, Bytes)>>>);

/// How many editions of a list are kept: one for each of two environments, and one for requests without a version.
const EDITIONS: usize = 3;

impl SignedStatusLists {
    /// The signed list, if `edition` is in the cache.
    pub fn find(&self, id: StatusListId, edition: &StatusListEdition) -> Option<Bytes> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.get(&id)?.iter().find(|(kept, _)| kept == edition).map(|(_, token)| token.clone())
    }

    /// Caches the signed `edition`.
    pub fn insert(&self, id: StatusListId, edition: StatusListEdition, token: Bytes) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let editions = lists.entry(id).or_default();
        if editions.len() >= EDITIONS {
            editions.remove(0);
        }
        editions.push((edition, token));
    }

    /// Removes a list that no longer exists.
    pub fn remove(&self, id: StatusListId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}
