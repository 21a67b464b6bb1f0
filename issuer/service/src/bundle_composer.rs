//! Composes each bundle once for each change.

use std::sync::Arc;

use postern_operations::{compose_live_bundle, current_revision};
use postern_token::{KeyType, content_digest};

use crate::{BundleForm, Failure, LiveBundle, Service};

/// The bundle of the database's current revision.
pub async fn current_bundle(service: &Arc<Service>, environment: Option<KeyType>) -> Result<Arc<LiveBundle>, Failure> {
    let revision = service.read(|service| current_revision(&service.act())).await?;
    // A cached bundle with a higher revision may come from a database that was replaced by a restored backup.
    find_or_compose(service, environment, |cached| cached == revision).await
}

/// The bundle of `revision` or a later one.
pub async fn bundle_since(
    service: &Arc<Service>,
    environment: Option<KeyType>,
    revision: u64,
) -> Result<Arc<LiveBundle>, Failure> {
    find_or_compose(service, environment, |cached| cached >= revision).await
}

/// Composes again every bundle that an edge has asked for and that is older than `revision`.
pub(crate) async fn recompose(service: &Arc<Service>, revision: u64) -> Result<(), Failure> {
    for environment in service.bundles.environments() {
        bundle_since(service, environment, revision).await?;
    }
    Ok(())
}

async fn find_or_compose(
    service: &Arc<Service>,
    environment: Option<KeyType>,
    fits: impl Fn(u64) -> bool,
) -> Result<Arc<LiveBundle>, Failure> {
    let bundles = &service.bundles;
    if let Some(bundle) = bundles.find(environment, &fits) {
        return Ok(bundle);
    }
    let _composing = bundles.composing.lock().await;
    if let Some(bundle) = bundles.find(environment, &fits) {
        return Ok(bundle);
    }
    let composed = service.read(move |service| compose_live_bundle(&service.act(), environment)).await?;
    let is_secret = composed.is_secret();
    let (plain, signed) = (form(composed.json), form(composed.signed.into_bytes()));
    let (revision, epoch) = (composed.revision, composed.document.epoch.unwrap_or_default());
    let bundle = Arc::new(LiveBundle { revision, epoch, plain, signed, is_secret, edges: composed.edges });
    bundles.insert(environment, Arc::clone(&bundle));
    Ok(bundle)
}

fn form(body: Vec<u8>) -> BundleForm {
    // Edges compute it too.
    BundleForm { version: content_digest(&body), body: body.into() }
}
