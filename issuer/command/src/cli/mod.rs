//! The commands, one file for each group.

mod admin;
mod arguments;
mod backup;
mod config;
mod explain;
mod init;
mod management;
mod master_key_file;
mod output;
mod plugin_configuration;
mod recover;
mod secret_input;
mod serve;
mod session;
mod token;
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

use management::Management;
use session::{DatabaseSetting, ServerFlags};

/// Mint access tokens for APIs, keep their records and serve the edges that check them
#[derive(Debug, Parser)]
#[command(name = "postern", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Where a management command runs (the first that applies):
  1. on the database that --database names
  2. on the server that --server or POSTERN_SERVER names
  3. on the database that POSTERN_DATABASE or the configuration file names
  4. on the server of the last `postern login`
  5. on ./postern.db

First steps:
  postern init --issuer https://issuer.example --audience https://api.example
  postern admin api add pizza.json
  postern admin application create storefront
  postern serve";

/// The configuration file, and flags that override it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Flags {
    #[arg(long, global = true, value_name = "FILE", help = "Configuration file in TOML [env: POSTERN_CONFIG]")]
    config: Option<PathBuf>,
    #[arg(
        long,
        global = true,
        value_name = "FILE|URL",
        help = "Database: an SQLite file or a `postgres://` URL [env: POSTERN_DATABASE] [default: ./postern.db]"
    )]
    database: Option<OsString>,
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "File with the master key, which encrypts the signing keys; or set POSTERN_MASTER_KEY to the key itself [env: POSTERN_MASTER_KEY_FILE]"
    )]
    master_key_file: Option<OsString>,
    #[command(flatten)]
    server: ServerFlags,
}

/// What every command works with.
struct Common {
    configuration: Configuration,
    warnings: Vec<Warning>,
    server: ServerFlags,
    database: DatabaseSetting,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create the database, the master key file and the first signing key
    Init(init::Init),
    /// Start the issuer's server: token endpoint, management API and bundles for edges
    Serve(serve::Serve),
    /// Log in to the server named by --server with a personal access token
    ///
    /// The token is read from standard input, or asked for on a terminal. It is stored in the configuration folder of the user
    /// (`$XDG_CONFIG_HOME/postern` or `~/.config/postern`), and later commands use it.
    #[command(after_help = "Example:\n  postern login --server https://issuer.example < token")]
    Login,
    /// Delete the stored token for the server named by --server, or for the server of the last login
    ///
    /// The token itself stays valid. To end it, use `postern admin personal-token remove`.
    Logout,
    /// Show the logged-in member, its role and the server
    Whoami,
    /// Manage APIs, applications, subscriptions, signing keys, users and edges
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Copy an SQLite database to a file while the issuer runs
    ///
    /// For a PostgreSQL database, use its own tools, such as `pg_dump`.
    Backup(backup::Backup),
    /// Make a restored database safe to use: rotate the signing keys and revoke every token
    ///
    /// Run it after you restored a backup and before you start the issuer. A backup does not know which tokens were minted or
    /// revoked after it was made. So this command creates a new signing key, retires all others, starts new status lists and
    /// revokes every token that was issued before.
    Recover(recover::Recover),
    /// Validate the configuration, or print the effective values
    #[command(subcommand)]
    Config(config::Config),
    /// Show how an edge would decide requests, and why
    ///
    /// Reads one request per line (JSON) from standard input and prints one decision per line (JSON). Needs no database.
    Explain(explain::Explain),
    /// Generate, replace, list and revoke access tokens of an application
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
                    (true, _) => DatabaseSetting::Flag,
                    (false, true) => DatabaseSetting::Configuration,
                    (false, false) => DatabaseSetting::Default,
                };
                Ok(Self { configuration, warnings, server, database })
            }
            Err(errors) => Err(anyhow!("the configuration is not valid:\n{errors}")),
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
            Some(remote) => Ok(Management::Remote(remote)),
            None => Management::local(self.with_keyring(Keyring::locked())?),
        }
    }

    /// The management API with the issuer's keys, which a server has by itself.
    fn management_with_keys(&self) -> anyhow::Result<Management> {
        match self.server.place(self.database)? {
            Some(remote) => Ok(Management::Remote(remote)),
            None => Management::local(self.instance_with_keys()?),
        }
    }

    /// For what no server does for somebody else.
    fn only_on_the_database(&self) -> anyhow::Result<()> {
        if self.server.server.is_some() {
            bail!("this command works on the database directly and not over a server: leave out --server");
        }
        Ok(())
    }

    /// The issuer with its keys.
    fn instance_with_keys(&self) -> anyhow::Result<Instance> {
        self.with_keyring(Keyring::new(self.master_key()?))
    }

    fn with_keyring(&self, keyring: Keyring) -> anyhow::Result<Instance> {
        let storage = Storage::open(&self.location()?)?;
        let instance = Instance::passing(storage, keyring, Box::new(SystemClock), Box::new(SystemEntropy));
        Ok(instance.with_user_stores(self.user_stores()?)?)
    }

    /// The user stores, with their databases.
    fn user_stores(&self) -> anyhow::Result<UserStores> {
        user_stores::open(&self.configuration.user_stores)
    }

    fn master_key(&self) -> anyhow::Result<MasterKey> {
        master_key_file::load(self.configuration.master_key.as_ref())
    }
}
