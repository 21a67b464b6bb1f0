//! `postern admin key`

use clap::Subcommand;
use postern_token::{Algorithm, Identifier, KeyType, Kid};
use serde_json::json;

use crate::cli::arguments::{Changes, KeyTypeArgument, signing_algorithm};
use crate::cli::management::Call;
use crate::cli::{Common, output};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeyCommand {
    /// Make a key and publish it to the edges; nothing signs with it until `sign` says so
    Create {
        /// `HS256`, `ES256`, `EdDSA` or `RS256`
        #[arg(long, value_parser = signing_algorithm)]
        algorithm: Algorithm,
        /// The type of keys whose tokens it is to sign by itself, once edges have had the time to hear of it
        #[arg(long, value_name = "TYPE")]
        planned_for: Option<KeyTypeArgument>,
    },
    /// List every key, with the tokens that it signed and that live
    List,
    /// Show a key
    Show {
        /// The key's name
        #[arg(value_parser = kid)]
        kid: Kid<'static>,
    },
    /// Sign with a published key from now on; the one before it stays published
    Sign {
        /// The key's name
        #[arg(value_parser = kid)]
        kid: Kid<'static>,
        /// The type of keys whose tokens it signs; leave it out for both
        #[arg(long, value_name = "TYPE")]
        key_type: Option<KeyTypeArgument>,
    },
    /// Take a published key away from the edges and destroy it
    Retire {
        /// The key's name
        #[arg(value_parser = kid)]
        kid: Kid<'static>,
        /// Also while tokens live that it signed, which ends them
        #[arg(long)]
        force: bool,
    },
}

impl KeyCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let management = match self {
            // What is destroyed need not be opened.
            Self::List | Self::Show { .. } | Self::Retire { .. } => common.management()?,
            Self::Create { .. } | Self::Sign { .. } => common.management_with_keys()?,
        };
        match self {
            Self::Create { algorithm, planned_for } => {
                let mut fields = Changes::default();
                fields.set("algorithm", Some(algorithm.as_str()));
                fields.set("planned_for", planned_for.map(|key_type| KeyType::from(key_type).as_str()));
                management.print(&Call::create(&["signing-keys"]).json(&fields.into_body()))
            }
            Self::List => output::print(&json!({ "keys": management.all(|| Call::get(&["signing-keys"]))? })),
            Self::Show { kid } => management.print(&Call::get(&["signing-keys", kid.as_str()])),
            Self::Sign { kid, key_type } => {
                let mut fields = Changes::default();
                fields.set("key_types", key_type.map(|key_type| [KeyType::from(key_type).as_str()]));
                management.print(&Call::post(&["signing-keys", kid.as_str(), "sign"]).json(&fields.into_body()))
            }
            Self::Retire { kid, force } => {
                management.print(&Call::post(&["signing-keys", kid.as_str(), "retire"]).json(&json!({ "force": force })))
            }
        }
    }
}

fn kid(text: &str) -> Result<Kid<'static>, postern_token::IdentifierError> {
    Identifier::parse(text.to_owned())
}
