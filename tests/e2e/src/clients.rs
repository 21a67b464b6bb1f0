//! OAuth clients of other projects obtain, verify, refresh, introspect and revoke tokens of the issuer, for themselves and for a user.
//! Their scripts are in tests/clients/.

use std::path::{Path, PathBuf};
use std::process::Command;

use postern_test_harness::artifacts;
use postern_test_harness::free_port::free_port;
use postern_test_harness::issuer::{Cli, Issuer, text};
use postern_test_harness::users::{self, CALLBACK, PASSWORD};
use serde_json::Value;

/// The algorithms that verify with a public key.
const ALGORITHMS: &[&str] = &["ES256", "EdDSA", "RS256"];

const AUDIENCE: &str = "https://api.example";
const SCOPE: &str = "orders";
const USER: &str = "alice@local";

/// The grant types of a public client.
const PUBLIC: [&str; 3] = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"];

/// The grant types of a confidential client.
const CONFIDENTIAL: [&str; 5] = ["client_credentials", PUBLIC[0], PUBLIC[1], PUBLIC[2], "password"];

/// A running issuer that clients can discover, with a user, a confidential client, a public client, and an initial access token.
struct Fixture {
    /// Stops when it is dropped.
    _issuer: Issuer,
    url: String,
    client: (String, String),
    public_client: String,
    registration_token: String,
}

impl Fixture {
    fn start(dir: &Path, algorithm: &str) -> Self {
        let cli = Cli::new(dir).unwrap();
        // Clients require an issuer that listens at its own URL (RFC 8414 section 3.3), so the port is chosen first.
        let listen = format!("127.0.0.1:{}", free_port().unwrap());
        let url = format!("http://{listen}");
        cli.run(&["init", "--issuer", &url, "--audience", AUDIENCE, "--algorithm", algorithm]).unwrap();
        users::add(&cli, USER).unwrap();
        let storefront = application(&cli, "storefront");
        // The password grant is discouraged, but must work for applications that use it.
        cli.run(&["application", "change", &storefront, "--passwords", "true"]).unwrap();
        let keys = generate(&cli, &storefront, &CONFIDENTIAL, &[]);
        let client = (text(&keys, "consumer_key").unwrap(), text(&keys, "consumer_secret").unwrap());
        let kiosk = generate(&cli, &application(&cli, "kiosk"), &PUBLIC, &["--public"]);
        let public_client = text(&kiosk, "consumer_key").unwrap();
        let created = cli.run(&["registration-token", "create", "--registrations", "10"]).unwrap();
        let registration_token = text(&created, "registration_token").unwrap();
        Self { _issuer: cli.serve(&listen).unwrap(), url, client, public_client, registration_token }
    }
}

fn application(cli: &Cli, name: &str) -> String {
    text(&cli.run(&["application", "create", name]).unwrap(), "id").unwrap()
}

fn generate(cli: &Cli, application: &str, grant_types: &[&str], more: &[&str]) -> Value {
    let mut generate = vec!["token", "create", "--application", application, "--key-type", "production"];
    generate.extend(["--scope", SCOPE, "--redirect-uri", CALLBACK]);
    generate.extend(grant_types.iter().flat_map(|grant_type| ["--grant-type", *grant_type]));
    generate.extend(more);
    cli.run(&generate).unwrap()
}

/// Runs a script of tests/clients/ and returns its output.
fn run(interpreter: &Path, script: &str, algorithm: &str) -> Value {
    let libraries = artifacts::clients().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let fixture = Fixture::start(dir.path(), algorithm);
    let output = Command::new(interpreter)
        .arg(artifacts::project_file("tests/clients").join(script))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NODE_PACKAGES", libraries.join("node_modules"))
        .env("ISSUER", &fixture.url)
        .env("CLIENT_ID", &fixture.client.0)
        .env("CLIENT_SECRET", &fixture.client.1)
        .env("PUBLIC_CLIENT_ID", &fixture.public_client)
        .env("REGISTRATION_TOKEN", &fixture.registration_token)
        .env("CALLBACK", CALLBACK)
        .env("USER_ID", USER)
        .env("PASSWORD", PASSWORD)
        .env("AUDIENCE", AUDIENCE)
        .env("SCOPE", SCOPE)
        .env("ALGORITHM", algorithm)
        .output()
        .unwrap();
    assert!(output.status.success(), "{algorithm}: {}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    println!("{report}");
    assert_eq!(report["algorithm"], *algorithm);
    report
}

/// Runs a client for itself, once for each algorithm.
fn run_for_itself(interpreter: &Path, script: &str) {
    for algorithm in ALGORITHMS {
        let report = run(interpreter, script, algorithm);
        assert_eq!(report["seen"].as_array().unwrap().len(), 2, "one for each authentication method: {report}");
    }
}

/// Runs a client for a user, which must obtain tokens in exactly these ways.
fn run_for_a_user(interpreter: &Path, script: &str, ways: &[&str]) {
    let report = run(interpreter, script, "ES256");
    let mut seen: Vec<&str> = report["seen"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = ways.to_vec();
    seen.sort_unstable();
    expected.sort_unstable();
    assert_eq!(seen, expected);
}

fn python() -> PathBuf {
    artifacts::clients().unwrap().join("python/bin/python")
}

#[test]
fn openid_client_and_jose() {
    run_for_itself(Path::new("node"), "openid_client.mjs");
}

#[test]
fn oauth4webapi() {
    run_for_itself(Path::new("node"), "oauth4webapi.mjs");
}

#[test]
fn authlib_and_joserfc() {
    run_for_itself(&python(), "authlib_client.py");
}

#[test]
fn openid_client_for_a_user() {
    let ways = ["code", "code, of a public client", "device", "registration", "registration of a public client"];
    run_for_a_user(Path::new("node"), "openid_client_users.mjs", &ways);
}

#[test]
fn oauth4webapi_for_a_user() {
    let ways = ["code", "code, of a public client", "device", "password", "registration"];
    run_for_a_user(Path::new("node"), "oauth4webapi_users.mjs", &ways);
}

#[test]
fn authlib_for_a_user() {
    let ways = ["code", "code, of a public client", "device", "password", "registration", "registration of a public client"];
    run_for_a_user(&python(), "authlib_users.py", &ways);
}
