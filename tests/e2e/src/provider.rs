//! People sign in with npm oidc-provider, a real identity provider, over plain HTTP; and in [`browser`] in a real Chromium.

mod browser;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use postern_test_harness::artifacts;
use postern_test_harness::free_port::free_port;
use postern_test_harness::issuer::{Cli, Issuer, text};
use postern_test_harness::private_file;
use postern_test_harness::process::Process;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The provider, a real process.
struct Provider {
    url: String,
    _process: Process,
}

impl Provider {
    /// Starts it for an issuer at this URL, with its log in `dir`.
    fn start(issuer: &str, dir: &Path) -> Self {
        let mut command = Command::new("node");
        command.arg(artifacts::project_file("tests/clients/oidc-provider.mjs"));
        command.arg(artifacts::oidc_provider().unwrap().canonicalize().unwrap());
        command.arg(format!("{issuer}/sign-in/callback/corp")).stdout(Stdio::piped());
        let mut process = Process::start(command, dir.join("provider.log")).unwrap();
        let mut line = String::new();
        BufReader::new(process.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { url: text(&serde_json::from_str(&line).unwrap(), "issuer").unwrap(), _process: process }
    }

    /// Writes a configuration whose user store `corp` is the provider, with these other user stores, and returns the file.
    fn configuration(&self, dir: &Path, other_stores: &str) -> PathBuf {
        let configuration = format!(
            "{other_stores}[[user_store]]\nname = \"corp\"\nkind = \"openid_connect\"\nissuer = \"{}\"\nclient_id = \"postern\"\n\
             client_secret_file = \"client-secret\"\ntitle = \"Corp\"\nmember_roles = {{ developers = \"developer\" }}\n",
            self.url
        );
        let file = dir.join("postern.toml");
        fs::write(&file, configuration).unwrap();
        private_file::write(&dir.join("client-secret"), "a secret of the client\n").unwrap();
        file
    }
}

/// The provider, and an issuer whose users are the provider's.
struct Fixture {
    url: String,
    provider: Provider,
    cli: Cli,
    issuer: Issuer,
    _dir: TempDir,
}

impl Fixture {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listen = format!("127.0.0.1:{}", free_port().unwrap());
        let url = format!("http://{listen}");
        let provider = Provider::start(&url, dir.path());
        let cli = Cli::new(&dir.path().join("issuer")).unwrap();
        let cli = cli.with("POSTERN_CONFIG", provider.configuration(dir.path(), ""));
        cli.run(&["init", "--issuer", &url, "--audience", "https://api.example"]).unwrap();
        let issuer = cli.serve(&listen).unwrap();
        Self { url, provider, cli, issuer, _dir: dir }
    }

    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Value {
        run(script, &self.url, &self.provider, &self.issuer, variables)
    }
}

/// Runs a script and returns what it prints.
fn run(script: &str, url: &str, provider: &Provider, issuer: &Issuer, variables: &[(&str, &str)]) -> Value {
    let mut command = Command::new("node");
    command.arg(artifacts::project_file(script)).env("ISSUER", url).env("PROVIDER", &provider.url);
    command.env("NODE_PACKAGES", artifacts::oidc_provider().unwrap().join("node_modules"));
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let log = fs::read_to_string(issuer.log()).unwrap_or_default();
    assert!(output.status.success(), "{}\nThe issuer's log: {log}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn people_of_a_real_provider_sign_in() {
    let fixture = Fixture::start();
    let titles = fixture.run("tests/clients/provider_sign_in.mjs", &[]);
    // The second time, Alice is not a developer.
    assert_eq!(titles, json!(["Applications", "Not a member", "Not a member", "You are not signed in"]));
    let users = fixture.cli.run(&["admin", "user", "list", "--store", "corp"]).unwrap();
    let names: Vec<&Value> = users["users"].as_array().unwrap().iter().map(|user| &user["id"]).collect();
    assert_eq!(names, ["alice@corp", "bob@corp"]);
}
