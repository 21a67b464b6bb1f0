//! `postern token secret`

use std::time::Duration;

use clap::Subcommand;
use postern_model::ConsumerSecretId;
use postern_time::parse_lifetime;
use serde_json::json;

use crate::cli::arguments::{BodyFields, ClientKeys, expiry};
use crate::cli::management::{Call, Management};
use crate::cli::output;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConsumerSecretCommand {
    /// Create a second consumer secret; it is shown only once
    ///
    /// At most two consumer secrets can be valid at the same time.
    Create {
        #[command(flatten)]
        keys: ClientKeys,
        /// Lifetime, such as `30d` [default: never expires]
        #[arg(long, value_name = "DURATION", value_parser = parse_lifetime)]
        expires_in: Option<Duration>,
    },
    /// Remove a consumer secret; it is refused at once
    ///
    /// The last valid consumer secret cannot be removed.
    Remove {
        #[command(flatten)]
        keys: ClientKeys,
        /// Id of the secret, `cs_…`, as `postern token keys show` prints it; not the secret itself
        #[arg(value_name = "ID", value_parser = secret_id)]
        id: ConsumerSecretId,
    },
}

impl ConsumerSecretCommand {
    pub(super) fn run(self, management: &Management) -> anyhow::Result<()> {
        match self {
            Self::Create { keys, expires_in } => {
                let mut fields = BodyFields::default();
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
    text.parse().map_err(|_| "must be the id of a secret, which begins with `cs_`, and not the secret itself".into())
}
