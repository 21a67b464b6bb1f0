//! The commands, one file for each group.

mod admin;
mod arguments;
mod backup;
mod bundle;
mod config;
mod envoy;
mod explain;
mod hints;
mod init;
mod management;
mod master_key;
mod moment;
mod output;
mod plugin_configuration;
mod recover;
mod serve;
mod session;
mod template;
mod token;
mod typed;
mod user_stores;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::{Args, Parser, Subcommand};
use postern_configuration::{Configuration, Source, Warning};
use postern_operations::{Instance, Keyring, UserStores};
use postern_secrets::MasterKey;
use postern_secrets::SystemClock;
use postern_secrets::SystemEntropy;
use postern_storage::{Location, Storage};

pub(crate) use hints::hint;
use management::Management;
use session::{DatabaseSaid, ServerFlags};

/// Mints tokens for APIs, keeps their records, and serves the edges that check them
#[derive(Debug, Parser)]
#[command(name = "postern", version)]
pub(crate) struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

/// Where the configuration is, and what goes before it.
#[derive(Debug, Args)]
struct Flags {
    /// The configuration file; without it, the environment's variables and the defaults count. `POSTERN_CONFIG` names it as well
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database: a file, or a `postgres://` URL. `POSTERN_DATABASE` names it as well; `./postern.db` when nobody does
    #[arg(long, global = true, value_name = "FILE|URL")]
    database: Option<OsString>,
    /// The file that holds the master key, which `POSTERN_MASTER_KEY_FILE` names as well; the key itself may stand in
    /// `POSTERN_MASTER_KEY` instead
    #[arg(long, global = true, value_name = "FILE")]
    master_key_file: Option<OsString>,
    #[command(flatten)]
    server: ServerFlags,
}

/// What every command works with.
struct Common {
    configuration: Configuration,
    warnings: Vec<Warning>,
    server: ServerFlags,
    database: DatabaseSaid,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create the database and the first signing key
    Init(init::Init),
    /// Serve the token endpoint and the edges
    Serve(serve::Serve),
    /// Log in to a server: read a personal access token from standard input, and remember it for the server that --server names
    Login,
    /// Forget the token for the server that --server names, or for the one of the last login
    Logout,
    /// Say as whom commands act, and where
    Whoami,
    /// Manage applications, APIs, tiers, subscriptions and edges
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Write a copy of a database in a file while it is in use; a database server has tools of its own
    Backup(backup::Backup),
    /// Go on with a database that was put back from a copy: new keys, new status lists, and no token from before counts
    Recover(recover::Recover),
    /// Check the configuration, or show what counts of it
    #[command(subcommand)]
    Config(config::Config),
    /// Say what the gateway decides about requests, and why: JSON lines in, JSON lines out
    Explain(explain::Explain),
    /// Generate, regenerate, list and revoke an application's tokens
    #[command(subcommand)]
    Token(token::Token),
}

impl Cli {
    /// Does what was asked.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let Self { flags, command } = self;
        if let Command::Explain(command) = command {
            // It needs nothing of the issuer.
            return command.run();
        }
        let of_serve = if let Command::Serve(serve) = &command { serve.flags() } else { Vec::new() };
        let common = Common::load(flags, of_serve)?;
        match command {
            Command::Init(command) => command.run(&common),
            Command::Serve(_) => {
                common.only_on_the_database()?;
                serve::run(&common)
            }
            Command::Login => session::login(&common.server, common.database_goes_first()?),
            Command::Logout => session::logout(&common.server),
            Command::Whoami => session::whoami(&common.management()?),
            Command::Admin(command) => command.run(&common),
            Command::Backup(command) => command.run(&common),
            Command::Recover(command) => command.run(&common),
            Command::Config(command) => command.run(&common),
            Command::Explain(command) => command.run(),
            Command::Token(command) => command.run(&common),
        }
    }
}

/// A key's name, and what a flag says for it.
type FlagValue = (&'static str, Option<OsString>);

impl Common {
    /// Reads the configuration; all that is wrong with it is one error, each problem on a line of its own.
    fn load(flags: Flags, more: Vec<FlagValue>) -> anyhow::Result<Self> {
        let Flags { config, database, master_key_file, server } = flags;
        let by_flag = database.is_some();
        let flags = [("database", database), ("master_key_file", master_key_file)].into_iter().chain(more);
        let flags = flags.filter_map(|(name, value)| Some((Configuration::key(name)?, value?)));
        match Configuration::load_with_flags(config.as_deref(), env::vars_os(), flags) {
            Ok((configuration, warnings)) => {
                let default = Source::Default.to_string();
                let configured = configuration.effective.iter().any(|each| each.key == "database" && each.from != default);
                let database = match (by_flag, configured) {
                    (true, _) => DatabaseSaid::Flag,
                    (false, true) => DatabaseSaid::Configuration,
                    (false, false) => DatabaseSaid::Nobody,
                };
                Ok(Self { configuration, warnings, server, database })
            }
            Err(errors) => Err(anyhow!("the configuration cannot be used:\n{errors}")),
        }
    }

    /// Where the database is.
    fn location(&self) -> anyhow::Result<Location> {
        Ok(self.configuration.database.location()?)
    }

    /// Where a database is named that commands go to although somebody is logged in.
    fn database_goes_first(&self) -> anyhow::Result<Option<&str>> {
        if !self.database.goes_before_login()? {
            return Ok(None);
        }
        Ok(self.configuration.effective.iter().find(|each| each.key == "database").map(|database| database.from.as_str()))
    }

    /// The management API, for what needs no key.
    fn management(&self) -> anyhow::Result<Management> {
        match self.server.place(self.database)? {
            Some(there) => Ok(Management::There(there)),
            None => Management::here(self.with_keyring(Keyring::without_master_key())?),
        }
    }

    /// The management API with the issuer's keys, which a server has by itself.
    fn management_with_keys(&self) -> anyhow::Result<Management> {
        match self.server.place(self.database)? {
            Some(there) => Ok(Management::There(there)),
            None => Management::here(self.instance_with_keys()?),
        }
    }

    /// For what no server does for somebody else.
    fn only_on_the_database(&self) -> anyhow::Result<()> {
        if self.server.server.is_some() {
            bail!("this is done on the database itself, and no server does it for you: leave out --server");
        }
        Ok(())
    }

    /// The issuer with its keys.
    fn instance_with_keys(&self) -> anyhow::Result<Instance> {
        self.with_keyring(Keyring::new(self.master_key()?))
    }

    fn with_keyring(&self, keyring: Keyring) -> anyhow::Result<Instance> {
        let storage = Storage::open(&self.location()?)?;
        let instance = Instance::for_command(storage, keyring, Box::new(SystemClock), Box::new(SystemEntropy));
        Ok(instance.with_user_stores(self.user_stores()?)?)
    }

    /// The user stores, with their databases.
    fn user_stores(&self) -> anyhow::Result<UserStores> {
        user_stores::open(&self.configuration.user_stores)
    }

    fn master_key(&self) -> anyhow::Result<MasterKey> {
        master_key::load(self.configuration.master_key.as_ref())
    }
}
