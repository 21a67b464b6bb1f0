//! `postern token secret`

use clap::Subcommand;
use postern_model::ConsumerSecretId;
use serde_json::json;

use crate::cli::arguments::{Changes, KeySet, expiry, span};
use crate::cli::management::{Call, Management};
use crate::cli::output;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SecretCommand {
    /// Make another consumer secret, shown this once; no more than two count at once
    Create {
        #[command(flatten)]
        keys: KeySet,
        /// How long it counts, such as `30d`; leave it out for ever
        #[arg(long, value_name = "SPAN", value_parser = span)]
        expires_in: Option<u64>,
    },
    /// Remove a consumer secret, which is refused from then on; the last one that counts stays
    Remove {
        #[command(flatten)]
        keys: KeySet,
        /// Its id in `postern token keys show`, never the secret itself
        #[arg(value_name = "ID", value_parser = secret_id)]
        id: ConsumerSecretId,
    },
}

impl SecretCommand {
    pub(super) fn run(self, management: &Management) -> anyhow::Result<()> {
        match self {
            Self::Create { keys, expires_in } => {
                let mut fields = Changes::default();
                fields.set("expires_at", expires_in.map(expiry));
                let path = [&keys.path()[..], &["secrets"]].concat();
                management.print(&Call::create(&path).json(&fields.into_body()))
            }
            Self::Remove { keys, id } => {
                let path = [&keys.path()[..], &["secrets", id.as_str()]].concat();
                management.send(&Call::delete(&path))?;
                output::print(&json!({ "removed": id }))
            }
        }
    }
}

fn secret_id(text: &str) -> Result<ConsumerSecretId, String> {
    text.parse().map_err(|_| "must be a secret's id, which begins with `cs_`; it is not the secret itself".into())
}
