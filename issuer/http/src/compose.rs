//! Composes bundles for edges, each once for a change.

use std::sync::Arc;

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_token::KeyType;
use sha2::{Digest as _, Sha256};

use super::entity_tag::EntityTag;
use super::error::Problem;
use super::live_bundle::LiveBundle;
use super::service::Service;
use postern_operations::{compose_live_bundle, current_revision};

/// The bundle of this moment.
pub(super) async fn current(service: &Arc<Service>, environment: Option<KeyType>) -> Result<Arc<LiveBundle>, Problem> {
    let revision = service.read(|service| current_revision(&service.act())).await?;
    // One that counts further may be of a database in the place of which an older one was put.
    find_or_compose(service, environment, |kept| kept == revision).await
}

/// Composes anew what was asked for before.
pub(super) async fn refresh(service: &Arc<Service>, revision: u64) -> Result<(), Problem> {
    for environment in service.bundles.environments() {
        since(service, environment, revision).await?;
    }
    Ok(())
}

/// The bundle of `revision` or a later one.
pub(super) async fn since(
    service: &Arc<Service>,
    environment: Option<KeyType>,
    revision: u64,
) -> Result<Arc<LiveBundle>, Problem> {
    find_or_compose(service, environment, |kept| kept >= revision).await
}

async fn find_or_compose(
    service: &Arc<Service>,
    environment: Option<KeyType>,
    fits: impl Fn(u64) -> bool,
) -> Result<Arc<LiveBundle>, Problem> {
    let bundles = &service.bundles;
    if let Some(bundle) = bundles.find(environment, &fits) {
        return Ok(bundle);
    }
    let _composing = bundles.composing.lock().await;
    if let Some(bundle) = bundles.find(environment, &fits) {
        return Ok(bundle);
    }
    let composed = service.read(move |service| compose_live_bundle(&service.act(), environment)).await?;
    let body = Bytes::from(serde_json::to_vec(&composed.document).map_err(|_| Problem::Internal)?);
    let tag = EntityTag::new(&URL_SAFE_NO_PAD.encode(Sha256::digest(&body))).ok_or(Problem::Internal)?;
    let bundle = Arc::new(LiveBundle { revision: composed.revision, tag, body, edges: composed.edges });
    bundles.keep(environment, Arc::clone(&bundle));
    Ok(bundle)
}
