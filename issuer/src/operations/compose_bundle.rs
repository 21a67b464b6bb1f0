//! Putting together what an edge needs.

use postern_token::KeyType;
use postern_token::bundle::{At, Bundle, BundleDocument, JwkSetDocument, Problems};

use super::{Error, settings, signing_keys};
use crate::secrets::MasterKey;
use crate::storage::Storage;

/// The bundle for an edge that serves `environment`, or both when it is `None`. It holds the keys: with HS256 whoever has
/// it can mint.
pub fn compose_bundle(storage: &Storage, environment: Option<KeyType>, master_key: &MasterKey) -> Result<BundleDocument, Error> {
    let document = storage.read(|transaction| {
        let settings = settings(transaction)?;
        Ok::<_, Error>(BundleDocument {
            issuer: settings.issuer.as_str().to_owned(),
            audience: settings.audience.as_str().to_owned(),
            environment,
            keys: JwkSetDocument { keys: signing_keys::documents(transaction, master_key)? },
            apis: transaction.apis()?,
            ..BundleDocument::default()
        })
    })?;
    // An edge that is given a bad bundle denies everything. Better that the one who asks for it hears why.
    let mut problems = Problems::default();
    let checked = Bundle::check(&document, At::Root, &mut problems);
    problems.or(checked).map_err(Error::InvalidBundle)?;
    Ok(document)
}
