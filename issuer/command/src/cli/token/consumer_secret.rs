//! `postern token secret`

use clap::Subcommand;
use postern_model::{ConsumerSecretId, PersonalAccessTokenDescription};
use serde_json::json;

use crate::cli::arguments::{BodyFields, Expiry};
use crate::cli::confirm::Confirmation;
use crate::cli::management::{Call, Management};
use crate::cli::references::ClientKeysArguments;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConsumerSecretCommand {
    /// Create a second consumer secret; it is shown only once
    ///
    /// At most two consumer secrets can be valid at the same time.
    Create {
        #[command(flatten)]
        keys: ClientKeysArguments,
        /// What the secret is for: 1 to 100 characters
        #[arg(long, value_name = "TEXT")]
        description: Option<PersonalAccessTokenDescription>,
        /// When the secret expires: after a duration such as `30d`, at a date such as `2027-03-01` (00:00 UTC), or `never` [default: never]
        #[arg(long, alias = "expires-in", value_name = "WHEN")]
        expires: Option<Expiry>,
    },
    /// Delete a consumer secret; it is refused at once
    ///
    /// The last valid consumer secret cannot be deleted.
    #[command(alias = "remove")]
    Delete {
        #[command(flatten)]
        keys: ClientKeysArguments,
        /// Id of the secret, `cs_…`, as `postern token keys show` prints it; not the secret itself
        #[arg(value_name = "ID", value_parser = secret_id)]
        id: ConsumerSecretId,
    },
}

impl ConsumerSecretCommand {
    pub(super) fn run(self, management: &Management, confirmation: Confirmation) -> anyhow::Result<()> {
        match self {
            Self::Create { keys, description, expires } => {
                let keys = keys.resolve(management)?;
                let mut fields = BodyFields::default();
                fields.set("description", description.map(String::from));
                // A secret without the field never expires.
                fields.set_expiry("expires_at", expires.filter(|expires| !matches!(expires, Expiry::Never)));
                let path = [&keys.path()[..], &["secrets"]].concat();
                management.print(&Call::create(&path).json(&fields.into_body()))
            }
            Self::Delete { keys, id } => {
                let keys = keys.resolve(management)?;
                confirmation.ask(|| {
                    Ok(format!("Delete the consumer secret `{}`? Clients that use it are refused at once.", id.as_str()))
                })?;
                let path = [&keys.path()[..], &["secrets", id.as_str()]].concat();
                management.send(&Call::delete(&path))?;
                management.printer.print(&json!({ "removed": id }))
            }
        }
    }
}

fn secret_id(text: &str) -> Result<ConsumerSecretId, String> {
    text.parse().map_err(|_| "must be the id of a secret, which begins with `cs_`, and not the secret itself".into())
}
