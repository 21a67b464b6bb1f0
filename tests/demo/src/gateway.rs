//! A gateway that follows an issuer.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::artifacts;
use postern_test_harness::client::Request;
use postern_test_harness::envoy::{Envoy, admin_socket};
use postern_test_harness::issuer::{Cli, text};
use postern_test_harness::sample_api::ORDERS;
use serde_json::json;

/// The number of Envoy's workers: more than one, as in production.
const WORKERS: usize = 2;

/// The servers behind a gateway.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behind {
    pub(crate) production: SocketAddr,
    pub(crate) sandbox: SocketAddr,
    pub(crate) issuer: SocketAddr,
}

/// Starts Envoy with envoy/gateway.yaml, which `postern admin envoy` fills in. The plugin follows the issuer.
pub(crate) fn start(binary: &Path, cli: &Cli, dir: &Path, behind: Behind, environment: Option<&str>) -> Result<Envoy> {
    fs::create_dir_all(dir)?;
    let name = dir.file_name().context("the gateway has no name")?.to_string_lossy();
    let key = text(&cli.run(&["admin", "edge-key", "create", &name])?, "edge_key")?;
    let mut sync = json!({"cluster": "issuer", "authority": "issuer.example", "key": key});
    if let (Some(environment), Some(sync)) = (environment, sync.as_object_mut()) {
        sync.insert("environment".into(), environment.into());
    }
    let settings = dir.join("settings.json");
    fs::write(&settings, json!({"sync": sync, "filter_state": true}).to_string())?;
    let template = artifacts::project_file("envoy/gateway.yaml");
    let file = dir.join("rendered.yaml");
    let values = [
        format!("WASM={}", artifacts::plugin()?.display()),
        "LISTEN_ADDRESS=127.0.0.1".into(),
        "LISTEN_PORT=0".into(),
        "METRICS_PORT=0".into(),
        format!("ADMIN_SOCKET={}", admin_socket(dir).display()),
        "PRODUCTION_HOST=127.0.0.1".into(),
        format!("PRODUCTION_PORT={}", behind.production.port()),
        "SANDBOX_HOST=127.0.0.1".into(),
        format!("SANDBOX_PORT={}", behind.sandbox.port()),
        "ISSUER_HOST=127.0.0.1".into(),
        format!("ISSUER_PORT={}", behind.issuer.port()),
    ];
    let (template, settings, out) = (template.to_string_lossy(), settings.to_string_lossy(), file.to_string_lossy());
    let mut arguments = vec!["admin", "envoy", "--template", &template, "--settings", &settings, "--out", &out];
    arguments.extend(values.iter().flat_map(|value| ["--set", value.as_str()]));
    cli.run(&arguments)?;
    let envoy = Envoy::start(binary, &fs::read_to_string(&file)?, dir, WORKERS)?;
    wait_for_bundle(&envoy)?;
    Ok(envoy)
}

/// Waits until every worker has its bundle. Each request goes to an arbitrary worker.
fn wait_for_bundle(envoy: &Envoy) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(30);
    let mut ready = 0;
    while ready < 10 * WORKERS {
        ensure!(Instant::now() < end, "the gateway does not get its bundle; its log is in `{}`", envoy.log().display());
        let refusal = Request::new("GET", ORDERS, "api.example").send(envoy.address())?;
        ready = if refusal.status == 503 { 0 } else { ready + 1 };
    }
    Ok(())
}
