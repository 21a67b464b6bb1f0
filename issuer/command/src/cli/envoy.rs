//! `postern admin envoy`

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::arguments::KeyTypeArgument;
use super::plugin_configuration::{self, SYNC};
use super::{Common, bundle, output, template};

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
    /// A JSON object with the plugin's other settings; with `sync` in it the plugin fetches its bundle from the issuer
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
        let settings = plugin_configuration::read_settings(self.settings.as_deref())?;
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
        if settings.contains_key(SYNC) && self.environment.is_some() {
            bail!("the settings file says how the bundle is fetched: name the environment there, as `sync.environment`");
        }
        let bundle = || bundle::compose(common, self.environment)?.json();
        let configuration = plugin_configuration::compose(bundle, settings)?;
        values.insert(PLUGIN_CONFIGURATION.to_owned(), serde_json::to_string(&configuration)?);
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
