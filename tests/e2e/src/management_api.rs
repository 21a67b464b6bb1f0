//! Runs schemathesis against the management API, on each database: no request causes an internal error, and every response matches the
//! OpenAPI document. tests/clients/schemathesis.toml configures the checks.

use std::path::Path;
use std::process::Command;

use postern_test_harness::artifacts;
use postern_test_harness::issuer::{Cli, text};

/// The number of requests to each operation in a phase.
const EXAMPLES: &str = "8";

fn run(dir: &Path, cli: &Cli) {
    cli.run(&["init", "--issuer", "https://issuer.example", "--audience", "https://api.example"]).unwrap();
    cli.run(&["admin", "member", "create", "root", "--role", "administrator"]).unwrap();
    let token = text(&cli.run(&["personal-token", "create", "root"]).unwrap(), "personal_token").unwrap();
    let issuer = cli.serve("127.0.0.1:0").unwrap();
    let output = Command::new(artifacts::project_file("tests/clients/schemathesis.sh"))
        .current_dir(dir)
        .env("SCHEMATHESIS", artifacts::clients().unwrap().join("python/bin/schemathesis"))
        .env("BASE_URL", format!("http://{}", issuer.address()))
        .env("TOKEN", &token)
        .env("EXAMPLES", EXAMPLES)
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}\n{}", String::from_utf8_lossy(&output.stderr));
    let log = std::fs::read_to_string(issuer.log()).unwrap();
    assert!(!log.contains(" ERROR "), "the issuer logged an error:\n{log}");
    assert!(!report.contains(&token) && !log.contains(&token));
}

#[test]
fn every_response_matches_the_document_on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &Cli::new(dir.path()).unwrap());
}

#[test]
fn every_response_matches_the_document_on_postgresql() {
    let dir = tempfile::tempdir().unwrap();
    let database = postern_test_postgres::shared().create_database();
    run(dir.path(), &Cli::new(dir.path()).unwrap().with("POSTERN_DATABASE", database));
}
