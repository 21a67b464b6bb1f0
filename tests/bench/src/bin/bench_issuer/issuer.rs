//! The measured issuer: the release build with a new database.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Error, Result, ensure};
use postern_test_harness::artifacts::project_file;
use postern_test_harness::issuer::text;
use postern_test_harness::process::Process;
use serde_json::Value;

use crate::load::Target;

/// The name of the `SQLite` file.
const FILE: &str = "postern.db";

/// The issuer's URL.
pub(crate) const ISSUER: &str = "https://issuer.example";

/// A build of the issuer.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    binary: PathBuf,
    /// What is added to the names of its rows.
    pub(crate) suffix: &'static str,
}

impl Build {
    /// The release build, or what `POSTERN_BENCH_ISSUER` names.
    pub(crate) fn current() -> Result<Self> {
        let binary = match env::var_os("POSTERN_BENCH_ISSUER") {
            Some(path) => path.into(),
            None => project_file("target/release/postern").canonicalize().context("run `npx -y rust-just bench-issuer`")?,
        };
        Ok(Self { binary, suffix: "" })
    }

    /// The build of an earlier commit, for a comparison: what `POSTERN_BENCH_BEFORE` names.
    pub(crate) fn before() -> Option<Self> {
        Some(Self { binary: env::var_os("POSTERN_BENCH_BEFORE")?.into(), suffix: ", before" })
    }
}

/// A folder with a master key, and the path or URL of the database.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    build: Build,
    dir: PathBuf,
    /// The value for `--database`: a file or a URL.
    database: String,
}

impl Home {
    /// A new `SQLite` database in the folder `dir`, which is created.
    pub(crate) fn sqlite(build: &Build, dir: &Path, algorithm: &str) -> Result<Self> {
        let database = dir.join(FILE).to_str().context("the folder's name is not UTF-8")?.to_owned();
        Self::init(build, dir, database, algorithm)
    }

    /// The empty PostgreSQL database at `url`, with the master key in the folder `dir`.
    pub(crate) fn postgres(build: &Build, dir: &Path, url: &str, algorithm: &str) -> Result<Self> {
        // The URL contains a password.
        let made = Self::init(build, dir, url.to_owned(), algorithm);
        made.map_err(|error| Error::msg(error.to_string().replace(url, "URL")))
    }

    fn init(build: &Build, dir: &Path, database: String, algorithm: &str) -> Result<Self> {
        fs::create_dir_all(dir)?;
        let home = Self { build: build.clone(), dir: dir.to_owned(), database };
        let audience = "https://api.example";
        home.cli(&["init", "--issuer", ISSUER, "--audience", audience, "--algorithm", algorithm])?;
        let api = project_file("tests/sample/pizza.json");
        home.cli(&["api", "create", &api.to_string_lossy()])?;
        home.cli(&["admin", "scope", "create", "menu"])?;
        Ok(home)
    }

    /// Copies a `SQLite` database that no process has open to another folder.
    pub(crate) fn copy_to(&self, dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir)?;
        for name in [FILE, "master.key"] {
            fs::copy(self.dir.join(name), dir.join(name))?;
        }
        ensure!(!self.dir.join(format!("{FILE}-wal")).exists(), "a process still has the database open");
        let database = dir.join(FILE).to_str().context("the folder's name is not UTF-8")?.to_owned();
        Ok(Self { build: self.build.clone(), dir: dir.to_owned(), database })
    }

    /// What is added to the names of the rows of its build.
    pub(crate) fn suffix(&self) -> &'static str {
        self.build.suffix
    }

    /// The size of a `SQLite` database that no process has open, in bytes.
    pub(crate) fn size(&self) -> Result<u64> {
        Ok(fs::metadata(self.dir.join(FILE))?.len())
    }

    /// Adds a user to the issuer's own store.
    pub(crate) fn add_user(&self, user: &str, password: &str) -> Result<()> {
        let arguments = ["admin", "user", "create", user];
        let mut command = self.command(&arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        child.stdin.take().context("the issuer has no standard input")?.write_all(password.as_bytes())?;
        succeeded(&arguments, &child.wait_with_output()?)
    }

    /// Runs a command, which must succeed, and returns its output.
    pub(crate) fn cli(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.command(arguments).output().context("cannot start the issuer")?;
        succeeded(arguments, &output)?;
        serde_json::from_slice(&output.stdout).with_context(|| format!("`postern {}` printed no JSON", arguments.join(" ")))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.build.binary);
        command.args(arguments).stdin(Stdio::null());
        for (variable, _) in env::vars().filter(|(name, _)| name.starts_with("POSTERN_")) {
            command.env_remove(variable);
        }
        command.env("POSTERN_DATABASE", &self.database).env("POSTERN_MASTER_KEY_FILE", self.dir.join("master.key"));
        // One client mints more tokens, from one address, than an issuer allows by default.
        command.env("POSTERN_LIMITS_LIVE_TOKENS", "0").env("POSTERN_LIMITS_ANONYMOUS_REQUESTS_PER_MINUTE", "0");
        command
    }

    /// Starts the server on a free port with default settings.
    pub(crate) fn serve(&self) -> Result<Server> {
        self.serve_with_log("issuer.log")
    }

    /// Starts several servers on the database, which must be PostgreSQL.
    pub(crate) fn serve_several(&self, count: usize) -> Result<Vec<Server>> {
        (0..count).map(|number| self.serve_with_log(&format!("issuer-{number}.log"))).collect()
    }

    fn serve_with_log(&self, log: &str) -> Result<Server> {
        Server::start(self.command(&["serve", "--listen", "127.0.0.1:0"]), self.dir.join(log))
    }
}

fn succeeded(arguments: &[&str], output: &Output) -> Result<()> {
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`postern {}` failed: {}", arguments.join(" "), error.trim());
    Ok(())
}

/// A server that prints `{"listening":"ADDRESS"}` when it is ready: our issuer, or oidc-provider.
pub(crate) struct Server {
    process: Process,
    address: SocketAddr,
}

impl Server {
    pub(crate) fn start(mut command: Command, log: PathBuf) -> Result<Self> {
        command.stdout(Stdio::piped());
        let mut process = Process::start(command, log)?;
        let stdout = process.child().stdout.take().context("the server has no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let ready: Value = match serde_json::from_str(&line) {
            Ok(ready) => ready,
            Err(_) => return process.wait_for("the server", || None),
        };
        Ok(Self { address: text(&ready, "listening")?.parse()?, process })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The target of a load, with the CPU time of this server.
    pub(crate) fn target(&self) -> Target {
        Target { addresses: vec![self.address], servers: vec![self.id()], database: None }
    }

    /// Shuts the server down, so that the database is one file again.
    pub(crate) fn stop(mut self) -> Result<()> {
        let signalled = Command::new("kill").arg(self.id().to_string()).status()?;
        ensure!(signalled.success(), "cannot tell the server to stop");
        let ended = self.process.wait()?;
        ensure!(ended.success(), "the server ended with {ended}");
        Ok(())
    }
}
