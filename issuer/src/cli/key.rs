//! `postern admin key`

use clap::Subcommand;
use postern_issuer::clock::{Clock as _, SystemClock};
use postern_issuer::entropy::SystemEntropy;
use postern_issuer::operations;
use postern_token::{Algorithm, Identifier, Kid};
use serde_json::json;

use super::arguments::signing_algorithm;
use super::view::{RetiredKeyView, SigningKeyDetailsView, SigningKeyView};
use super::{Common, output};

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key and publish it to the edges; nothing signs with it until `sign` says so
    Create {
        /// `HS256`, `ES256` or `EdDSA`
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
        let (storage, now) = (common.storage()?, SystemClock.now());
        match self {
            Self::Create { algorithm } => {
                let master_key = common.master_key()?;
                let key = operations::create_signing_key(&storage, algorithm, &master_key, now, &SystemEntropy)?;
                output::print(&SigningKeyView::from(&key))
            }
            Self::List => {
                let keys = operations::list_signing_keys(&storage, now)?;
                let keys: Vec<SigningKeyDetailsView<'_>> = keys.iter().map(Into::into).collect();
                output::print(&json!({ "keys": keys }))
            }
            Self::Sign { kid } => {
                let key = operations::sign_with_key(&storage, &kid, &common.master_key()?)?;
                output::print(&SigningKeyView::from(&key))
            }
            Self::Retire { kid, force } => {
                let revoked = operations::retire_signing_key(&storage, &kid, force, now)?;
                output::print(&RetiredKeyView { retired: &kid, revoked: revoked.into() })
            }
        }
    }
}

fn kid(text: &str) -> Result<Kid<'static>, postern_token::IdentifierError> {
    Identifier::parse(text.to_owned())
}
