//! Finding out which edge is asking.

use crate::error::EdgeError;
use crate::{Act, Error};
use postern_model::EdgeName;
use postern_secrets::{HashedSecret, PlainSecret};

/// The edge whose credential `key` is.
pub fn authenticate_edge(act: &Act<'_>, key: &PlainSecret) -> Result<EdgeName, Error> {
    let hash = HashedSecret::of(key);
    act.storage().read(|transaction| transaction.edge_with_key(&hash)?.ok_or(Error::Edge(EdgeError::UnknownKey)))
}
