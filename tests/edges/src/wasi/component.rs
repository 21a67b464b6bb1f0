//! wasmtime with the component and an upstream.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use postern_test_harness::artifacts;
use postern_test_harness::process::{self, Process};
use postern_test_harness::upstream::Upstream;
use postern_test_harness::wire::Wire;
use serde_json::Value;
use tempfile::TempDir;

use crate::configured_host::ConfiguredHost;

/// How a host uses an instance of the component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instances {
    /// A new one for each request, which is wasmtime's default.
    Fresh,
    /// The same one for many requests.
    Reused,
}

/// A guarded API in wasmtime.
pub(super) struct Component {
    address: SocketAddr,
    process: Process,
    pub(super) upstream: Upstream,
    _folder: TempDir,
}

impl Component {
    /// Starts wasmtime with this configuration of the plugin, and with further environment variables.
    pub(super) fn start(configuration: &Value, instances: Instances, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let upstream = Upstream::start("production").unwrap();
        let mut command = Command::new(artifacts::wasmtime().unwrap());
        command.args(["serve", "-Scli", "--addr", "127.0.0.1:0", "--allow-precompiled"]);
        if instances == Instances::Reused {
            command.args(["--max-instance-reuse-count", "1000000", "--idle-instance-timeout", "300s"]);
        }
        // Named without a value, a variable is inherited: secrets are not among the arguments.
        for name in ["POSTERN_CONFIGURATION", "POSTERN_UPSTREAM"].into_iter().chain(variables.iter().map(|(name, _)| *name)) {
            command.args(["--env", name]);
        }
        command.env("POSTERN_CONFIGURATION", configuration.to_string());
        command.env("POSTERN_UPSTREAM", format!("http://{}", upstream.address())).envs(variables.iter().copied());
        command.arg(compiled()).stdout(Stdio::null());
        let log = folder.path().join("wasmtime.log");
        let mut process = Process::start(command, log.clone()).unwrap();
        let address = process.wait_for("wasmtime", || listening(&log)).unwrap();
        Self { address, process, upstream, _folder: folder }
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The processor time that wasmtime has used.
    pub(super) fn cpu(&self) -> Duration {
        process::cpu(self.process.id()).unwrap()
    }
}

impl ConfiguredHost for Component {
    fn wire(&self) -> Wire<'_> {
        Wire { address: self.address, upstream: &self.upstream, authority_field: "x-forwarded-host" }
    }

    fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.process.log()).unwrap_or_default()
    }
}

/// The component as machine code, so that not each start compiles it.
fn compiled() -> &'static Path {
    static COMPILED: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    &COMPILED
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("component.cwasm");
            let mut command = Command::new(artifacts::wasmtime().unwrap());
            let status = command.arg("compile").arg(artifacts::wasi_http().unwrap()).arg("-o").arg(&file).status().unwrap();
            assert!(status.success());
            (folder, file)
        })
        .1
}

/// The address that wasmtime prints when it is ready.
fn listening(log: &Path) -> Option<SocketAddr> {
    let text = std::fs::read_to_string(log).ok()?;
    let (_, rest) = text.split_once("http://")?;
    rest.split_once('/')?.0.parse().ok()
}
