//! OAuth clients that others wrote, at the issuer: they obtain, verify, introspect and revoke tokens. What each does and expects
//! is in tests/clients/.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use postern_e2e::artifacts;
use postern_e2e::issuer::{Cli, Issuer, text};
use serde_json::Value;

/// What tokens are signed with: each algorithm that verifies with a public key.
const ALGORITHMS: &[&str] = &["ES256", "EdDSA", "RS256"];

const AUDIENCE: &str = "https://api.example";
const SCOPE: &str = "orders";

/// A running issuer that its clients can discover, and a client of it.
struct Stand {
    /// It ends with this.
    _issuer: Issuer,
    url: String,
    client: (String, String),
}

impl Stand {
    fn start(dir: &Path, algorithm: &str) -> Self {
        let cli = Cli::new(dir).unwrap();
        // Clients insist on an issuer that is where its name says (RFC 8414 section 3.3), so the port comes first.
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let url = format!("http://{listen}");
        cli.run(&["init", "--issuer", &url, "--audience", AUDIENCE, "--algorithm", algorithm]).unwrap();
        let application = text(&cli.run(&["admin", "application", "create", "storefront"]).unwrap(), "id").unwrap();
        let generate = ["token", "generate", "--application", &application, "--key-type", "production", "--scope", SCOPE];
        let keys = cli.run(&generate).unwrap();
        let client = (text(&keys, "consumer_key").unwrap(), text(&keys, "consumer_secret").unwrap());
        Self { _issuer: cli.serve(&listen).unwrap(), url, client }
    }
}

/// Runs a script of tests/clients/ once for each algorithm, and shows what it printed.
fn run(interpreter: &Path, script: &str) {
    let libraries = artifacts::clients().unwrap();
    for algorithm in ALGORITHMS {
        let dir = tempfile::tempdir().unwrap();
        let stand = Stand::start(dir.path(), algorithm);
        let output = Command::new(interpreter)
            .arg(artifacts::project_file("tests/clients").join(script))
            .env("NODE_PACKAGES", libraries.join("node_modules"))
            .env("ISSUER", &stand.url)
            .env("CLIENT_ID", &stand.client.0)
            .env("CLIENT_SECRET", &stand.client.1)
            .env("AUDIENCE", AUDIENCE)
            .env("SCOPE", SCOPE)
            .env("ALGORITHM", algorithm)
            .output()
            .unwrap();
        assert!(output.status.success(), "{algorithm}: {}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        println!("{report}");
        assert_eq!(report["algorithm"], *algorithm);
        assert_eq!(report["seen"].as_array().unwrap().len(), 2, "one for each way to authenticate: {report}");
    }
}

#[test]
fn openid_client_and_jose() {
    run(Path::new("node"), "openid_client.mjs");
}

#[test]
fn oauth4webapi() {
    run(Path::new("node"), "oauth4webapi.mjs");
}

#[test]
fn authlib_and_joserfc() {
    run(&artifacts::clients().unwrap().join("python/bin/python"), "authlib_client.py");
}
