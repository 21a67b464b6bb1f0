//! Listing the edges' credentials.

use super::Error;
use crate::catalogue::EdgeKey;
use crate::storage::Storage;

/// What is known of every edge's credential, by name; the credential itself is not.
pub fn list_edge_keys(storage: &Storage) -> Result<Vec<EdgeKey>, Error> {
    storage.read(|transaction| Ok(transaction.edge_keys()?))
}
