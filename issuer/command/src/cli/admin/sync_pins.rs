//! What `postern admin envoy` pins in the settings of an edge that follows the issuer, so that the edge accepts only its bundles.

use anyhow::bail;
use serde_json::{Map, Value};

use crate::cli::context::CommandContext;
use crate::cli::management::{Call, text};
use crate::cli::output;
use crate::cli::plugin_configuration::SYNC;

/// The setting that pins the bundle keys.
const BUNDLE_KEYS: &str = "bundle_keys";

/// The setting that pins the issuer.
const ISSUER: &str = "issuer";

/// The setting that pins the environment.
const ENVIRONMENT: &str = "environment";

/// Adds the bundle keys and the issuer to settings with `sync`, unless the settings name them, and warns if the settings name no
/// environment: only the operator knows which one the edge serves.
pub(super) fn pin(context: &CommandContext, settings: &mut Map<String, Value>) -> anyhow::Result<()> {
    let Some(Value::Object(sync)) = settings.get_mut(SYNC) else { return Ok(()) };
    if !sync.contains_key(BUNDLE_KEYS) {
        sync.insert(BUNDLE_KEYS.into(), bundle_keys(context)?);
    }
    if !sync.contains_key(ISSUER) {
        let settings = context.management()?.send(&Call::get(&["settings"]))?.json()?;
        sync.insert(ISSUER.into(), text(&settings, "issuer")?.into());
    }
    if !sync.contains_key(ENVIRONMENT) {
        output::warn(
            "`sync.environment` is not set, so the edge accepts the bundle of any environment: set it to `production`, `sandbox` or \
             `both`, as in the edge key",
        );
    }
    Ok(())
}

/// The public keys of all bundle keys, so that edges accept bundles whichever bundle key signs later.
fn bundle_keys(context: &CommandContext) -> anyhow::Result<Value> {
    let keys = context.management()?.all(|| Call::get(&["bundle-keys"]))?;
    let keys: Vec<Value> = keys.into_iter().filter_map(|key| key.get("jwk").cloned()).collect();
    if keys.is_empty() {
        bail!("the issuer has no bundle key: create one with `postern admin bundle-key create`, or give --dangerous-unsigned");
    }
    Ok(keys.into())
}
