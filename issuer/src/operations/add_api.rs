//! Adding an API.

use postern_token::UnixSeconds;
use postern_token::bundle::{Api, ApiDocument, At, Bundle, BundleDocument, JwkSetDocument, Problems};

use super::{Error, settings};
use crate::catalogue::Settings;
use crate::storage::Storage;

/// Adds an API that an edge will accept, by itself and beside the ones that there are.
pub fn add_api(storage: &Storage, api: &ApiDocument, now: UnixSeconds) -> Result<(), Error> {
    let mut problems = Problems::default();
    let checked = Api::check(api, At::Root, &mut problems);
    problems.or(checked).map_err(Error::InvalidApi)?;
    storage.write(|transaction| {
        let settings = settings(transaction)?;
        let reference = |api: &ApiDocument| format!("{}/{}", api.name, api.version);
        for existing in transaction.apis()? {
            if (&existing.name, &existing.version) == (&api.name, &api.version) {
                return Err(Error::ApiExists(reference(api)));
            }
            if overlaps(&settings, &existing, api) {
                return Err(Error::ApiOverlaps { existing: reference(&existing), context: api.context.clone() });
            }
        }
        if transaction.insert_api(api, now)? { Ok(()) } else { Err(Error::ApiExists(reference(api))) }
    })
}

/// Whether an edge would refuse the two, each of which it would take alone. The rule is the bundle's; asking it about one
/// pair at a time tells which API is in the way.
fn overlaps(settings: &Settings, existing: &ApiDocument, new: &ApiDocument) -> bool {
    let document = BundleDocument {
        issuer: settings.issuer.as_str().to_owned(),
        audience: settings.audience.as_str().to_owned(),
        environment: None,
        keys: JwkSetDocument { keys: Vec::new() },
        apis: vec![existing.clone(), new.clone()],
        ..BundleDocument::default()
    };
    let mut problems = Problems::default();
    Bundle::check(&document, At::Root, &mut problems);
    !problems.is_empty()
}
