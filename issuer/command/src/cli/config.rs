//! `postern config`

use clap::Subcommand;
use postern_configuration::{MasterKeySource, UserStoreSettings};
use serde_json::json;

use super::context::CommandContext;
use super::file_modes;

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Validate the configuration and print every problem; starts nothing
    #[command(after_help = "Example:\n  postern config check --config /etc/postern/postern.toml")]
    Check,
    /// Print the effective value of each key and where it was set, without secrets
    Print,
}

impl Config {
    /// The configuration was validated when it was read.
    pub(super) fn run(&self, context: &CommandContext) -> anyhow::Result<()> {
        let mut warnings: Vec<String> = context.warnings.iter().map(ToString::to_string).collect();
        let stores = &context.configuration.user_stores;
        let stores: Vec<_> = stores.iter().map(UserStoreSettings::shown).collect();
        match self {
            Self::Check => {
                match &context.configuration.master_key {
                    None => warnings.push("no master key is configured; most commands need one".to_owned()),
                    Some(MasterKeySource::File(file)) if !file.exists() => {
                        warnings.push("the file in `master_key_file` does not exist; `postern init` creates it".to_owned());
                    }
                    Some(_) => drop(context.master_key()?),
                }
                warnings.extend(file_modes::warnings(&context.configuration));
                context.printer.print(&json!({ "configuration": "ok", "user_stores": stores, "warnings": warnings }))
            }
            Self::Print => {
                let settings = &context.configuration.effective;
                context.printer.print(&json!({ "settings": settings, "user_stores": stores, "warnings": warnings }))
            }
        }
    }
}
