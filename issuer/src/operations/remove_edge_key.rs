//! Taking an edge's credential away.

use super::Error;
use crate::catalogue::EdgeName;
use crate::storage::Storage;

/// Removes the credential of an edge, which gets no bundle with it from now on. What it was given before it still has.
pub fn remove_edge_key(storage: &Storage, name: &EdgeName) -> Result<(), Error> {
    storage.write(|transaction| {
        let removed = transaction.delete_edge_key(name)?;
        if removed { Ok(()) } else { Err(Error::NoSuchEdgeKey(name.clone())) }
    })
}
