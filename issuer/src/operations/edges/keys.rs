//! The credentials of edges.

use crate::catalogue::{Action, EdgeKey, EdgeName};
use crate::operations::{Act, Error};
use crate::secrets::{HashedSecret, PlainSecret};

/// Creates the credential with which an edge fetches its bundle. It is shown once; only its hash is kept.
pub fn create_edge_key(act: &Act<'_>, name: &EdgeName) -> Result<PlainSecret, Error> {
    act.administer()?;
    let key = PlainSecret::generate("edge_", act.entropy)?;
    act.storage().write(|transaction| {
        if !transaction.insert_edge_key(name, &HashedSecret::of(&key), act.now)? {
            return Err(Error::EdgeKeyExists(name.clone()));
        }
        act.record(transaction, Action::EdgeKeyCreate, None, Some(name.as_str()), None)
    })?;
    Ok(key)
}

/// What is known of every edge's credential, by name; the credential itself is not.
pub fn list_edge_keys(act: &Act<'_>) -> Result<Vec<EdgeKey>, Error> {
    act.inspect()?;
    act.storage().read(|transaction| Ok(transaction.edge_keys()?))
}

/// Removes the credential of an edge, which gets no bundle with it from now on. What it was given before it still has.
pub fn remove_edge_key(act: &Act<'_>, name: &EdgeName) -> Result<(), Error> {
    act.administer()?;
    act.storage().write(|transaction| {
        if !transaction.delete_edge_key(name)? {
            return Err(Error::NoSuchEdgeKey(name.clone()));
        }
        act.record(transaction, Action::EdgeKeyRemove, None, Some(name.as_str()), None)
    })
}
