//! Putting together what an edge needs.

use std::collections::HashSet;

use postern_token::KeyType;
use postern_token::bundle::{At, Bundle, BundleDocument, JwkSetDocument, Problems, StatusListDocument};

use super::{Error, settings, signing_keys, status_lists};
use crate::secrets::{HashedSecret, MasterKey, PlainSecret};
use crate::storage::{Storage, Transaction};

/// The bundle for an edge that serves `environment`, or both when it is `None`, with its status lists in it: the edge fetches
/// nothing. It holds the keys: with HS256 whoever has it can mint.
pub fn compose_bundle(storage: &Storage, environment: Option<KeyType>, master_key: &MasterKey) -> Result<BundleDocument, Error> {
    let document = storage.read(|transaction| {
        let lists = status_lists::embedded(transaction, master_key)?;
        document(transaction, environment, master_key, lists)
    })?;
    check(&document)?;
    Ok(document)
}

/// A bundle, and who may have it.
#[derive(Debug)]
pub struct ComposedBundle {
    /// The bundle, which names its status lists.
    pub document: BundleDocument,
    /// Its revision.
    pub revision: u64,
    /// The edges that have a credential.
    pub edges: EdgeKeys,
}

/// The credentials of all edges at one moment.
#[derive(Debug, Clone)]
pub struct EdgeKeys(HashSet<[u8; 32]>);

impl EdgeKeys {
    /// Whether the key is one of them. How long that takes tells a stranger nothing: the hash is of a secret that cannot be guessed.
    pub fn hold(&self, key: &PlainSecret) -> bool {
        self.0.contains(HashedSecret::of(key).as_bytes())
    }
}

/// The bundle for an edge that fetches the status lists, which it is only told about.
pub fn compose_live_bundle(
    storage: &Storage,
    environment: Option<KeyType>,
    master_key: &MasterKey,
) -> Result<ComposedBundle, Error> {
    let composed = storage.read(|transaction| {
        let lists = status_lists::named(transaction)?;
        let document = document(transaction, environment, master_key, lists)?;
        let edges = transaction.edge_key_hashes()?.iter().map(|hash| *hash.as_bytes()).collect();
        Ok::<_, Error>(ComposedBundle { document, revision: transaction.revision()?, edges: EdgeKeys(edges) })
    })?;
    check(&composed.document)?;
    Ok(composed)
}

/// What the bundle's revision is.
pub fn current_revision(storage: &Storage) -> Result<u64, Error> {
    storage.read(|transaction| Ok(transaction.revision()?))
}

fn document(
    transaction: &Transaction<'_>,
    environment: Option<KeyType>,
    master_key: &MasterKey,
    status_lists: Vec<StatusListDocument>,
) -> Result<BundleDocument, Error> {
    let settings = settings(transaction)?;
    Ok(BundleDocument {
        issuer: settings.issuer.as_str().to_owned(),
        audience: settings.audience.as_str().to_owned(),
        environment,
        keys: JwkSetDocument { keys: signing_keys::documents(transaction, master_key)? },
        apis: transaction.apis()?,
        status_lists,
        revision: Some(transaction.revision()?),
        ..BundleDocument::default()
    })
}

/// An edge that is given a bad bundle denies everything. Better that the one who asks for it hears why.
fn check(document: &BundleDocument) -> Result<(), Error> {
    let mut problems = Problems::default();
    let checked = Bundle::check(document, At::Root, &mut problems);
    problems.or(checked).map(drop).map_err(Error::InvalidBundle)
}
