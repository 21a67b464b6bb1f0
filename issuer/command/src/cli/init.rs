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

use super::arguments::signing_algorithm;
use super::{Common, master_key, output};

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The URL that clients and edges know the issuer by, such as `https://issuer.example`
    #[arg(long, value_name = "URL")]
    issuer: Issuer,
    /// For whom tokens are minted, such as `https://api.example`
    #[arg(long, value_name = "URL")]
    audience: Audience,
    /// What tokens are signed with: `HS256`, with which every edge that verifies can mint too, or `ES256`, `EdDSA` or `RS256`, with which none can
    #[arg(long, default_value = "HS256", value_parser = signing_algorithm)]
    algorithm: Algorithm,
}

#[derive(Serialize)]
struct Initialised<'a> {
    issuer: &'a Issuer,
    audience: &'a Audience,
}

impl Init {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        common.only_on_the_database()?;
        // A key is made for a new database only, and a database only once there is a key.
        let location = common.location()?;
        if location.file().is_none_or(Path::exists) {
            check_not_initialised(&Storage::create(&location)?)?;
        }
        let master_key = master_key::load_or_create(common.configuration.master_key.as_ref(), &SystemEntropy)?;
        let storage = Storage::create(&location)?;
        let settings = Settings {
            issuer: self.issuer,
            audience: self.audience,
            default_validities: Validities::default(),
            policies: Policies::default(),
        };
        let instance = Instance::for_command(storage, Keyring::new(master_key), Box::new(SystemClock), Box::new(SystemEntropy));
        initialise(&instance.act(Actor::Operator), &settings, self.algorithm)?;
        output::print(&Initialised { issuer: &settings.issuer, audience: &settings.audience })
    }
}
