//! Runs `postern` as a user would: a temporary directory, the command, and a server that is killed when it is dropped.

mod browser;
mod client;
pub(crate) mod provider;
mod server;
mod terminal;
mod token;
pub(crate) mod users;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) use browser::{Browser, Page, encoded};
pub(crate) use client::{Request, Response};
pub(crate) use server::Server;
pub(crate) use terminal::{on_terminal, on_terminal_while};
pub(crate) use token::{Minted, signed_part, verified};

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example";

/// How a line with a warning begins on standard error.
pub(crate) const WARNING: &str = "postern: warning: ";

/// The kind of database that a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// Defines two tests for each check, one for each kind of database; and one for each check that needs several servers on one database, which
/// only PostgreSQL allows.
macro_rules! on_both {
    ($($check:ident),* $(,)?) => { $crate::harness::on_both!($($check),*; postgres:); };
    ($($check:ident),* $(,)?; postgres: $($only:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $check() { super::$check(crate::harness::Database::Sqlite); })*
        }

        mod postgres {
            $(#[test] fn $check() { super::$check(crate::harness::Database::Postgres); })*
            $(#[test] fn $only() { super::$only(crate::harness::Database::Postgres); })*
        }
    };
}

pub(crate) use on_both;

/// An issuer's directory, which contains its SQLite database unless the database is on a PostgreSQL server.
pub(crate) struct Home {
    directory: TempDir,
    url: Option<String>,
    /// Whether the directory contains a configuration file, `postern.toml`.
    configured: bool,
}

impl Home {
    /// A directory without a database.
    pub(crate) fn empty() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), url: None, configured: false }
    }

    /// A directory without an initialised database. On PostgreSQL, an empty database exists.
    pub(crate) fn empty_on(database: Database) -> Self {
        match database {
            Database::Sqlite => Self::empty(),
            Database::Postgres => Self::at(postern_test_postgres::shared().create_database()),
        }
    }

    /// A directory, and an empty database at `url`.
    pub(crate) fn at(url: String) -> Self {
        Self { url: Some(url), ..Self::empty() }
    }

    /// A directory with an initialised database.
    pub(crate) fn new() -> Self {
        Self::empty().initialised()
    }

    /// Initialises the database.
    pub(crate) fn initialised(self) -> Self {
        self.succeed(&["init", "--issuer", ISSUER, "--audience", AUDIENCE]);
        self
    }

    /// Initialises the database with an HS256 signing key, whose secret is in the bundle.
    pub(crate) fn initialised_with_hs256(self) -> Self {
        self.succeed(&["init", "--issuer", ISSUER, "--audience", AUDIENCE, "--algorithm", "HS256"]);
        self
    }

    /// Allows tokens that never expire.
    pub(crate) fn allow_forever(&self) {
        let unlimited = ["--max-application-validity", "never", "--max-user-validity", "never"];
        self.succeed(&[&["admin", "settings", "change", "--forever-allowed", "true"][..], &unlimited].concat());
    }

    /// Writes a configuration file, which every later command uses.
    pub(crate) fn configured(self, file: &str) -> Self {
        self.write("postern.toml", file);
        Self { configured: true, ..self }
    }

    /// A directory with an application that is subscribed to an API, and the application's id.
    pub(crate) fn with_application() -> (Self, String) {
        Self::with_application_on(Database::Sqlite)
    }

    /// The same on the given kind of database.
    pub(crate) fn with_application_on(database: Database) -> (Self, String) {
        Self::empty_on(database).initialised().subscribed()
    }

    /// Adds an application that is subscribed to an API, and returns the application's id too.
    pub(crate) fn subscribed(self) -> (Self, String) {
        let home = self;
        let id = home.create_application("Pizza app");
        home.add_api(r#"{"name":"pizza","version":"1.0.0","context":"/pizza/1.0.0"}"#);
        home.subscribe(&id);
        (home, id)
    }

    /// Subscribes an application to the pizza API.
    pub(crate) fn subscribe(&self, application: &str) {
        self.succeed(&["subscription", "create", "--application", application, "--api", "pizza/1.0.0", "--tier", "gold"]);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path("postern.db")
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The path or URL of the database, as the configuration key `database` takes it.
    pub(crate) fn location(&self) -> String {
        self.url.clone().unwrap_or_else(|| self.database().to_str().unwrap().to_owned())
    }

    /// The command, whose only environment variables name this directory's database, master key and configuration.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare_command(self.directory.path(), arguments);
        self.at_home(&mut command);
        command
    }

    /// A shell script with the same environment, and with the command's path as `$0`.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.env_clear().current_dir(self.directory.path()).args(["-c", script]).arg(binary());
        self.at_home(&mut command);
        command
    }

    fn at_home<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let database = self.url.clone().map_or_else(|| self.database().into_os_string(), Into::into);
        command.env("POSTERN_DATABASE", database).env("POSTERN_MASTER_KEY_FILE", self.path("master.key"));
        if self.configured {
            command.env("POSTERN_CONFIG", self.path("postern.toml"));
        }
        command
    }

    /// Runs SQL that both databases understand directly on the database. Returns a line for each row, with `|` between the columns.
    pub(crate) fn query(&self, sql: &str) -> String {
        if let Some(url) = &self.url {
            return postern_test_postgres::query(url, sql).unwrap();
        }
        let connection = rusqlite::Connection::open(self.database()).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let cell = |row: &rusqlite::Row<'_>, at| match row.get_unwrap(at) {
            rusqlite::types::Value::Null => String::new(),
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => format!("{other:?}"),
        };
        let line = |row: &rusqlite::Row<'_>| Ok((0..columns).map(|at| cell(row, at)).collect::<Vec<_>>().join("|"));
        statement.query_map([], line).unwrap().map(Result::unwrap).collect::<Vec<_>>().join("\n")
    }

    /// Makes every grant mint a new token, even if there is a live one.
    pub(crate) fn never_find_current_token(&self) {
        self.query("UPDATE settings SET renew_below = 100");
    }

    /// Runs the command, asserts success and no warning, and parses its output.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        assert!(error.lines().all(|line| line.starts_with(WARNING)), "{arguments:?}: {error}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs the command, asserts that it succeeds, and returns its warnings.
    pub(crate) fn warnings(&self, arguments: &[&str]) -> Vec<String> {
        let output = self.command(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        error.lines().map(|line| line.strip_prefix(WARNING).unwrap_or_else(|| panic!("{error}")).to_owned()).collect()
    }

    /// Runs the command, asserts exit code 1 and an empty standard output, and returns the standard error.
    pub(crate) fn fail(&self, arguments: &[&str]) -> String {
        failure(&self.command(arguments).output().unwrap(), 1)
    }

    /// Runs the command, asserts a usage error (exit code 2), and returns the standard error.
    pub(crate) fn misuse(&self, arguments: &[&str]) -> String {
        failure(&self.command(arguments).output().unwrap(), 2)
    }

    pub(crate) fn create_application(&self, name: &str) -> String {
        self.succeed(&["application", "create", name])["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn add_api(&self, document: &str) {
        assert!(self.pipe(&["api", "create", "-"], document).status.success());
    }

    /// Runs the command with `input` on its standard input.
    pub(crate) fn pipe(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Generates the key set of an environment, with further arguments.
    pub(crate) fn generate(&self, application: &str, key_type: &str, more: &[&str]) -> Minted {
        let arguments = [&["token", "create", "--application", application, "--key-type", key_type], more].concat();
        Minted::new(self.succeed(&arguments))
    }

    /// Regenerates the token of an environment, with further arguments.
    pub(crate) fn regenerate(&self, application: &str, key_type: &str, more: &[&str]) -> Minted {
        let arguments = [&["token", "regenerate", "--application", application, "--key-type", key_type], more].concat();
        Minted::new(self.succeed(&arguments))
    }

    /// The records of an application's tokens.
    pub(crate) fn tokens(&self, application: &str) -> Vec<Value> {
        self.succeed(&["token", "list", "--application", application])["tokens"].as_array().unwrap().clone()
    }

    /// The bundle that this issuer's edges get.
    pub(crate) fn bundle(&self) -> Vec<u8> {
        self.command(&["admin", "bundle"]).output().unwrap().stdout
    }
}

/// The path of the built command.
pub(crate) fn binary() -> PathBuf {
    postern_test_harness::artifacts::issuer().unwrap()
}

/// The command in `directory` without any environment.
pub(crate) fn bare_command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.env_clear().current_dir(directory).args(arguments);
    command
}

/// The standard error of a command that ended with `code`.
pub(crate) fn failure(output: &Output, code: i32) -> String {
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{error}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    error
}

/// The permission bits of a file.
pub(crate) fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}
