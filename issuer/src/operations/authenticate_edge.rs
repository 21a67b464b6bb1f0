//! Finding out which edge is asking.

use super::Error;
use crate::catalogue::EdgeName;
use crate::secrets::{HashedSecret, PlainSecret};
use crate::storage::Storage;

/// The edge whose credential `key` is.
pub fn authenticate_edge(storage: &Storage, key: &PlainSecret) -> Result<EdgeName, Error> {
    let hash = HashedSecret::of(key);
    storage.read(|transaction| transaction.edge_with_key(&hash)?.ok_or(Error::UnknownEdgeKey))
}
