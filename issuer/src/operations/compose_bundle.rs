//! Putting together what an edge needs.

use postern_token::KeyType;
use postern_token::bundle::{At, Bundle, BundleDocument, JwkSetDocument, Problems, StatusListDocument};

use super::{Error, settings, signing_keys, status_lists};
use crate::secrets::MasterKey;
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

/// The same for an edge that fetches the status lists, which it is only told about.
pub fn compose_live_bundle(
    storage: &Storage,
    environment: Option<KeyType>,
    master_key: &MasterKey,
) -> Result<BundleDocument, Error> {
    let document = storage.read(|transaction| {
        let lists = status_lists::named(transaction)?;
        document(transaction, environment, master_key, lists)
    })?;
    check(&document)?;
    Ok(document)
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
