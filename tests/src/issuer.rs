//! The issuer: its command line, and its process.

use std::io::{BufRead as _, BufReader};
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
}

impl Cli {
    /// The command line on a database of its own in the folder `dir`, which is made.
    pub fn new(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        Ok(Self { binary: artifacts::issuer()?, dir: dir.to_owned() })
    }

    /// The folder that holds the database, its master key and the log.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `postern` with `arguments`, for this database.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments);
        for variable in ["POSTERN_MASTER_KEY", "POSTERN_LISTEN"] {
            command.env_remove(variable);
        }
        command.env("POSTERN_DATABASE", self.dir.join("postern.db"));
        command.env("POSTERN_MASTER_KEY_FILE", self.dir.join("master.key"));
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end and returns what it printed, as JSON; `null` for nothing.
    pub fn run(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.command(arguments).output().context("cannot start the issuer")?;
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

    /// The file that holds its log.
    pub fn log(&self) -> &Path {
        self.process.log()
    }
}

/// A member of a JSON object that is a string.
pub fn text(json: &Value, name: &str) -> Result<String> {
    json.get(name).and_then(Value::as_str).map(ToOwned::to_owned).with_context(|| format!("there is no `{name}`"))
}
