//! A gateway that follows its issuer through a proxy that can inject faults.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::artifacts;
use crate::client::{Request, Response};
use crate::envoy::Envoy;
use crate::faults::Faults;
use crate::issuer::{Cli, Issuer, text};
use crate::plain;
use crate::sample_api::{API, ORDERS};
use crate::upstream::Upstream;

/// The number of the gateway's workers.
pub const WORKERS: usize = 4;

/// For how long the issuer may hold a response, in seconds.
pub const WAIT_SECONDS: u64 = 1;

/// The same for tests with a long wait.
pub const LONG_WAIT_SECONDS: u64 = 4;

/// How long after the issuer's last confirmation the bundle becomes stale.
pub const MAX_STALENESS: Duration = Duration::from_secs(5);

/// An issuer, a gateway that follows it, and an upstream.
#[derive(Debug)]
pub struct Live {
    /// The issuer's command line.
    pub cli: Cli,
    /// The issuer; `None` while it is down.
    pub issuer: Option<Issuer>,
    /// The proxy between the gateway and the issuer.
    pub faults: Faults,
    /// The gateway.
    pub envoy: Envoy,
    /// The upstream of the gateway.
    pub upstream: Upstream,
    /// The id of an application that is subscribed to the pizza API.
    pub application: String,
    /// The consumer key and the consumer secret of the application's production key set.
    pub client: (String, String),
    dir: PathBuf,
    /// The gateways' settings for following the issuer: its bundle keys are pinned.
    sync: Value,
    plugin: PathBuf,
    minted: AtomicUsize,
}

impl Live {
    /// Starts everything with files in `dir` and the plugin `plugin`, and waits until the gateway has its bundle.
    pub fn start(dir: &Path, plugin: &Path) -> Result<Self> {
        Self::start_waiting(dir, plugin, WAIT_SECONDS)
    }

    /// The same with an issuer that is reachable at its own URL, which is `http://` and `listen`.
    pub fn start_at(dir: &Path, plugin: &Path, listen: &str) -> Result<Self> {
        Self::start_with(dir, plugin, WAIT_SECONDS, (&format!("http://{listen}"), listen), None)
    }

    /// The same with an issuer that may hold its responses for `wait` seconds.
    pub fn start_waiting(dir: &Path, plugin: &Path, wait: u64) -> Result<Self> {
        Self::start_with(dir, plugin, wait, ("https://issuer.example", "127.0.0.1:0"), None)
    }

    /// The same, with an upstream of the test's own at `port` instead of [`Self::upstream`].
    pub fn start_before(dir: &Path, plugin: &Path, port: u16) -> Result<Self> {
        Self::start_with(dir, plugin, WAIT_SECONDS, ("https://issuer.example", "127.0.0.1:0"), Some(port))
    }

    fn start_with(dir: &Path, plugin: &Path, wait: u64, (url, listen): (&str, &str), port: Option<u16>) -> Result<Self> {
        let cli = Cli::new(&dir.join("issuer"))?;
        cli.run(&["init", "--issuer", url, "--audience", "https://api.example"])?;
        cli.run(&["admin", "api", "add", &artifacts::project_file("tests/sample/pizza.json").to_string_lossy()])?;
        let application = text(&cli.run(&["admin", "application", "create", "storefront"])?, "id")?;
        cli.run(&["admin", "subscription", "add", "--application", &application, "--api", API, "--tier", "gold"])?;
        let keys =
            cli.run(&["token", "generate", "--application", &application, "--key-type", "production", "--scope", "orders"])?;
        let client = (text(&keys, "consumer_key")?, text(&keys, "consumer_secret")?);
        let edge_key = text(&cli.run(&["admin", "edge-key", "create", "gateway", "--environment", "both"])?, "edge_key")?;
        let sync = json!({
            "cluster": "issuer",
            "authority": "issuer.example",
            "key": edge_key,
            "bundle_keys": bundle_keys(&cli)?,
            "wait_seconds": wait,
            "max_staleness_seconds": MAX_STALENESS.as_secs(),
        });
        let issuer = cli.serve(listen)?;
        let faults = Faults::start(issuer.address())?;
        let upstream = Upstream::start("production")?;
        let ports = (faults.address().port(), port.unwrap_or(upstream.address().port()));
        let envoy = start_gateway(&sync, plugin, ports, &dir.join("gateway"))?;
        let live = Self {
            cli,
            issuer: Some(issuer),
            faults,
            envoy,
            upstream,
            application,
            client,
            dir: dir.to_owned(),
            sync,
            plugin: plugin.to_owned(),
            minted: AtomicUsize::default(),
        };
        live.wait_until("every worker of the gateway has its bundle", || {
            let answers = (0..10 * WORKERS).map(|_| live.call("a.b.c"));
            Ok(answers.collect::<Result<Vec<_>>>()?.iter().all(|answer| answer.status == 401))
        })?;
        Ok(live)
    }

    /// Starts another gateway of the same issuer, which has no bundle yet.
    pub fn another_gateway(&self) -> Result<Envoy> {
        self.gateway_with("another", &json!({}))
    }

