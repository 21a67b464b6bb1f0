//! A gateway that follows its issuer, with a stand between the two where things can be made to go wrong.

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

/// How many workers the gateway has.
pub const WORKERS: usize = 4;

/// For how long the issuer may hold an answer back.
pub const WAIT_SECONDS: u64 = 1;

/// The same for a gateway that waits long.
pub const LONG_WAIT_SECONDS: u64 = 4;

/// For how long the bundle holds without a word from the issuer.
pub const MAX_STALENESS: Duration = Duration::from_secs(5);

/// An issuer, an edge that follows it, and what is behind the edge.
#[derive(Debug)]
pub struct Live {
    /// The issuer's command line.
    pub cli: Cli,
    /// The issuer; `None` while it is down.
    pub issuer: Option<Issuer>,
    /// What stands between the issuer and the gateway.
    pub faults: Faults,
    /// The gateway.
    pub envoy: Envoy,
    /// What is behind it.
    pub upstream: Upstream,
    /// The id of an application that is subscribed to the pizza API.
    pub application: String,
    /// The consumer key and the consumer secret of its production key set.
    pub client: (String, String),
    dir: PathBuf,
    edge_key: String,
    /// The public keys that the gateways pin.
    bundle_keys: Value,
    plugin: PathBuf,
    minted: AtomicUsize,
}

impl Live {
    /// Starts everything with files in `dir`, with the plugin `plugin`, and waits until the gateway has its bundle.
    pub fn start(dir: &Path, plugin: &Path) -> Result<Self> {
        Self::start_waiting(dir, plugin, WAIT_SECONDS)
    }

    /// The same, with an issuer that is where its name says: at `listen`, on this machine.
    pub fn start_at(dir: &Path, plugin: &Path, listen: &str) -> Result<Self> {
        Self::start_with(dir, plugin, WAIT_SECONDS, (&format!("http://{listen}"), listen))
    }

    /// The same, with an issuer that may hold its answers back for `wait` seconds.
    pub fn start_waiting(dir: &Path, plugin: &Path, wait: u64) -> Result<Self> {
        Self::start_with(dir, plugin, wait, ("https://issuer.example", "127.0.0.1:0"))
    }

    fn start_with(dir: &Path, plugin: &Path, wait: u64, (url, listen): (&str, &str)) -> Result<Self> {
        let cli = Cli::new(&dir.join("issuer"))?;
        cli.run(&["init", "--issuer", url, "--audience", "https://api.example"])?;
        cli.run(&["admin", "api", "add", &artifacts::project_file("tests/sample/pizza.json").to_string_lossy()])?;
        let application = text(&cli.run(&["admin", "application", "create", "storefront"])?, "id")?;
        cli.run(&["admin", "subscription", "add", "--application", &application, "--api", API, "--tier", "gold"])?;
        let keys =
            cli.run(&["token", "generate", "--application", &application, "--key-type", "production", "--scope", "orders"])?;
        let client = (text(&keys, "consumer_key")?, text(&keys, "consumer_secret")?);
        let edge_key = text(&cli.run(&["admin", "edge-key", "create", "gateway", "--environment", "both"])?, "edge_key")?;
        let bundle_keys = bundle_keys(&cli)?;
        let issuer = cli.serve(listen)?;
        let faults = Faults::before(issuer.address())?;
        let upstream = Upstream::start("production")?;
        let ports = (faults.address().port(), upstream.address().port());
        let config = bootstrap((&edge_key, &bundle_keys), plugin, wait, ports, &dir.join("gateway"))?;
        let envoy = start(&config, &dir.join("gateway"))?;
        let live = Self {
            cli,
            issuer: Some(issuer),
            faults,
            envoy,
            upstream,
            application,
            client,
            dir: dir.to_owned(),
            edge_key,
            bundle_keys,
            plugin: plugin.to_owned(),
            minted: AtomicUsize::default(),
        };
        let token = live.mint()?;
        live.wait_for_all_workers(&token)?;
        Ok(live)
    }

    /// Another gateway on the same issuer, which knows nothing yet.
    pub fn another_gateway(&self) -> Result<Envoy> {
        let dir = self.dir.join("another");
        let ports = (self.faults.address().port(), self.upstream.address().port());
        start(&bootstrap((&self.edge_key, &self.bundle_keys), &self.plugin, WAIT_SECONDS, ports, &dir)?, &dir)
    }

