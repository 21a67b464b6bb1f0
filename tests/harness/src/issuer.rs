//! The issuer's command line and its server process.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::artifacts;
use crate::process::Process;

/// The command line, for one database.
#[derive(Debug, Clone)]
pub struct Cli {
    binary: PathBuf,
    dir: PathBuf,
    variables: Vec<(&'static str, OsString)>,
}

impl Cli {
    /// The command line for a database in the folder `dir`, which is created.
    pub fn new(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let variables =
            vec![("POSTERN_DATABASE", dir.join("postern.db").into()), ("POSTERN_MASTER_KEY_FILE", dir.join("master.key").into())];
        Ok(Self { binary: artifacts::issuer()?, dir: dir.to_owned(), variables })
    }

    /// Adds or replaces an environment variable, also for the server.
    #[must_use]
    pub fn with(mut self, variable: &'static str, value: impl Into<OsString>) -> Self {
        self.variables.retain(|(name, _)| *name != variable);
        self.variables.push((variable, value.into()));
        self
    }

    /// The folder with the master key, the log, and the database if that is a file.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `postern` with `arguments`, for this database.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments);
        // Variables of the person who runs the tests must not reach this issuer.
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("POSTERN_") {
                command.env_remove(variable);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command, which must succeed, and returns its output as JSON; `null` if there is none.
    pub fn run(&self, arguments: &[&str]) -> Result<Value> {
        self.run_with(arguments, "")
    }

    /// The same with `input` on the standard input, for secrets that must not be arguments.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Result<Value> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start the issuer")?;
        // Most commands end without reading the input.
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
        let edges = ready.get("edges").and_then(Value::as_str).map(str::parse).transpose()?;
        Ok(Issuer { process, address, edges })
    }
}

/// The running server.
#[derive(Debug)]
pub struct Issuer {
    process: Process,
    address: SocketAddr,
    edges: Option<SocketAddr>,
}

impl Issuer {
    /// The server's address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address at which the server listens for edges; `None` if that is [`Self::address`].
    pub const fn edge_address(&self) -> Option<SocketAddr> {
        self.edges
    }

    /// The server's process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The server's log file.
    pub fn log(&self) -> &Path {
        self.process.log()
    }
}

/// A string member of a JSON object.
pub fn text(json: &Value, name: &str) -> Result<String> {
    json.get(name).and_then(Value::as_str).map(ToOwned::to_owned).with_context(|| format!("there is no `{name}`"))
}
