//! `postern init`

use std::path::Path;

use clap::Args;
use postern_model::{Actor, Audience, Issuer, Policies, Settings, Validities};
use postern_operations::{Instance, Keyring, check_not_initialised, initialise};
use postern_secrets::SystemClock;
use postern_secrets::SystemEntropy;
use postern_storage::Storage;
use postern_token::Algorithm;
use serde::Serialize;

use super::arguments::{signing_algorithm, warn_of_symmetric_key};
use super::context::CommandContext;
use super::master_key_file;

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  postern init --issuer https://issuer.example --audience https://api.example \\
    --database postern.db --master-key-file master.key")]
pub(super) struct Init {
    /// Public URL of the issuer (claim `iss`), such as `https://issuer.example`
    #[arg(long, value_name = "URL")]
    issuer: Issuer,
    /// Audience of the tokens (claim `aud`), such as `https://api.example`
    #[arg(long, value_name = "URL")]
    audience: Audience,
    /// Algorithm of the first signing keys: `ES256`, `EdDSA`, `RS256` or `HS256`. With `HS256` every edge that can verify a token can
    /// also mint one
    #[arg(long, default_value = "ES256", value_parser = signing_algorithm)]
    algorithm: Algorithm,
}

#[derive(Serialize)]
struct Initialised<'a> {
    issuer: &'a Issuer,
    audience: &'a Audience,
    algorithm: &'static str,
}

impl Init {
    pub(super) const fn new(issuer: Issuer, audience: Audience, algorithm: Algorithm) -> Self {
        Self { issuer, audience, algorithm }
    }

    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        context.require_local()?;
        let algorithm = self.algorithm;
        let Settings { issuer, audience, .. } = self.create(context)?;
        warn_of_symmetric_key(algorithm);
        context.printer.print(&Initialised { issuer: &issuer, audience: &audience, algorithm: algorithm.as_str() })
    }

    /// Creates the database and, if needed, the master key.
    pub(super) fn create(self, context: &CommandContext) -> anyhow::Result<Settings> {
        // Create a master key only for a new database, and the database only after there is a master key.
        let location = context.location()?;
        if location.file().is_none_or(Path::exists) {
            check_not_initialised(&Storage::create(&location)?)?;
        }
        let master_key = master_key_file::load_or_create(context.configuration.master_key.as_ref(), &SystemEntropy)?;
        let storage = Storage::create(&location)?;
        let settings = Settings {
            issuer: self.issuer,
            audience: self.audience,
            default_validities: Validities::default(),
            policies: Policies::default(),
        };
        let instance = Instance::for_command(storage, Keyring::new(master_key), Box::new(SystemClock), Box::new(SystemEntropy));
        initialise(&instance.act(Actor::Operator), &settings, self.algorithm)?;
        Ok(settings)
    }
}
