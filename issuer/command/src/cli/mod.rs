//! The commands: a file for each, and a folder for each group of commands.

mod admin;
mod api;
mod application;
mod apply;
mod arguments;
mod backup;
mod config;
mod confirm;
mod context;
mod explain;
mod file_modes;
mod help;
mod hints;
mod init;
mod management;
mod master_key_file;
mod output;
mod personal_token;
mod plugin_configuration;
mod references;
mod registration_token;
mod secret_input;
mod serve;
mod session;
mod shell;
mod subscription;
mod team;
mod tier;
mod token;
mod try_out;
mod usage;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use context::{CommandContext, GlobalFlags};
pub(crate) use hints::hint;
use output::Format;

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

Example:
  postern application create storefront
  postern subscription create --application storefront --api pizza --tier gold
  postern token create --application storefront --key-type production";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show APIs, and create, import, change and delete them
    #[command(subcommand)]
    Api(api::ApiCommand),
    /// Show subscription tiers, and create, change and delete them
    #[command(subcommand)]
    Tier(tier::TierCommand),
    /// Show tokens minted and live, and requests refused, by day
    Usage(usage::Usage),
    /// Create, list, show, change, block and delete applications
    #[command(subcommand)]
    Application(application::ApplicationCommand),
    /// Manage teams, whose members own applications together
    #[command(subcommand)]
    Team(team::TeamCommand),
    /// Subscribe applications to APIs, and approve subscriptions
    #[command(subcommand)]
    Subscription(subscription::SubscriptionCommand),
    /// Get an access token for an application; replace, list and revoke tokens
    #[command(subcommand)]
    Token(token::Token),
    /// Log in to the server named by --server with a personal access token
    ///
    /// The token is read from standard input, or asked for on a terminal. It is stored in the configuration folder of the user
    /// (`$XDG_CONFIG_HOME/postern` or `~/.config/postern`), and later commands use it.
    #[command(after_help = "Example:\n  postern login --server https://issuer.example < token")]
    Login,
    /// Delete the stored token for a server
    ///
    /// The server is the one that --server names, or that of the last login. The token itself stays valid. To end it, use `postern personal-token delete`.
    Logout,
    /// Show who runs commands, in which role, and on which database or server
    Whoami,
    /// Manage personal access tokens, with which members use the management API
    #[command(subcommand)]
    PersonalToken(personal_token::PersonalTokenCommand),
    /// Manage initial access tokens for dynamic client registration (RFC 7591)
    #[command(subcommand)]
    RegistrationToken(registration_token::RegistrationTokenCommand),
    /// Apply files with tiers, scopes, APIs, applications and subscriptions
    ///
    /// Prints a plan first. A second run with the same files changes nothing.
    Apply(apply::Apply),
    /// Manage members, users, scopes, keys, edges, settings and the audit log
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Create the database, the master key file and the signing keys
    Init(init::Init),
    /// Start the issuer: token endpoint, portal, management API and bundles for edges
    Serve(serve::Serve),
    /// Validate the configuration, or print the effective values
    #[command(subcommand)]
    Config(config::Config),
    /// Copy an SQLite database to a file while the issuer runs
    ///
    /// For a PostgreSQL database, use its own tools, such as `pg_dump`.
    Backup(backup::Backup),
    /// Make a restored database safe: rotate the signing keys and revoke every token
    ///
    /// Run this command after you restore a backup and before you start the issuer. The backup does not contain what happened
    /// after it was made: tokens may have been minted or revoked since. So this command creates a new signing key for each
    /// environment, retires all others, starts new status lists and revokes every token that was issued before.
    Recover(backup::Recover),
    #[command(flatten)]
    WithoutIssuer(WithoutIssuer),
}

/// Commands that use no issuer, or one of their own.
#[derive(Debug, Subcommand)]
enum WithoutIssuer {
    /// Show how an edge would decide requests, and why
    ///
    /// Reads one request per line (JSON) from standard input and prints one decision per line (JSON). Needs no database.
    Explain(explain::Explain),
    /// Create an issuer with an API and a token in an empty folder, and start it
    ///
    /// The current folder must be empty. Do not use the result in production: the master key lies beside the database.
    Try(try_out::Try),
    /// Print the completion script for a shell
    Completions(shell::Completions),
    /// Write manual pages, one for each command
    Man(shell::Man),
}

/// The commands whose result has a token, a secret or a key.
const WITH_TOKEN: [&[&str]; 6] = [
    &["token", "create"],
    &["token", "regenerate"],
    &["token", "secret", "create"],
    &["personal-token", "create"],
    &["registration-token", "create"],
    &["admin", "edge-key", "create"],
];

