//! `postern admin bundle-key`

use clap::Subcommand;
use postern_token::{Algorithm, Identifier, Kid};
use serde_json::json;

use crate::cli::arguments::{BodyFields, signing_algorithm};
use crate::cli::context::CommandContext;
use crate::cli::management::Call;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BundleKeyCommand {
    /// Create a bundle key; add its public key (`jwk`) to `sync.bundle_keys` of every edge before `postern admin bundle-key sign`
    Create {
        /// Algorithm: `ES256` or `EdDSA` [default: ES256]
        #[arg(long, value_parser = signing_algorithm)]
        algorithm: Option<Algorithm>,
    },
    /// List bundle keys with their public keys
    List,
    /// Sign bundles with a bundle key from now on
    Sign {
        /// Id of the bundle key (`kid`)
        #[arg(value_parser = kid)]
        kid: Kid<'static>,
    },
    /// Delete a bundle key that does not sign
    #[command(alias = "remove")]
    Delete {
        /// Id of the bundle key (`kid`)
        #[arg(value_parser = kid)]
        kid: Kid<'static>,
    },
}

impl BundleKeyCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = match self {
            Self::List | Self::Delete { .. } => context.management()?,
            Self::Create { .. } | Self::Sign { .. } => context.management_with_keys()?,
        };
        match self {
            Self::Create { algorithm } => {
                let mut fields = BodyFields::default();
                fields.set("algorithm", algorithm.map(Algorithm::as_str));
                management.print(&Call::create(&["bundle-keys"]).json(&fields.into_body()))
            }
            Self::List => management.print_list("bundle_keys", || Call::get(&["bundle-keys"])),
            Self::Sign { kid } => management.print(&Call::post(&["bundle-keys", kid.as_str(), "sign"])),
            Self::Delete { kid } => {
                context.confirmation.ask(|| Ok(format!("Delete the bundle key `{kid}`?")))?;
                management.send(&Call::delete(&["bundle-keys", kid.as_str()]))?;
                management.printer.print(&json!({ "removed": kid }))
            }
        }
    }
}

fn kid(text: &str) -> Result<Kid<'static>, postern_token::IdentifierError> {
    Identifier::parse(text.to_owned())
}
