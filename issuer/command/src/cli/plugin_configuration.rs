//! The plugin's configuration: a bundle, and the settings that stand beside it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use postern_gate::{Configuration, Gate};
use postern_token::Node;
use serde_json::{Map, Value};

/// Reads a file that holds a JSON object; `what` it is goes into the error.
pub(super) fn read_object(what: &str, file: &Path) -> anyhow::Result<Map<String, Value>> {
    let shown = file.display();
    let text = fs::read(file).with_context(|| format!("cannot read the {what} `{shown}`"))?;
    // The contract's own reader first: it refuses a name that is there twice, of which the other would keep the last.
    Node::parse(&text).with_context(|| format!("the {what} `{shown}` is not JSON"))?;
    match serde_json::from_slice(&text) {
        Ok(Value::Object(object)) => Ok(object),
        _ => bail!("the {what} `{shown}` must contain a JSON object"),
    }
}

/// Reads a file of settings; without one there are none.
pub(super) fn read_settings(file: Option<&Path>) -> anyhow::Result<Map<String, Value>> {
    let Some(file) = file else { return Ok(Map::new()) };
    let settings = read_object("settings file", file)?;
    if settings.contains_key("bundle") {
        bail!("the settings file `{}` must not contain `bundle`: this command adds the bundle", file.display());
    }
    Ok(settings)
}

/// The gate that the plugin's own code makes of a bundle. How an edge would fetch another is left aside.
pub(super) fn gate(bundle: Value, mut settings: Map<String, Value>) -> anyhow::Result<Gate> {
    settings.remove(SYNC);
    settings.insert("bundle".into(), bundle);
    Gate::from_json(&serde_json::to_vec(&settings)?).context(REFUSED)
}

/// The configuration as JSON: with the bundle, or without when the settings say how it is fetched.
pub(super) fn compose(
    bundle: impl FnOnce() -> anyhow::Result<Value>,
    mut settings: Map<String, Value>,
) -> anyhow::Result<String> {
    if !settings.contains_key(SYNC) {
        settings.insert("bundle".into(), bundle()?);
    }
    let text = serde_json::to_string(&settings)?;
    // Envoy would find it out too, but only when it starts, and from then on would refuse every request.
    Configuration::from_json(text.as_bytes()).context(REFUSED)?;
    Ok(text)
}

/// The setting that says how the bundle is fetched.
pub(super) const SYNC: &str = "sync";

const REFUSED: &str = "the plugin would reject this configuration";
