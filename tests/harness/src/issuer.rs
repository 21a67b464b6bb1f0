//! The issuer: its command line, and its process.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::artifacts;
use crate::process::Process;

/// The command line on one database.
#[derive(Debug, Clone)]
pub struct Cli {
    binary: PathBuf,
    dir: PathBuf,
    variables: Vec<(&'static str, OsString)>,
}

impl Cli {
    /// The command line on a database of its own in the folder `dir`, which is made.
    pub fn new(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let variables =
            vec![("POSTERN_DATABASE", dir.join("postern.db").into()), ("POSTERN_MASTER_KEY_FILE", dir.join("master.key").into())];
        Ok(Self { binary: artifacts::issuer()?, dir: dir.to_owned(), variables })
    }

    /// The same with another environment variable, which replaces one of that name; the server gets it too.
    #[must_use]
    pub fn with(mut self, variable: &'static str, value: impl Into<OsString>) -> Self {
        self.variables.retain(|(name, _)| *name != variable);
        self.variables.push((variable, value.into()));
        self
    }

    /// The folder that holds the master key, the log, and the database where that is a file.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `postern` with `arguments`, for this database.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments);
        // What whoever runs the tests has set is not for this issuer.
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("POSTERN_") {
                command.env_remove(variable);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end and returns what it printed, as JSON; `null` for nothing.
    pub fn run(&self, arguments: &[&str]) -> Result<Value> {
        self.run_with(arguments, "")
    }

    /// The same with `input` on its standard input, where it is told what no argument may say.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Result<Value> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start the issuer")?;
        // Most commands end without having read any of it.
        let _ = child.stdin.take().context("the issuer has no standard input")?.write_all(input.as_bytes());
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!("`postern {}` failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        if output.stdout.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&output.stdout).with_context(|| format!("`postern {}` printed no JSON", arguments.join(" ")))
    }

    /// Starts the server on a free port, or on `listen`.
    pub fn serve(&self, listen: &str) -> Result<Issuer> {
        let mut command = self.command(&["serve", "--listen", listen]);
        command.stdout(Stdio::piped());
        let mut process = Process::start(command, self.dir.join("issuer.log"))?;
        let stdout = process.child().stdout.take().context("the issuer has no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let ready: Value = match serde_json::from_str(&line) {
            Ok(ready) => ready,
            Err(_) => return process.wait_for("the issuer", || None),
        };
        let address = text(&ready, "listening")?.parse()?;
        Ok(Issuer { process, address })
    }
}

/// The running server.
#[derive(Debug)]
pub struct Issuer {
    process: Process,
    address: SocketAddr,
}

impl Issuer {
    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The file that holds its log.
    pub fn log(&self) -> &Path {
        self.process.log()
    }
}

/// A member of a JSON object that is a string.
pub fn text(json: &Value, name: &str) -> Result<String> {
    json.get(name).and_then(Value::as_str).map(ToOwned::to_owned).with_context(|| format!("there is no `{name}`"))
}
