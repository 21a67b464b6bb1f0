//! `postern admin envoy`

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::{bundle, sync_pins, template, values};
use crate::cli::arguments::Environment;
use crate::cli::context::CommandContext;
use crate::cli::output;
use crate::cli::plugin_configuration::{self, SYNC};
use anyhow::{Context as _, bail};
use clap::Args;

/// The placeholder of the plugin's configuration.
const PLUGIN_CONFIGURATION: &str = "PLUGIN_CONFIGURATION";

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  postern admin envoy --template envoy/gateway.yaml --settings settings.json --out envoy.yaml \\
    --set LISTEN_ADDRESS=0.0.0.0 --set LISTEN_PORT=10000")]
pub(in crate::cli) struct Envoy {
    /// Template of the Envoy configuration; each `${NAME}` is replaced by the value from --set, and `${PLUGIN_CONFIGURATION}` by the
    /// plugin's configuration
    #[arg(long, value_name = "FILE")]
    template: PathBuf,
    /// Environment that the edge serves [default: both]
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<Environment>,
    /// JSON file with the plugin's settings. With `sync` in it, the plugin fetches the bundle from the issuer, and the issuer
    /// and its bundle keys are added as `sync.issuer` and `sync.bundle_keys`, so that only signed bundles of this issuer are accepted;
    /// otherwise the bundle is written into the configuration
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Accept bundles without a signature: add no `sync.bundle_keys` and no `sync.issuer`
    #[arg(long)]
    dangerous_unsigned: bool,
    /// Value of a placeholder; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    values: Vec<(String, String)>,
    /// Do not check that the files of the configuration exist, because Envoy runs on another machine
    #[arg(long)]
    elsewhere: bool,
    /// File to write, with mode 0600 [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Envoy {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let template = fs::read_to_string(&self.template)
            .with_context(|| format!("cannot read the template `{}`", self.template.display()))?;
        let mut settings = plugin_configuration::read_settings(self.settings.as_deref())?;
        let mut values = BTreeMap::new();
        for (name, value) in self.values {
            if name == PLUGIN_CONFIGURATION {
                bail!("`{PLUGIN_CONFIGURATION}` is set by this command and cannot be given with --set");
            }
            if values.contains_key(&name) {
                bail!("`{name}` is given with --set twice");
            }
            values.insert(name, value);
        }
        if settings.contains_key(SYNC) && self.environment.is_some() {
            bail!("--environment has no effect with `sync` in the settings file: set `sync.environment` in that file instead");
        }
        if !self.dangerous_unsigned {
            sync_pins::pin(context, &mut settings)?;
        }
        let cannot = || format!("cannot fill in the template `{}`", self.template.display());
        values::check(&template, &values, PLUGIN_CONFIGURATION, !self.elsewhere).with_context(cannot)?;
        let bundle = || bundle::compose(context, self.environment)?.json();
        let configuration = plugin_configuration::compose(bundle, settings)?;
        values.insert(PLUGIN_CONFIGURATION.to_owned(), serde_json::to_string(&configuration)?);
        let rendered = template::render(&template, &values).with_context(cannot)?;
        output::write_private(self.out.as_deref(), rendered.as_bytes())
    }
}

fn assignment(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if template::is_name(name) => Ok((name.to_owned(), value.to_owned())),
        _ => Err("must be `NAME=VALUE`; a name has letters, digits and `_`, and does not begin with a digit"),
    }
}
