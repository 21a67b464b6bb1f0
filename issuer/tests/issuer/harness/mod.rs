//! Runs `postern` as a user would: a temporary directory, the command, and a server that is killed when it is dropped.

mod client;
mod server;
mod token;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) use client::{Request, Response};
pub(crate) use server::Server;
pub(crate) use token::{Minted, verified};

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example";

/// An issuer's directory.
pub(crate) struct Home(TempDir);

impl Home {
    /// A directory without a database.
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A directory with an initialised database.
    pub(crate) fn new() -> Self {
        let home = Self::empty();
        home.succeed(&["init", "--issuer", ISSUER, "--audience", AUDIENCE]);
        home
    }

    /// A directory with an application that is subscribed to an API, and the application's id.
    pub(crate) fn with_application() -> (Self, String) {
        let home = Self::new();
        let id = home.create_application("Pizza app");
        home.add_api(r#"{"name":"pizza","version":"1.0.0","context":"/pizza/1.0.0"}"#);
        home.succeed(&["admin", "subscription", "add", "--application", &id, "--api", "pizza/1.0.0", "--tier", "gold"]);
        (home, id)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path("postern.db")
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The command, with this directory's database and master key and nothing else of the environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare_command(self.0.path(), arguments);
        command.env("POSTERN_DATABASE", self.database()).env("POSTERN_MASTER_KEY_FILE", self.path("master.key"));
        command
    }

    /// Runs the command, which must succeed, and reads what it prints.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        assert!(error.is_empty(), "{arguments:?}: {error}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs the command, which must fail without printing anything on standard output, and returns what it says.
    pub(crate) fn fail(&self, arguments: &[&str]) -> String {
        failure(&self.command(arguments).output().unwrap(), 1)
    }

    /// Runs the command, which must call it a usage error, and returns what it says.
    pub(crate) fn misuse(&self, arguments: &[&str]) -> String {
        failure(&self.command(arguments).output().unwrap(), 2)
    }

    pub(crate) fn create_application(&self, name: &str) -> String {
        self.succeed(&["admin", "application", "create", name])["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn add_api(&self, document: &str) {
        assert!(self.pipe(&["admin", "api", "add", "-"], document).status.success());
    }

    /// Runs the command with `input` on its standard input.
    pub(crate) fn pipe(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Generates keys of a type, with further arguments.
    pub(crate) fn generate(&self, application: &str, key_type: &str, more: &[&str]) -> Minted {
        let arguments = [&["token", "generate", "--application", application, "--key-type", key_type], more].concat();
        Minted::new(self.succeed(&arguments))
    }

    /// Regenerates the token of a type, with further arguments.
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

/// The command in `directory` without any environment.
pub(crate) fn bare_command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
    command.env_clear().current_dir(directory).args(arguments);
    command
}

/// What a command said that ended with `code`.
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
