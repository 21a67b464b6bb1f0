//! A gateway that follows its issuer through a proxy that can inject faults.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::artifacts;
use crate::client::{Request, Response};
use crate::envoy::Envoy;
use crate::followed_issuer::FollowedIssuer;
pub use crate::followed_issuer::MAX_STALENESS;
use crate::plain;
use crate::sample_api::ORDERS;
use crate::upstream::Upstream;

/// The number of the gateway's workers.
pub const WORKERS: usize = 4;

/// For how long the issuer may hold a response, in seconds.
pub const WAIT_SECONDS: u64 = 1;

/// The same for tests with a long wait.
pub const LONG_WAIT_SECONDS: u64 = 4;

/// An issuer, a gateway that follows it, and an upstream.
#[derive(Debug)]
pub struct Live {
    followed: FollowedIssuer,
    /// The gateway.
    pub envoy: Envoy,
    /// The upstream of the gateway.
    pub upstream: Upstream,
    dir: PathBuf,
    /// The gateways' settings for following the issuer: its bundle keys are pinned.
    sync: Value,
    plugin: PathBuf,
}

impl Deref for Live {
    type Target = FollowedIssuer;

    fn deref(&self) -> &FollowedIssuer {
        &self.followed
    }
}

impl DerefMut for Live {
    fn deref_mut(&mut self) -> &mut FollowedIssuer {
        &mut self.followed
    }
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
        let followed = FollowedIssuer::start(&dir.join("issuer"), (url, listen))?;
        let sync = json!({
            "cluster": "issuer",
            "authority": "issuer.example",
            "key": followed.edge_key,
            "bundle_keys": followed.bundle_keys,
            "wait_seconds": wait,
            "max_staleness_seconds": MAX_STALENESS.as_secs(),
        });
        let upstream = Upstream::start("production")?;
        let ports = (followed.faults.address().port(), port.unwrap_or(upstream.address().port()));
        let envoy = start_gateway(&sync, plugin, ports, &dir.join("gateway"))?;
        let live = Self { followed, envoy, upstream, dir: dir.to_owned(), sync, plugin: plugin.to_owned() };
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

    /// Another gateway, which lets pages of every origin send requests (CORS), as `envoy/gateway.yaml` does.
    pub fn gateway_for_pages(&self, name: &str) -> Result<Envoy> {
        let ports = (self.faults.address().port(), self.upstream.address().port());
        start_gateway_for_pages(&self.sync, &self.plugin, ports, &self.dir.join(name))
    }

    /// Starts the issuer again where it listens, with one more variable in its environment.
    pub fn restart_issuer_with(&mut self, variable: &'static str, value: &str) -> Result<()> {
        let listen = self.issuer.as_ref().context("the issuer is down")?.address().to_string();
        self.issuer = None;
        self.cli = self.cli.clone().with(variable, value);
        self.issuer = Some(self.cli.serve(&listen)?);
        Ok(())
    }

    /// The same. It is returned once it has refused an answer of the issuer with this result in its metrics.
    pub fn gateway_that_refuses(&self, name: &str, changes: &Value, result: &str) -> Result<Envoy> {
        let envoy = self.gateway_with(name, changes)?;
        self.wait_until("the bundle is refused", || Ok(envoy.sum(&format!("postern_sync_total.result={result}"))? > 0))?;
        Ok(envoy)
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

/// Starts a gateway that follows the issuer on a port as `sync` says, where `issuer` is the cluster, in front of the upstream on another
/// port. Its files are in `dir`.
pub fn start_gateway(sync: &Value, plugin: &Path, (issuer, upstream): (u16, u16), dir: &Path) -> Result<Envoy> {
    std::fs::create_dir_all(dir)?;
    let config = bootstrap(sync, plugin, (issuer, upstream), dir)?;
    Envoy::start(&artifacts::envoy()?, &config, dir, WORKERS)
}

/// The same with a gateway that lets pages of every origin send requests.
pub fn start_gateway_for_pages(sync: &Value, plugin: &Path, (issuer, upstream): (u16, u16), dir: &Path) -> Result<Envoy> {
    std::fs::create_dir_all(dir)?;
    let config = with_cors(&bootstrap(sync, plugin, (issuer, upstream), dir)?)?;
    Envoy::start(&artifacts::envoy()?, &config, dir, WORKERS)
}

/// The bootstrap with Envoy's CORS filter before the others.
fn with_cors(bootstrap: &str) -> Result<String> {
    const MANAGER: &str = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";
    let mut bootstrap: Value = serde_json::from_str(bootstrap)?;
    let manager = bootstrap.pointer_mut(MANAGER).context("no connection manager")?;
    let filters = manager.pointer_mut("/http_filters").and_then(Value::as_array_mut).context("no filters")?;
    let filter = json!({"@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors"});
    filters.insert(0, json!({"name": "envoy.filters.http.cors", "typed_config": filter}));
    let host = manager.pointer_mut("/route_config/virtual_hosts/0").and_then(Value::as_object_mut).context("no host")?;
    let policy = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
        "allow_origin_string_match": [{"safe_regex": {"regex": "https?://.*"}}],
        "allow_methods": "GET, POST, PUT, PATCH, DELETE",
        "allow_headers": "authorization, content-type",
        "expose_headers": "www-authenticate, retry-after",
    });
    host.insert("typed_per_filter_config".into(), json!({"envoy.filters.http.cors": policy}));
    Ok(bootstrap.to_string())
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
