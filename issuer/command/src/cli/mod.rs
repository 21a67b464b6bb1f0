//! The commands: a file for each, and a folder for each group of commands.

mod admin;
mod arguments;
mod backup;
mod config;
mod context;
mod explain;
mod file_modes;
mod hints;
mod init;
mod management;
mod master_key_file;
mod output;
mod plugin_configuration;
mod secret_input;
mod serve;
mod session;
mod token;

use clap::{Parser, Subcommand};

use context::{CommandContext, GlobalFlags};
pub(crate) use hints::hint;

/// Mint access tokens for APIs, keep their records and serve the edges that check them
#[derive(Debug, Parser)]
#[command(name = "postern", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    flags: GlobalFlags,
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

#[derive(Debug, Subcommand)]
enum Command {
    /// Create the database, the master key file and a signing key for each environment
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
    /// Show who runs commands, with which role, and on which database or server
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
    /// Run this command after you restore a backup and before you start the issuer. The backup does not contain what happened
    /// after it was made: tokens may have been minted or revoked since. So this command creates a new signing key for each
    /// environment, retires all others, starts new status lists and revokes every token that was issued before.
    Recover(backup::Recover),
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
    /// Runs the command.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let Self { flags, command } = self;
        let serve_flags = match &command {
            // Needs no configuration.
            Command::Explain(command) => return command.run(),
            Command::Serve(serve) => serve.flags(),
            _ => Vec::new(),
        };
        let context = CommandContext::load(flags, serve_flags)?;
        match command {
            Command::Init(command) => command.run(&context),
            Command::Serve(_) => serve::run(&context),
            Command::Login => session::login(&context.server, &context.database),
            Command::Logout => session::logout(&context.server),
            Command::Whoami => session::whoami(&context.management()?, &context.configuration.database.shown()),
            Command::Admin(command) => command.run(&context),
            Command::Backup(command) => command.run(&context),
            Command::Recover(command) => command.run(&context),
            Command::Config(command) => command.run(&context),
            Command::Explain(command) => command.run(),
            Command::Token(command) => command.run(&context),
        }
    }
}
