//! npm oidc-provider, which stores nothing, under the same load.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::artifacts::project_file;
use serde_json::Value;

use crate::answers;
use crate::clients::{Client, taking_turns};
use crate::issuer::Server;
use crate::load::{CONNECTIONS, Times};
use crate::rows::{Row, send};

pub(crate) use postern_test_harness::artifacts::OIDC_PROVIDER_VERSION as VERSION;

pub(crate) fn measure(dir: &Path, times: Times) -> Result<Row> {
    let server = Server::start(command(&CONNECTIONS.to_string()), dir.join("oidc-provider.log"))?;
    let client = |number: usize| Client::new(format!("client-{number}"), format!("secret-{number}"), String::new());
    let clients: Vec<Client> = (0..CONNECTIONS).map(client).collect();
    let run = send(&server, taking_turns(&clients, |client| client.mint_at_oidc_provider()), times)?;
    answers::check_distinct(&answers::tokens(&run)?, "ES256")?;
    Ok(Row::measured("mint, ES256, oidc-provider in memory", &run))
}

/// Signatures per second of one core, by algorithm, with its library.
pub(crate) fn signatures() -> Result<BTreeMap<String, f64>> {
    let output = command("sign").output().context("cannot start node")?;
    ensure!(output.status.success(), "signing with node failed: {}", String::from_utf8_lossy(&output.stderr));
    let rates: Value = serde_json::from_slice(&output.stdout)?;
    let rates = rates.as_object().context("node printed no object")?;
    Ok(rates.iter().filter_map(|(name, rate)| Some((name.clone(), rate.as_f64()?))).collect())
}

fn command(argument: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(project_file("tests/bench/oidc-provider.mjs"));
    command.arg(project_file(&format!("target/tools/oidc-provider-{VERSION}"))).arg(argument);
    command.env("NODE_ENV", "production");
    command
}
