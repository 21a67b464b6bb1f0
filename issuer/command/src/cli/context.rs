//! What a command works with: the configuration, and the database or the server that it names.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use postern_configuration::{Configuration, Source, UserStoreKind, UserStoreSettings, Warning};
use postern_directories::ldap::{Ldap, LdapSettings};
use postern_directories::openid_connect::{OpenIdConnect, OpenIdSettings};
use postern_operations::{Directory, Instance, Keyring, UserStore, UserStores};
use postern_secrets::{MasterKey, SystemClock, SystemEntropy};
use postern_storage::{Location, Storage};

use super::confirm::Confirmation;
use super::management::Management;
use super::master_key_file;
use super::output::{Format, Printer};
use super::session::{DatabaseSetting, ServerFlags};

/// The flags of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct GlobalFlags {
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
    #[arg(long, short, global = true, value_enum, value_name = "FORMAT", hide_possible_values = true, help = OUTPUT_HELP)]
    pub(super) output: Option<Format>,
    /// Do not ask for confirmation before a destructive command
    #[arg(long, short, global = true)]
    yes: bool,
}

const OUTPUT_HELP: &str = "Form of the result: `table`, `json`, `token` (only the token or secret that the command creates) or `env` (a line NAME='value' for each value) [default: `table` on a terminal, `json` elsewhere]";

impl GlobalFlags {
    /// Whether a flag names a configuration, a database, a master key or a server.
    pub(super) const fn names_an_issuer(&self) -> bool {
        self.config.is_some() || self.database.is_some() || self.master_key_file.is_some() || self.server.server.is_some()
    }

    /// The flags for the issuer in the current folder, which take precedence over the environment.
    pub(super) fn of_trial(self, config: &str, database: &str, master_key_file: &str) -> Self {
        let (database, master_key_file) = (Some(database.into()), Some(master_key_file.into()));
        Self { config: Some(config.into()), database, master_key_file, ..self }
    }
}

/// The name of a configuration key, and the value of its flag.
pub(super) type FlagValue = (&'static str, Option<OsString>);

/// What a command works with.
pub(super) struct CommandContext {
    pub(super) configuration: Configuration,
    pub(super) warnings: Vec<Warning>,
    pub(super) server: ServerFlags,
    /// Which source sets the database.
    pub(super) database: DatabaseSetting,
    /// How results are printed.
    pub(super) printer: Printer,
    /// Whether questions are asked.
    pub(super) confirmation: Confirmation,
}

impl CommandContext {
    /// Reads the configuration. All its problems are one error, with each problem on its own line.
    pub(super) fn load(flags: GlobalFlags, more: Vec<FlagValue>) -> anyhow::Result<Self> {
        let GlobalFlags { config, database, master_key_file, server, output, yes } = flags;
        let by_flag = database.is_some();
        let flags = [("database", database), ("master_key_file", master_key_file)].into_iter().chain(more);
        let flags = flags.filter_map(|(name, value)| Some((Configuration::key(name)?, value?)));
        let loaded = Configuration::load_with_flags(config.as_deref(), env::vars_os(), flags);
        let (configuration, warnings) = loaded.map_err(|errors| anyhow!("the configuration is not valid:\n{errors}"))?;
        let default = Source::Default.to_string();
        let from = configuration.effective.iter().find(|each| each.key == "database").map(|each| each.from.clone());
        let database = match from.filter(|from| *from != default) {
            Some(_) if by_flag => DatabaseSetting::Flag,
            Some(from) => DatabaseSetting::Configured(from),
            None => DatabaseSetting::Default,
        };
        let (printer, confirmation) = (Printer::new(output), Confirmation::new(yes));
        Ok(Self { configuration, warnings, server, database, printer, confirmation })
    }

    /// The location of the main database.
    pub(super) fn location(&self) -> anyhow::Result<Location> {
        Ok(self.configuration.database.location()?)
    }

    /// The management API, for commands that do not need the master key.
    pub(super) fn management(&self) -> anyhow::Result<Management> {
        match self.server.target(&self.database)? {
            Some(remote) => Ok(Management::remote(remote, self.printer)),
            None => Management::local(self.instance(Keyring::without_master_key())?, self.printer),
        }
    }

    /// The management API, for commands that use the signing keys or other secrets. A server has the master key itself.
    pub(super) fn management_with_keys(&self) -> anyhow::Result<Management> {
        match self.server.target(&self.database)? {
            Some(remote) => Ok(Management::remote(remote, self.printer)),
            None => Management::local(self.instance_with_keys()?, self.printer),
        }
    }

    /// Refuses --server for a command that works on the database itself.
    pub(super) fn require_local(&self) -> anyhow::Result<()> {
        if self.server.server.is_some() {
            bail!("this command works on the database directly and not over a server: leave out --server");
        }
        Ok(())
    }

    /// The issuer with its signing keys.
    pub(super) fn instance_with_keys(&self) -> anyhow::Result<Instance> {
        self.instance(Keyring::new(self.master_key()?))
    }

    /// The issuer on the configured database and user stores.
    pub(super) fn instance(&self, keyring: Keyring) -> anyhow::Result<Instance> {
        let storage = Storage::open(&self.location()?)?;
        let instance = Instance::for_command(storage, keyring, Box::new(SystemClock), Box::new(SystemEntropy));
        Ok(instance.with_user_stores(self.user_stores()?)?)
    }

    /// The user stores with their databases. Connects to no directory and no provider yet.
    pub(super) fn user_stores(&self) -> anyhow::Result<UserStores> {
        let stores =
            self.configuration.user_stores.iter().map(|settings| {
                open_user_store(settings).with_context(|| format!("cannot open the user store `{}`", settings.name))
            });
        Ok(UserStores::new(stores.collect::<anyhow::Result<_>>()?))
    }

    pub(super) fn master_key(&self) -> anyhow::Result<MasterKey> {
        master_key_file::load(self.configuration.master_key.as_ref())
    }
}

fn open_user_store(settings: &UserStoreSettings) -> anyhow::Result<UserStore> {
    let name = settings.name.clone();
    let directory = match &settings.kind {
        UserStoreKind::Local => Directory::Local,
        UserStoreKind::Ldap(ldap) => Directory::Ldap(Box::new(Ldap::new(LdapSettings::clone(ldap))?)),
        UserStoreKind::OpenIdConnect(settings) => {
            Directory::OpenIdConnect(Box::new(OpenIdConnect::new(OpenIdSettings::clone(settings))?))
        }
    };
    let store = match &settings.database {
        None => UserStore::in_main_database(name, directory),
        Some(database) => UserStore::in_own_database(name, directory, Storage::open_for_users(&database.location()?)?),
    };
    Ok(store.with_member_roles(settings.member_roles.clone()))
}