impl Cli {
    /// Reads the arguments. Ends the process if they are wrong, or if they ask for help.
    pub(crate) fn read() -> Self {
        let mut command = help::grouped(Self::command());
        let matches = command.get_matches_mut();
        let cli = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit());
        // A command that has no token must not run first and fail then.
        if matches!(cli.flags.output, Some(Format::Token | Format::Env)) && !has_token(&matches) {
            let commands: Vec<String> = WITH_TOKEN.iter().map(|words| format!("`postern {}`", words.join(" "))).collect();
            let message = format!("`--output token` and `--output env` are only for {}", commands.join(", "));
            command.error(ErrorKind::ArgumentConflict, message).exit();
        }
        cli
    }

    /// Runs the command.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { flags, command } = self;
        if let Command::WithoutIssuer(command) = command {
            return command.run(flags).map(|()| ExitCode::SUCCESS);
        }
        let serve_flags = match &command {
            Command::Serve(serve) => serve.flags(),
            _ => Vec::new(),
        };
        let context = CommandContext::load(flags, serve_flags)?;
        match command {
            Command::Api(command) => command.run(&context),
            Command::Tier(command) => command.run(&context),
            Command::Usage(command) => command.run(&context),
            Command::Application(command) => command.run(&context),
            Command::Team(command) => command.run(&context),
            Command::Subscription(command) => command.run(&context),
            Command::Token(command) => command.run(&context),
            Command::Login => session::login(&context.server, &context.database, context.printer),
            Command::Logout => session::logout(&context.server, context.printer),
            Command::Whoami => session::whoami(&context.management()?, &context.configuration.database.shown()),
            Command::PersonalToken(command) => command.run(&context),
            Command::RegistrationToken(command) => command.run(&context),
            Command::Apply(command) => return command.run(&context),
            Command::Admin(command) => command.run(&context),
            Command::Init(command) => command.run(&context),
            Command::Serve(_) => serve::run(&context),
            Command::Config(command) => command.run(&context),
            Command::Backup(command) => command.run(&context),
            Command::Recover(command) => command.run(&context),
            Command::WithoutIssuer(_) => Ok(()),
        }
        .map(|()| ExitCode::SUCCESS)
    }
}

impl WithoutIssuer {
    fn run(self, flags: GlobalFlags) -> anyhow::Result<()> {
        match self {
            Self::Explain(command) => command.run(),
            Self::Try(command) => command.run(flags),
            Self::Completions(command) => command.run(&Cli::command()),
            Self::Man(command) => command.run(Cli::command()),
        }
    }
}

/// Whether the command's result has a token. Old spellings are below `admin` too.
fn has_token(matches: &ArgMatches) -> bool {
    let mut words = Vec::new();
    let mut at = matches;
    while let Some((name, below)) = at.subcommand() {
        words.push(name);
        at = below;
    }
    let old = words.strip_prefix(&["admin"]).unwrap_or(&words);
    WITH_TOKEN.contains(&words.as_slice()) || WITH_TOKEN.contains(&old)
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    fn parsed(line: &str) -> String {
        let arguments = ["postern"].into_iter().chain(line.split(' '));
        let cli = Cli::try_parse_from(arguments).unwrap_or_else(|error| panic!("{line}: {error}"));
        format!("{:?}", cli.command)
    }

    #[test]
    fn old_spellings_mean_the_same() {
        Cli::command().debug_assert();
        for (old, new) in [
            ("admin member add bob --role developer", "admin member create bob --role developer"),
            ("admin member remove bob", "admin member delete bob"),
            ("admin key list", "admin signing-key list"),
            ("admin key retire k --force", "admin signing-key retire k --force"),
            ("admin edge-key remove edge-1", "admin edge-key delete edge-1"),
            ("admin bundle-key remove k", "admin bundle-key delete k"),
            ("admin user add a@local --roles b,c", "admin user create a@local --roles b,c"),
            ("admin user roles a@local --none", "admin user change a@local --no-role"),
            ("admin user remove a@local", "admin user delete a@local"),
            ("admin scope bind s --approval true", "admin scope change s --approval true"),
            ("admin scope declare s", "admin scope create s"),
            ("admin scope unbind s", "admin scope delete s"),
            ("token generate --application a --key-type sandbox", "token create --application a --key-type sandbox"),
            (
                "token secret remove --application a --key-type sandbox cs_0123456789abcdefghij",
                "token secret delete --application a --key-type sandbox cs_0123456789abcdefghij",
            ),
            (
                "token secret create --application a --key-type sandbox --expires-in 3d",
                "token secret create --application a --key-type sandbox --expires 3d",
            ),
        ] {
            assert_eq!(parsed(old), parsed(new), "{old}");
        }
        for (old, new) in [
            ("application create Shop", "application create Shop"),
            ("application delete Shop", "application delete Shop"),
            ("api add pizza.json --approval", "api create pizza.json --approval"),
            ("api remove pizza/1 --force", "api delete pizza/1 --force"),
            ("tier add platinum", "tier create platinum"),
            ("tier remove platinum", "tier delete platinum"),
            ("subscription add --application a --api b/1 --tier c", "subscription create --application a --api b/1 --tier c"),
            ("subscription remove --application a --api b/1", "subscription delete --application a --api b/1"),
            ("personal-token remove bob pat_0123456789abcdefghij", "personal-token delete bob pat_0123456789abcdefghij"),
            ("registration-token remove reg_0123456789abcdefghij", "registration-token delete reg_0123456789abcdefghij"),
        ] {
            assert_eq!(parsed(&format!("admin {old}")), format!("Admin({})", parsed(new)), "{old}");
        }
        for old in ["admin scope waiting", "admin subscription waiting", "admin user grants a@local", "admin defaults show"] {
            parsed(old);
        }
    }

    #[test]
    fn the_help_of_every_command_has_one_verb_for_one_act() {
        let mut seen = 0;
        check(&Cli::command(), &mut seen);
        assert!(seen > 80, "{seen}");
    }

    fn check(command: &Command, seen: &mut usize) {
        *seen += 1;
        for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
            let name = below.get_name();
            let old = ["add", "remove", "bind", "unbind", "declare", "generate", "waiting", "grants", "roles", "set", "defaults"];
            // A member is added to a team; nothing is created.
            let joins = command.get_name() == "team" && ["add", "remove"].contains(&name);
            assert!(joins || !old.contains(&name), "{} {name}", command.get_name());
            let about = below.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty() && !about.ends_with('.'), "{name}: {about}");
            check(below, seen);
        }
    }

    #[test]
    fn an_empty_list_names_commands_that_exist() {
        for list in &output::LISTS {
            hints::tests::assert_commands_exist(list.empty, list.empty);
        }
    }
}
