//! `postern admin envoy`

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use postern_issuer::operations::compose_bundle;
use postern_plugin::Gate;
use postern_token::Node;
use postern_token::bundle::BundleDocument;
use serde_json::{Map, Value};

use super::arguments::KeyTypeArgument;
use super::{Common, output, template};

/// The placeholder that the plugin's configuration takes.
const PLUGIN_CONFIGURATION: &str = "PLUGIN_CONFIGURATION";

#[derive(Debug, Args)]
pub(super) struct Envoy {
    /// The template, in which `${NAME}` stands for a value and `${PLUGIN_CONFIGURATION}` for the plugin's configuration
    #[arg(long, value_name = "FILE")]
    template: PathBuf,
    /// The key type that the edge serves; leave it out for both
    #[arg(long, value_name = "TYPE")]
    environment: Option<KeyTypeArgument>,
    /// A JSON object with the plugin's other settings, which stand beside the bundle
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// A value for a placeholder; give it again for more
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    values: Vec<(String, String)>,
    /// The file to write, readable by its owner alone; leave it out for standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Envoy {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let template = fs::read_to_string(&self.template)
            .with_context(|| format!("cannot read the template `{}`", self.template.display()))?;
        let settings = self.settings.as_deref().map(read_settings).transpose()?.unwrap_or_default();
        let mut values = BTreeMap::new();
        for (name, value) in self.values {
            if name == PLUGIN_CONFIGURATION {
                bail!("`{PLUGIN_CONFIGURATION}` is made from the bundle and cannot be given with --set");
            }
            if values.contains_key(&name) {
                bail!("`{name}` is given with --set twice");
            }
            values.insert(name, value);
        }
        let master_key = common.master_key()?;
        let bundle = compose_bundle(&common.storage()?, self.environment.map(Into::into), &master_key)?;
        values.insert(PLUGIN_CONFIGURATION.to_owned(), configuration(&bundle, settings)?);
        let rendered = template::render(&template, &values)
            .with_context(|| format!("the template `{}` cannot be filled in", self.template.display()))?;
        output::write_private(self.out.as_deref(), rendered.as_bytes())
    }
}

fn assignment(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if template::is_name(name) => Ok((name.to_owned(), value.to_owned())),
        _ => Err("must be `NAME=VALUE`, where the name holds letters, digits and `_` and does not begin with a digit"),
    }
}

fn read_settings(file: &Path) -> anyhow::Result<Map<String, Value>> {
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

/// The plugin's configuration, which the plugin would take: JSON, written as a JSON string, which is a double-quoted scalar
/// in YAML as well.
fn configuration(bundle: &BundleDocument, settings: Map<String, Value>) -> anyhow::Result<String> {
    let mut document = settings;
    document.insert("bundle".into(), serde_json::to_value(bundle)?);
    let text = serde_json::to_string(&document)?;
    // Envoy would find it out too, but only when it starts, and from then on would refuse every request.
    Gate::from_json(text.as_bytes()).context("the plugin would refuse its configuration")?;
    Ok(serde_json::to_string(&text)?)
}
