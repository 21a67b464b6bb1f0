//! Viceroy with the program, an upstream, and the stores of a service.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use postern_test_harness::artifacts;
use postern_test_harness::private_file;
use postern_test_harness::process::Process;
use postern_test_harness::upstream::Upstream;
use postern_test_harness::wire::Wire;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::configured_host::ConfiguredHost;

/// What a service has beside the program.
#[derive(Debug, Default)]
pub(super) struct Resources {
    /// The Config Store `postern`.
    pub(super) config: Option<Value>,
    /// `configuration` in the KV Store `postern`.
    pub(super) large_configuration: Option<Value>,
    /// `edge_key` in the Secret Store `postern`.
    pub(super) edge_key: Option<String>,
    /// The backend `issuer`.
    pub(super) issuer: Option<SocketAddr>,
    /// The backend `upstream`, instead of [`Service::upstream`].
    pub(super) upstream: Option<SocketAddr>,
}

impl Resources {
    /// A Config Store with this configuration of the plugin.
    pub(super) fn configured(configuration: &Value) -> Self {
        Self { config: Some(json!({"configuration": configuration.to_string()})), ..Self::default() }
    }
}

/// A guarded API in Viceroy.
pub(super) struct Service {
    address: SocketAddr,
    process: Process,
    pub(super) upstream: Upstream,
    folder: TempDir,
}

impl Service {
    /// Starts Viceroy for a service whose Config Store has this configuration of the plugin.
    pub(super) fn configured(configuration: &Value) -> Self {
        Self::start(&Resources::configured(configuration))
    }

    pub(super) fn start(resources: &Resources) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let upstream = Upstream::start("production").unwrap();
        let manifest = manifest(resources, upstream.address(), folder.path());
        let log = folder.path().join("viceroy.log");
        let mut command = Command::new(artifacts::viceroy().unwrap());
        // Only at this level Viceroy says at which port it listens. It goes to the standard output; the program's log and errors do not.
        command.args(["serve", "--addr", "127.0.0.1:0", "-v", "--config"]).arg(manifest).arg(artifacts::fastly().unwrap());
        let printed = folder.path().join("printed");
        command.env_remove("RUST_LOG").stdout(Stdio::from(fs::File::create(&printed).unwrap()));
        let mut process = Process::start(command, log).unwrap();
        let address = process.wait_for("Viceroy", || listening(&printed)).unwrap();
        Self { address, process, upstream, folder }
    }

    /// Changes the configuration in the Config Store, which Viceroy reads for each new instance.
    pub(super) fn reconfigure(&self, configuration: &Value) {
        manifest(&Resources::configured(configuration), self.upstream.address(), self.folder.path());
    }

    /// What Viceroy says about each request.
    pub(super) fn printed(&self) -> String {
        fs::read_to_string(self.folder.path().join("printed")).unwrap_or_default()
    }
}

impl ConfiguredHost for Service {
    fn wire(&self) -> Wire<'_> {
        Wire { address: self.address, upstream: &self.upstream, authority_field: "host" }
    }

    fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.process.log()).unwrap_or_default()
    }
}

/// Writes the manifest, with the stores beside it.
fn manifest(resources: &Resources, upstream: SocketAddr, folder: &Path) -> PathBuf {
    let backends = [("upstream", Some(resources.upstream.unwrap_or(upstream))), ("issuer", resources.issuer)];
    let backend = |(name, address): (&str, Option<SocketAddr>)| {
        Some(format!("[local_server.backends.{name}]\nurl = \"http://{}\"\nfirst_byte_timeout_ms = 3000\n", address?))
    };
    let large = resources.large_configuration.as_ref().map(|configuration| json!({"configuration": configuration.to_string()}));
    let secret = resources.edge_key.as_ref().map(|key| json!({ "edge_key": key }));
    let stores = [("config_stores", resources.config.clone()), ("kv_stores", large), ("secret_stores", secret)];
    let store = |(kind, entries): (&str, Option<Value>)| {
        let file = folder.join(format!("{kind}.json"));
        private_file::write(&file, &entries?.to_string()).unwrap();
        Some(format!("[local_server.{kind}.postern]\nfile = '{}'\nformat = \"json\"\n", file.display()))
    };
    let file = folder.join("fastly.toml");
    let parts: Vec<String> = backends.into_iter().filter_map(backend).chain(stores.into_iter().filter_map(store)).collect();
    fs::write(&file, format!("manifest_version = 3\n{}", parts.concat())).unwrap();
    file
}

/// The address that Viceroy prints when it is ready.
fn listening(printed: &Path) -> Option<SocketAddr> {
    let text = fs::read_to_string(printed).ok()?;
    let (_, rest) = text.split_once("Listening on http://")?;
    rest.split_once('\n')?.0.trim().parse().ok()
}