    /// A gateway on the same issuer that pins other bundle keys. It is returned once it has refused a bundle.
    pub fn gateway_that_pins(&self, bundle_keys: &Value) -> Result<Envoy> {
        let dir = self.dir.join("other-keys");
        let ports = (self.faults.address().port(), self.upstream.address().port());
        let envoy = start(&bootstrap((&self.edge_key, bundle_keys), &self.plugin, WAIT_SECONDS, ports, &dir)?, &dir)?;
        self.wait_until("the bundle is refused", || Ok(envoy.sum("postern_sync_total.result=failed")? > 0))?;
        Ok(envoy)
    }

    /// A new token for the application, minted by the issuer that runs. Each is to last for longer than the one before it: asked
    /// for the same, the issuer would answer again with that.
    pub fn mint(&self) -> Result<String> {
        let validity = 3600 + self.minted.fetch_add(1, Ordering::Relaxed);
        let issuer = self.issuer.as_ref().context("the issuer is down")?;
        crate::oauth_client::grant(issuer, &self.client, &format!("&scope=orders&validity_period={validity}"))
    }

    /// Starts the issuer again, on another port.
    pub fn start_issuer(&mut self) -> Result<()> {
        let issuer = self.cli.serve("127.0.0.1:0")?;
        self.faults.stand_before(issuer.address());
        self.issuer = Some(issuer);
        Ok(())
    }

    /// Revokes a token, and returns when the issuer had answered.
    pub fn revoke(&self, token: &str) -> Result<Instant> {
        crate::oauth_client::revoke(self.issuer.as_ref().context("the issuer is down")?, &self.client, token)?;
        Ok(Instant::now())
    }

    /// Calls the API through the gateway.
    pub fn call(&self, token: &str) -> Result<Response> {
        call(&self.envoy, token)
    }

    /// Waits until every worker takes `token`. Each request comes to one of them by chance.
    pub fn wait_for_all_workers(&self, token: &str) -> Result<()> {
        let mut successes = 0;
        self.wait_until("every worker of the gateway takes a good token", || {
            successes = if self.call(token)?.status == 200 { successes + 1 } else { 0 };
            Ok(successes >= 10 * WORKERS)
        })
    }

    /// Waits until the gateway has heard from its issuer once more.
    pub fn wait_for_word(&self) -> Result<()> {
        let heard = || self.envoy.sum("postern_sync_total.result=.*changed");
        let before = heard()?;
        self.wait_until("the gateway hears from its issuer", || Ok(heard()? > before))
    }

    /// Waits until `done`, for as long as anything here could take.
    pub fn wait_until(&self, what: &str, mut done: impl FnMut() -> Result<bool>) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(30);
        while !done()? {
            ensure!(Instant::now() < end, "it does not come to this: {what}; {:?}", self.envoy.denials());
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

/// Calls the API through `envoy`.
pub fn call(envoy: &Envoy, token: &str) -> Result<Response> {
    Request::new("GET", ORDERS, "api.example").bearer(token).send(envoy.address())
}

fn start(config: &str, dir: &Path) -> Result<Envoy> {
    std::fs::create_dir_all(dir)?;
    Envoy::start(&artifacts::envoy()?, config, dir, WORKERS)
}

/// The public halves of the keys that sign the issuer's bundles.
fn bundle_keys(cli: &Cli) -> Result<Value> {
    let listed = cli.run(&["admin", "bundle-key", "list"])?;
    let keys = listed.get("bundle_keys").and_then(Value::as_array).context("no bundle keys")?;
    Ok(keys.iter().filter_map(|key| key.get("jwk").cloned()).collect())
}

fn bootstrap(
    (key, bundle_keys): (&str, &Value),
    plugin: &Path,
    wait: u64,
    (issuer, upstream): (u16, u16),
    dir: &Path,
) -> Result<String> {
    let configuration = json!({
        "sync": {
            "cluster": "issuer",
            "authority": "issuer.example",
            "key": key,
            "bundle_keys": bundle_keys,
            "wait_seconds": wait,
            "max_staleness_seconds": MAX_STALENESS.as_secs(),
        },
    });
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
