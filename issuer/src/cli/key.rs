//! `postern admin key`

use clap::Subcommand;
use postern_issuer::catalogue::Actor;
use postern_issuer::operations;
use postern_token::{Algorithm, Identifier, KeyType, Kid};
use serde_json::json;

use super::arguments::{KeyTypeArgument, signing_algorithm};
use super::view::{RetiredKeyView, SigningKeyDetailsView, SigningKeyView};
use super::{Common, output};

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key and publish it to the edges; nothing signs with it until `sign` says so
    Create {
        /// `HS256`, `ES256`, `EdDSA` or `RS256`
        #[arg(long, value_parser = signing_algorithm)]
        algorithm: Algorithm,
    },
    /// List every key, with the tokens that it signed and that live
    List,
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
        let instance = match self {
            // What is destroyed need not be opened.
            Self::List | Self::Retire { .. } => common.instance()?,
            Self::Create { .. } | Self::Sign { .. } => common.instance_with_keys()?,
        };
        let act = instance.act(Actor::Operator);
        match self {
            Self::Create { algorithm } => {
                let key = operations::create_signing_key(&act, algorithm, None)?;
                output::print(&SigningKeyView::from(&key))
            }
            Self::List => {
                let keys = operations::list_signing_keys(&act)?;
                let keys: Vec<SigningKeyDetailsView<'_>> = keys.iter().map(Into::into).collect();
                output::print(&json!({ "keys": keys }))
            }
            Self::Sign { kid, key_type } => {
                let key_types = key_type.map_or(vec![KeyType::Production, KeyType::Sandbox], |key_type| vec![key_type.into()]);
                let key = operations::sign_with_key(&act, &kid, &key_types)?;
                output::print(&SigningKeyView::from(&key))
            }
            Self::Retire { kid, force } => {
                let revoked = operations::retire_signing_key(&act, &kid, force)?;
                output::print(&RetiredKeyView { retired: &kid, revoked: revoked.into() })
            }
        }
    }
}

fn kid(text: &str) -> Result<Kid<'static>, postern_token::IdentifierError> {
    Identifier::parse(text.to_owned())
}
