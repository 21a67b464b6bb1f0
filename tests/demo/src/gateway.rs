//! A gateway that follows an issuer.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::artifacts;
use postern_test_harness::envoy::{Envoy, admin_socket};
use postern_test_harness::issuer::{Cli, text};
use postern_test_harness::{private_file, template};
use serde_json::json;

/// The number of Envoy's workers: more than one, as in production.
pub(crate) const WORKERS: usize = 2;

/// Ports for the command, which refuses 0. Envoy then gets others instead, or 0 and chooses free ones.
const LISTEN_PORT: u16 = 1;
const METRICS_PORT: u16 = 2;

/// The servers behind a gateway.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behind {
    pub(crate) production: SocketAddr,
    pub(crate) sandbox: SocketAddr,
    pub(crate) issuer: SocketAddr,
}

/// What distinguishes one gateway from another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gateway<'a> {
    /// The file in envoy/.
    pub(crate) template: &'a str,
    /// Whether a WebSocket is allowed for the orders. The templates allow none.
    pub(crate) websockets: bool,
    /// The `Host` of requests to the issuer.
    pub(crate) authority: &'a str,
    /// The environment that it serves; `None` for both.
    pub(crate) environment: Option<&'a str>,
    pub(crate) behind: Behind,
    /// The port at which clients call; 0 for any.
    pub(crate) port: u16,
    /// The values of further placeholders, `NAME=VALUE`.
    pub(crate) values: &'a [String],
}

/// Starts Envoy with the gateway's template, which `postern admin envoy` fills in. The plugin follows the issuer, and may have no bundle
/// yet.
pub(crate) fn start(binary: &Path, cli: &Cli, dir: &Path, gateway: Gateway<'_>) -> Result<Envoy> {
    let Gateway { template, websockets, authority, environment, behind, port, values: more } = gateway;
    fs::create_dir_all(dir)?;
    let name = dir.file_name().context("the gateway has no name")?.to_string_lossy();
    let serves = environment.unwrap_or("both");
    let key = text(&cli.run(&["admin", "edge-key", "create", &name, "--environment", serves])?, "edge_key")?;
    let sync = json!({"cluster": "issuer", "authority": authority, "key": key, "environment": serves});
    let settings = dir.join("settings.json");
    private_file::write(&settings, &json!({"sync": sync, "filter_state": true}).to_string())?;
    let mut text = template::read(template)?;
    if websockets {
        text = template::with_websockets(&text)?;
    }
    let (template, file) = (dir.join("template.yaml"), dir.join("rendered.yaml"));
    fs::write(&template, text)?;
    let mut values = vec![
        format!("WASM={}", artifacts::plugin()?.display()),
        "LISTEN_ADDRESS=127.0.0.1".into(),
        format!("LISTEN_PORT={LISTEN_PORT}"),
        format!("METRICS_PORT={METRICS_PORT}"),
        format!("ADMIN_SOCKET={}", admin_socket(dir).display()),
        "PRODUCTION_HOST=127.0.0.1".into(),
        format!("PRODUCTION_PORT={}", behind.production.port()),
        "SANDBOX_HOST=127.0.0.1".into(),
        format!("SANDBOX_PORT={}", behind.sandbox.port()),
        "ISSUER_HOST=127.0.0.1".into(),
        format!("ISSUER_PORT={}", behind.issuer.port()),
    ];
    values.extend_from_slice(more);
    let (template, settings, out) = (template.to_string_lossy(), settings.to_string_lossy(), file.to_string_lossy());
    let mut arguments = vec!["admin", "envoy", "--template", &template, "--settings", &settings, "--out", &out];
    arguments.extend(values.iter().flat_map(|value| ["--set", value.as_str()]));
    cli.run(&arguments)?;
    let mut config = fs::read_to_string(&file)?;
    for (written, port) in [(LISTEN_PORT, port), (METRICS_PORT, 0)] {
        config = config.replace(&format!("port_value: {written} "), &format!("port_value: {port} "));
    }
    Envoy::start(binary, &config, dir, WORKERS)
}

/// Waits until every worker has its bundle. `status` sends a request, which goes to an arbitrary worker.
pub(crate) fn wait_for_bundle(envoy: &Envoy, status: impl Fn() -> Result<u16>) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(30);
    let mut ready = 0;
    while ready < 10 * WORKERS {
        ensure!(Instant::now() < end, "the gateway does not get its bundle; its log is in `{}`", envoy.log().display());
        ready = if status()? == 503 { 0 } else { ready + 1 };
    }
    Ok(())
}
