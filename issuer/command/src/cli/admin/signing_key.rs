//! `postern admin signing-key`: signing keys. Key sets of applications are in `postern token keys`.

use clap::Subcommand;
use postern_token::{Algorithm, Identifier, KeyType, Kid};
use serde_json::json;

use crate::cli::arguments::{BodyFields, Environment, signing_algorithm, warn_of_symmetric_key};
use crate::cli::context::CommandContext;
use crate::cli::management::Call;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SigningKeyCommand {
    /// Create a signing key and publish it to the edges; `postern admin signing-key sign` starts to use it
    Create {
        /// Algorithm: `ES256`, `EdDSA`, `RS256` or `HS256`. With `HS256` every edge that can verify a token can also mint one
        #[arg(long, value_parser = signing_algorithm)]
        algorithm: Algorithm,
        /// Sign for this environment automatically, once the signing key has been published for `--key-publish-ahead` (see
        /// `postern admin settings show`)
        #[arg(long, value_name = "ENVIRONMENT")]
        planned_for: Option<Environment>,
    },
    /// List signing keys, with the number of unexpired tokens of each
    List,
    /// Show a signing key
    Show {
        /// Id of the signing key (`kid`)
        #[arg(value_parser = kid)]
        kid: Kid<'static>,
    },
    /// Sign new tokens with a published signing key; the previous signing key stays published
    Sign {
        /// Id of the signing key (`kid`)
        #[arg(value_parser = kid)]
        kid: Kid<'static>,
        /// Environment whose tokens the signing key signs [default: both; for HS256, the environment that the key was created for]
        #[arg(long, value_name = "ENVIRONMENT")]
        key_type: Option<Environment>,
    },
    /// Retire a signing key: destroy it for good, so that edges refuse its tokens
    Retire {
        /// Id of the signing key (`kid`)
        #[arg(value_parser = kid)]
        kid: Kid<'static>,
        /// Retire even if the signing key has unexpired tokens: revokes them
        #[arg(long)]
        force: bool,
    },
}

impl SigningKeyCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = match self {
            // Retiring a signing key does not decrypt it.
            Self::List | Self::Show { .. } | Self::Retire { .. } => context.management()?,
            Self::Create { .. } | Self::Sign { .. } => context.management_with_keys()?,
        };
        match self {
            Self::Create { algorithm, planned_for } => {
                warn_of_symmetric_key(algorithm);
                let mut fields = BodyFields::default();
                fields.set("algorithm", Some(algorithm.as_str()));
                fields.set("planned_for", planned_for.map(|key_type| KeyType::from(key_type).as_str()));
                management.print(&Call::create(&["signing-keys"]).json(&fields.into_body()))
            }
            Self::List => management.print_list("keys", || Call::get(&["signing-keys"])),
            Self::Show { kid } => management.print(&Call::get(&["signing-keys", kid.as_str()])),
            Self::Sign { kid, key_type } => {
                let mut fields = BodyFields::default();
                fields.set("key_types", key_type.map(|key_type| [KeyType::from(key_type).as_str()]));
                management.print(&Call::post(&["signing-keys", kid.as_str(), "sign"]).json(&fields.into_body()))
            }
            Self::Retire { kid, force } => {
                context.confirmation.ask(|| {
                    let key = management.send(&Call::get(&["signing-keys", kid.as_str()]))?.json()?;
                    let live = key.get("live_tokens").and_then(serde_json::Value::as_u64).unwrap_or_default();
                    Ok(format!("Retire the signing key `{kid}`? Edges refuse its tokens then; {live} of them are live."))
                })?;
                management.print(&Call::post(&["signing-keys", kid.as_str(), "retire"]).json(&json!({ "force": force })))
            }
        }
    }
}

fn kid(text: &str) -> Result<Kid<'static>, postern_token::IdentifierError> {
    Identifier::parse(text.to_owned())
}
