//! Giving an edge its credential.

use postern_token::UnixSeconds;

use super::Error;
use crate::catalogue::EdgeName;
use crate::entropy::Entropy;
use crate::secrets::{HashedSecret, PlainSecret};
use crate::storage::Storage;

/// Creates the credential with which an edge fetches its bundle. It is shown once; only its hash is kept.
pub fn create_edge_key(
    storage: &Storage,
    name: &EdgeName,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<PlainSecret, Error> {
    let key = PlainSecret::generate("edge_", entropy)?;
    storage.write(|transaction| {
        let new = transaction.insert_edge_key(name, &HashedSecret::of(&key), now)?;
        if new { Ok(()) } else { Err(Error::EdgeKeyExists(name.clone())) }
    })?;
    Ok(key)
}
