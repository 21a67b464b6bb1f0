//! `postern config`

use clap::Subcommand;
use postern_issuer::configuration::MasterKeySource;
use serde_json::json;

use super::{Common, output};

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Say everything that is wrong with the configuration, each on a line of its own; nothing is started
    Check,
    /// Print what counts for each key, secrets left out, and where it came from
    Print,
}

impl Config {
    /// The configuration was read before, which is the check.
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<()> {
        let mut warnings: Vec<String> = common.warnings.iter().map(ToString::to_string).collect();
        match self {
            Self::Check => {
                match &common.configuration.master_key {
                    None => warnings.push("no master key is given; most commands need one".to_owned()),
                    Some(MasterKeySource::File(file)) if !file.exists() => {
                        warnings.push("`master_key_file` names no file that is there; `postern init` makes it".to_owned());
                    }
                    Some(_) => drop(common.master_key()?),
                }
                output::print(&json!({ "configuration": "ok", "warnings": warnings }))
            }
            Self::Print => output::print(&json!({ "settings": common.configuration.effective, "warnings": warnings })),
        }
    }
}
