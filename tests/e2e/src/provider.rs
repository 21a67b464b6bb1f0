//! People sign in with npm oidc-provider, a real identity provider, over plain HTTP; and in [`browser`] in a real Chromium.

mod browser;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use postern_test_harness::artifacts;
use postern_test_harness::free_port::free_port;
use postern_test_harness::issuer::{Cli, Issuer, text};
use postern_test_harness::private_file;
use postern_test_harness::process::Process;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The provider, and an issuer whose users are the provider's.
struct Fixture {
    url: String,
    provider: String,
    cli: Cli,
    issuer: Issuer,
    _process: Process,
    _dir: TempDir,
}

impl Fixture {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listen = format!("127.0.0.1:{}", free_port().unwrap());
        let url = format!("http://{listen}");
        let mut command = Command::new("node");
        command.arg(artifacts::project_file("tests/clients/oidc-provider.mjs"));
        command.arg(artifacts::oidc_provider().unwrap().canonicalize().unwrap());
        command.arg(format!("{url}/sign-in/callback/corp")).stdout(Stdio::piped());
        let mut process = Process::start(command, dir.path().join("provider.log")).unwrap();
        let mut line = String::new();
        BufReader::new(process.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let provider = text(&serde_json::from_str(&line).unwrap(), "issuer").unwrap();
        let configuration = format!(
            "[[user_store]]\nname = \"corp\"\nkind = \"openid_connect\"\nissuer = \"{provider}\"\nclient_id = \"postern\"\n\
             client_secret_file = \"client-secret\"\ntitle = \"Corp\"\nmember_roles = {{ developers = \"developer\" }}\n"
        );
        let file = dir.path().join("postern.toml");
        fs::write(&file, configuration).unwrap();
        private_file::write(&dir.path().join("client-secret"), "a secret of the client\n").unwrap();
        let cli = Cli::new(&dir.path().join("issuer")).unwrap().with("POSTERN_CONFIG", file);
        cli.run(&["init", "--issuer", &url, "--audience", "https://api.example"]).unwrap();
        let issuer = cli.serve(&listen).unwrap();
        Self { url, provider, cli, issuer, _process: process, _dir: dir }
    }

    /// Runs a script and returns what it prints.
    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Value {
        let mut command = Command::new("node");
        command.arg(artifacts::project_file(script)).env("ISSUER", &self.url).env("PROVIDER", &self.provider);
        command.env("NODE_PACKAGES", artifacts::oidc_provider().unwrap().join("node_modules"));
        let output = command.envs(variables.iter().copied()).output().unwrap();
        let log = fs::read_to_string(self.issuer.log()).unwrap_or_default();
        assert!(output.status.success(), "{}\nThe issuer's log: {log}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

#[test]
fn people_of_a_real_provider_sign_in() {
    let fixture = Fixture::start();
    let titles = fixture.run("tests/clients/provider_sign_in.mjs", &[]);
    // The second time, Alice is no developer any more.
    assert_eq!(titles, json!(["Applications", "Not a member", "Not a member", "You are not signed in"]));
    let users = fixture.cli.run(&["admin", "user", "list", "--store", "corp"]).unwrap();
    let names: Vec<&Value> = users["users"].as_array().unwrap().iter().map(|user| &user["id"]).collect();
    assert_eq!(names, ["alice@corp", "bob@corp"]);
}
