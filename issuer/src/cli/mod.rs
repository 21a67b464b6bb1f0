//! The commands, one file for each group.

mod admin;
mod arguments;
mod bundle;
mod envoy;
mod explain;
mod init;
mod key;
mod master_key;
mod output;
mod plugin_configuration;
mod serve;
mod template;
mod token;
mod view;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use postern_issuer::clock::SystemClock;
use postern_issuer::entropy::SystemEntropy;
use postern_issuer::operations::{Instance, Keyring};
use postern_issuer::secrets::MasterKey;
use postern_issuer::storage::{Location, Storage};

/// Mints tokens for APIs, keeps their records, and serves the edges that check them
#[derive(Debug, Parser)]
#[command(name = "postern", version)]
pub(crate) struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command needs to find the issuer.
#[derive(Debug, Args)]
struct Common {
    /// The database: a file, or the URL of a PostgreSQL database
    #[arg(
        long,
        global = true,
        env = "POSTERN_DATABASE",
        hide_env_values = true,
        value_name = "FILE|URL",
        default_value = "./postern.db"
    )]
    database: Location,
    /// The file that holds the master key; the key itself may stand in `POSTERN_MASTER_KEY` instead
    #[arg(long, global = true, env = "POSTERN_MASTER_KEY_FILE", value_name = "FILE")]
    master_key_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create the database and the first signing key
    Init(init::Init),
    /// Serve the token endpoint and the edges
    Serve(serve::Serve),
    /// Manage applications, APIs, tiers, subscriptions and edges
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Say what the gateway decides about requests, and why: JSON lines in, JSON lines out
    Explain(explain::Explain),
    /// Generate, regenerate, list and revoke an application's tokens
    #[command(subcommand)]
    Token(token::Token),
}

impl Cli {
    /// Does what was asked.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Init(command) => command.run(&self.common),
            Command::Serve(command) => command.run(&self.common),
            Command::Admin(command) => command.run(&self.common),
            Command::Explain(command) => command.run(),
            Command::Token(command) => command.run(&self.common),
        }
    }
}

impl Common {
    /// The issuer, for what needs no key.
    fn instance(&self) -> anyhow::Result<Instance> {
        self.with_keyring(Keyring::locked())
    }

    /// The issuer with its keys.
    fn instance_with_keys(&self) -> anyhow::Result<Instance> {
        self.with_keyring(Keyring::new(self.master_key()?))
    }

    fn with_keyring(&self, keyring: Keyring) -> anyhow::Result<Instance> {
        let storage = Storage::open(&self.database)?;
        Ok(Instance::passing(storage, keyring, Box::new(SystemClock), Box::new(SystemEntropy)))
    }

    fn master_key(&self) -> anyhow::Result<MasterKey> {
        master_key::load(self.master_key_file.as_deref())
    }
}
