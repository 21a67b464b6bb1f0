//! The edge keys, with which edges fetch their bundles.

use serde_json::json;

use crate::error::EdgeError;
use crate::{Act, Error};
use postern_model::{Action, EdgeEnvironment, EdgeKey, EdgeName};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// Creates an edge key for the bundle of that environment. It is shown once; only its hash is stored.
pub fn create_edge_key(act: &Act<'_>, name: &EdgeName, environment: EdgeEnvironment) -> Result<PlainSecret, Error> {
    act.require_administrator()?;
    let key = PlainSecret::generate("edge_", act.entropy)?;
    act.storage().write(|transaction| {
        if !transaction.insert_edge_key(name, environment, &HashedSecret::of(&key), act.now)? {
            return Err(EdgeError::KeyAlreadyExists(name.clone()).into());
        }
        act.audit(transaction, Action::EdgeKeyCreate, None, Some(name.as_str()), Some(&json!({ "environment": environment })))
    })?;
    Ok(key)
}

/// The records of all edge keys, by name, without the keys themselves.
pub fn list_edge_keys(act: &Act<'_>) -> Result<Vec<EdgeKey>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.edge_keys()?))
}

/// The record of one edge key.
pub fn show_edge_key(act: &Act<'_>, name: &EdgeName) -> Result<EdgeKey, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| find(transaction, name))
}

/// Removes an edge key, if `expected` accepts its current state. The edge gets no new bundle, but keeps the one that it has.
pub fn remove_edge_key(act: &Act<'_>, name: &EdgeName, expected: impl FnOnce(&EdgeKey) -> bool) -> Result<(), Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        if !expected(&find(transaction, name)?) {
            return Err(Error::PreconditionFailed);
        }
        transaction.delete_edge_key(name)?;
        act.audit(transaction, Action::EdgeKeyRemove, None, Some(name.as_str()), None)
    })
}

fn find(transaction: &Transaction<'_>, name: &EdgeName) -> Result<EdgeKey, Error> {
    let key = transaction.edge_keys()?.into_iter().find(|key| key.name == *name);
    key.ok_or_else(|| Error::Edge(EdgeError::KeyNotFound(name.clone())))
}

/// The edge that `key` belongs to.
pub fn authenticate_edge(act: &Act<'_>, key: &PlainSecret) -> Result<EdgeKey, Error> {
    let hash = HashedSecret::of(key);
    act.storage().read(|transaction| transaction.edge_with_key(&hash)?.ok_or(Error::Edge(EdgeError::UnknownKey)))
}
