//! `postern admin envoy`

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::Args;
use postern_model::EdgeEnvironment;
use serde_json::{Map, Value};

use super::values::{self, Values};
use super::{bundle, sync_pins, template};
use crate::cli::context::CommandContext;
use crate::cli::output;
use crate::cli::plugin_configuration::{self, SYNC};

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
    /// Environment that the edge serves: `production`, `sandbox` or `both` [default: both]
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<EdgeEnvironment>,
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
    /// Do not check the files that the values name: for an Envoy on another machine
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
        let settings = plugin_configuration::read_settings(self.settings.as_deref())?;
        // All problems are reported at once.
        let mut problems = Vec::new();
        let mut values = BTreeMap::new();
        for (name, value) in &self.values {
            if name == PLUGIN_CONFIGURATION {
                problems.push(format!("`{PLUGIN_CONFIGURATION}` is set by this command and cannot be given with --set"));
            } else if values.insert(name.clone(), value.clone()).is_some() {
                problems.push(format!("`{name}` is given with --set twice"));
            }
        }
        if settings.contains_key(SYNC) && self.environment.is_some() {
            let instead = "set `sync.environment` in that file instead";
            problems.push(format!("--environment has no effect with `sync` in the settings file: {instead}"));
        }
        let clusters = clusters(&settings);
        let given = Values { given: &values, json: PLUGIN_CONFIGURATION, clusters: &clusters, here: !self.elsewhere };
        problems.extend(values::check(&template, &given).err().map(|errors| errors.to_string()));
        let configuration = self.configuration(context, settings);
        let cannot = || format!("cannot fill in the template `{}`", self.template.display());
        if !problems.is_empty() {
            problems.extend(configuration.err().map(|error| format!("{error:#}")));
            return Err(anyhow!(problems.join("\n")).context(cannot()));
        }
        values.insert(PLUGIN_CONFIGURATION.to_owned(), serde_json::to_string(&configuration?)?);
        let rendered = template::render(&template, &values).with_context(cannot)?;
        output::write_private(self.out.as_deref(), rendered.as_bytes())
    }

    /// The plugin's configuration, as JSON.
    fn configuration(&self, context: &CommandContext, mut settings: Map<String, Value>) -> anyhow::Result<String> {
        if !self.dangerous_unsigned {
            sync_pins::pin(context, &mut settings)?;
        }
        let bundle = || bundle::compose(context, self.environment)?.json();
        plugin_configuration::compose(bundle, settings)
    }
}

/// The clusters that the settings name, by the name of the setting. Values of other types are refused with the plugin's configuration.
fn clusters(settings: &Map<String, Value>) -> Vec<(String, String)> {
    let Some(Value::Object(sync)) = settings.get(SYNC) else { return Vec::new() };
    let text = |name: String, value: &Value| Some((name, value.as_str()?.to_owned()));
    let own = sync.get("cluster").and_then(|value| text(format!("{SYNC}.cluster"), value));
    let lists = sync.get("list_clusters").and_then(Value::as_object).into_iter().flatten();
    own.into_iter().chain(lists.filter_map(|(issuer, value)| text(format!("{SYNC}.list_clusters.{issuer}"), value))).collect()
}

fn assignment(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if template::is_name(name) => Ok((name.to_owned(), value.to_owned())),
        _ => Err("must be `NAME=VALUE`; a name has letters, digits and `_`, and does not begin with a digit"),
    }
}