    /// The same with these changes of `sync` in its settings, and with its files in a folder of this name.
    pub fn gateway_with(&self, name: &str, changes: &Value) -> Result<Envoy> {
        let mut sync = self.sync.clone();
        if let (Value::Object(sync), Value::Object(changes)) = (&mut sync, changes) {
            sync.extend(changes.clone());
        }
        let ports = (self.faults.address().port(), self.upstream.address().port());
        start_gateway(&sync, &self.plugin, ports, &self.dir.join(name))
    }

    /// The same. It is returned once it has refused an answer of the issuer with this result in its metrics.
    pub fn gateway_that_refuses(&self, name: &str, changes: &Value, result: &str) -> Result<Envoy> {
        let envoy = self.gateway_with(name, changes)?;
        self.wait_until("the bundle is refused", || Ok(envoy.sum(&format!("postern_sync_total.result={result}"))? > 0))?;
        Ok(envoy)
    }

    /// Obtains a new token for the application. Each has a longer validity than the previous one, because for an equal request the issuer
    /// would return the live token again.
    pub fn mint(&self) -> Result<String> {
        let validity = 3600 + self.minted.fetch_add(1, Ordering::Relaxed);
        let issuer = self.issuer.as_ref().context("the issuer is down")?;
        crate::oauth_client::grant(issuer, &self.client, &format!("&scope=orders&validity_period={validity}"))
    }

    /// Starts the issuer again, on another port.
    pub fn start_issuer(&mut self) -> Result<()> {
        let issuer = self.cli.serve("127.0.0.1:0")?;
        self.faults.forward_to(issuer.address());
        self.issuer = Some(issuer);
        Ok(())
    }

    /// Revokes a token, and returns the time of the issuer's response.
    pub fn revoke(&self, token: &str) -> Result<Instant> {
        crate::oauth_client::revoke(self.issuer.as_ref().context("the issuer is down")?, &self.client, token)?;
        Ok(Instant::now())
    }

    /// Calls the API through the gateway.
    pub fn call(&self, token: &str) -> Result<Response> {
        call(&self.envoy, token)
    }

    /// Waits until every worker accepts `token`. Each request goes to an arbitrary worker.
    pub fn wait_for_all_workers(&self, token: &str) -> Result<()> {
        let mut successes = 0;
        self.wait_until("every worker of the gateway accepts a valid token", || {
            successes = if self.call(token)?.status == 200 { successes + 1 } else { 0 };
            Ok(successes >= 10 * WORKERS)
        })
    }

    /// Waits until the gateway has received another response of its issuer.
    pub fn wait_for_response(&self) -> Result<()> {
        let responses = || self.envoy.sum("postern_sync_total.result=.*changed");
        let before = responses()?;
        self.wait_until("the gateway receives a response of its issuer", || Ok(responses()? > before))
    }

    /// Waits until `done`, but no longer than 30 seconds.
    pub fn wait_until(&self, what: &str, mut done: impl FnMut() -> Result<bool>) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(30);
        while !done()? {
            ensure!(Instant::now() < end, "timeout: {what}; {:?}", self.envoy.denials());
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

/// Calls the API through `envoy`.
pub fn call(envoy: &Envoy, token: &str) -> Result<Response> {
    Request::new("GET", ORDERS, "api.example").bearer(token).send(envoy.address())
}

/// The public halves of the keys that sign the issuer's bundles.
fn bundle_keys(cli: &Cli) -> Result<Value> {
    let listed = cli.run(&["admin", "bundle-key", "list"])?;
    let keys = listed.get("bundle_keys").and_then(Value::as_array).context("no bundle keys")?;
    Ok(keys.iter().filter_map(|key| key.get("jwk").cloned()).collect())
}

/// Starts a gateway that follows the issuer on a port as `sync` says, where `issuer` is the cluster, in front of the upstream on another
/// port. Its files are in `dir`.
pub fn start_gateway(sync: &Value, plugin: &Path, (issuer, upstream): (u16, u16), dir: &Path) -> Result<Envoy> {
    std::fs::create_dir_all(dir)?;
    let config = bootstrap(sync, plugin, (issuer, upstream), dir)?;
    Envoy::start(&artifacts::envoy()?, &config, dir, WORKERS)
}

fn bootstrap(sync: &Value, plugin: &Path, (issuer, upstream): (u16, u16), dir: &Path) -> Result<String> {
    let configuration = json!({ "sync": sync });
    let mut filter = plain::plugin_filter(&configuration.to_string())?;
    if let Some(file) = filter.pointer_mut("/typed_config/config/vm_config/code/local/filename") {
        *file = plugin.to_string_lossy().into();
    }
    let route = json!({"match": {"prefix": "/"}, "route": {"cluster": "upstream"}});
    let mut bootstrap: Value = serde_json::from_str(&plain::bootstrap_with(vec![filter], &route, upstream, dir))?;
    let address = json!({"socket_address": {"address": "127.0.0.1", "port_value": issuer}});
    let cluster = json!({
        "name": "issuer",
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": "issuer", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}]},
    });
    let clusters = bootstrap.pointer_mut("/static_resources/clusters").and_then(Value::as_array_mut);
    clusters.context("the bootstrap has no clusters")?.push(cluster);
    Ok(bootstrap.to_string())
}
