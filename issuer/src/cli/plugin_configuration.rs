//! The plugin's configuration: a bundle, and the settings that stand beside it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use postern_plugin::Gate;
use postern_token::Node;
use serde_json::{Map, Value};

/// Reads a file of settings.
pub(super) fn read_settings(file: &Path) -> anyhow::Result<Map<String, Value>> {
    let shown = file.display();
    let text = fs::read(file).with_context(|| format!("cannot read the settings file `{shown}`"))?;
    // The contract's own reader first: it refuses a name that is there twice, of which the other would keep the last.
    Node::parse(&text).with_context(|| format!("the settings file `{shown}` is not JSON"))?;
    match serde_json::from_slice(&text) {
        Ok(Value::Object(settings)) if settings.contains_key("bundle") => {
            bail!("the settings file `{shown}` holds `bundle`, which comes from the issuer: remove it there")
        }
        Ok(Value::Object(settings)) => Ok(settings),
        _ => bail!("the settings file `{shown}` must hold a JSON object"),
    }
}

/// The configuration as JSON, which the plugin's own code has accepted.
pub(super) fn compose(bundle: Value, settings: Map<String, Value>) -> anyhow::Result<String> {
    compose_and_load(bundle, settings).map(|(text, _)| text)
}

/// The gate of a configuration. `text` is the bundle as it was written, which must hold no name twice.
pub(super) fn gate(text: &str, bundle: Value, settings: Map<String, Value>) -> anyhow::Result<Gate> {
    Node::parse(text.as_bytes()).context("the bundle is not JSON as an edge reads it")?;
    compose_and_load(bundle, settings).map(|(_, gate)| gate)
}

fn compose_and_load(bundle: Value, mut settings: Map<String, Value>) -> anyhow::Result<(String, Gate)> {
    settings.insert("bundle".into(), bundle);
    let text = serde_json::to_string(&settings)?;
    // Envoy would find it out too, but only when it starts, and from then on would refuse every request.
    let gate = Gate::from_json(text.as_bytes()).context("the plugin would refuse its configuration")?;
    Ok((text, gate))
}
