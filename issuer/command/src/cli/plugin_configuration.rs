//! The plugin's configuration: the bundle and the settings.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use postern_gate::{Configuration, Gate};
use postern_token::Node;
use serde_json::{Map, Value};

/// Reads a file with a JSON object. Errors call the file `what`.
pub(super) fn read_object(what: &str, file: &Path) -> anyhow::Result<Map<String, Value>> {
    let shown = file.display();
    let text = fs::read(file).with_context(|| format!("cannot read the {what} `{shown}`"))?;
    // `Node` refuses a name that occurs twice; `serde_json` would keep the last one.
    Node::parse(&text).with_context(|| format!("the {what} `{shown}` is not JSON"))?;
    match serde_json::from_slice(&text) {
        Ok(Value::Object(object)) => Ok(object),
        _ => bail!("the {what} `{shown}` must contain a JSON object"),
    }
}

/// Reads the settings file; without a file there are no settings.
pub(super) fn read_settings(file: Option<&Path>) -> anyhow::Result<Map<String, Value>> {
    let Some(file) = file else { return Ok(Map::new()) };
    let settings = read_object("settings file", file)?;
    if settings.contains_key("bundle") {
        bail!("the settings file `{}` must not contain `bundle`: this command adds the bundle", file.display());
    }
    Ok(settings)
}

/// The gate of a bundle and settings, made by the plugin's own code. `sync` is left out: the bundle is given.
pub(super) fn gate(bundle: Value, mut settings: Map<String, Value>) -> anyhow::Result<Gate> {
    settings.remove(SYNC);
    settings.insert("bundle".into(), bundle);
    Gate::from_json(&serde_json::to_vec(&settings)?).context(REFUSED)
}

/// The configuration as JSON. It contains the bundle, unless the settings say how the plugin fetches it.
pub(super) fn compose(
    bundle: impl FnOnce() -> anyhow::Result<Value>,
    mut settings: Map<String, Value>,
) -> anyhow::Result<String> {
    if !settings.contains_key(SYNC) {
        settings.insert("bundle".into(), bundle()?);
    }
    let text = serde_json::to_string(&settings)?;
    // Envoy would find the error only at its start, and would then refuse every request.
    Configuration::from_json(text.as_bytes()).context(REFUSED)?;
    Ok(text)
}

/// The setting that says how the bundle is fetched.
pub(super) const SYNC: &str = "sync";

const REFUSED: &str = "the plugin would reject this configuration";
