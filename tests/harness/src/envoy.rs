//! A real Envoy process.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::client::Request;
use crate::private_file;
use crate::process::Process;

/// A running Envoy with a listener called `gateway`, or as [`Envoy::start_listener`] is told.
#[derive(Debug)]
pub struct Envoy {
    process: Process,
    admin: PathBuf,
    listener: SocketAddr,
}

impl Envoy {
    /// Starts `binary` with the bootstrap `config` and its files in `dir`, and waits until Envoy is ready.
    pub fn start(binary: &Path, config: &str, dir: &Path, workers: usize) -> Result<Self> {
        Self::start_listener(binary, config, dir, workers, "gateway")
    }

    /// The same with a main listener of another name.
    pub fn start_listener(binary: &Path, config: &str, dir: &Path, workers: usize, name: &str) -> Result<Self> {
        fs::create_dir_all(dir)?;
        let file = dir.join("envoy.yaml");
        private_file::write(&file, config)?;
        let admin = admin_socket(dir);
        let mut process = Process::start(Self::command(binary, &file, workers), dir.join("envoy.log"))?;
        process.wait_for("Envoy", || {
            let ready = Request::new("GET", "/ready", "admin").send_to_socket(&admin).ok()?;
            (ready.status == 200).then_some(())
        })?;
        let listener = process.wait_for("Envoy's listener", || listener_address(&admin, name))?;
        Ok(Self { process, admin, listener })
    }

    /// The command that runs Envoy with a configuration.
    pub fn command(binary: &Path, config: &Path, workers: usize) -> Command {
        let mut command = Command::new(binary);
        command.arg("-c").arg(config);
        command.args(["--concurrency", &workers.to_string(), "--use-dynamic-base-id", "--disable-hot-restart"]);
        command.args(["--log-level", "info", "--drain-time-s", "1"]);
        command.stdout(Stdio::null());
        command
    }

    /// The address of the main listener.
    pub const fn address(&self) -> SocketAddr {
        self.listener
    }

    /// Envoy's process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The socket of Envoy's admin interface.
    pub fn admin(&self) -> &Path {
        &self.admin
    }

    /// The address of the listener `name`.
    pub fn listener(&self, name: &str) -> Option<SocketAddr> {
        listener_address(&self.admin, name)
    }

    /// Envoy's log file.
    pub fn log(&self) -> PathBuf {
        self.process.log().to_owned()
    }

    /// Whether Envoy still runs.
    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// How many requests the plugin has refused, by reason; reasons with a count of 0 are left out.
    pub fn denials(&self) -> Result<BTreeMap<String, u64>> {
        self.decisions("deny")
    }

    /// How many requests the plugin has allowed, by ground; grounds with a count of 0 are left out.
    pub fn allowances(&self) -> Result<BTreeMap<String, u64>> {
        self.decisions("allow")
    }

    fn decisions(&self, outcome: &str) -> Result<BTreeMap<String, u64>> {
        let answer = Request::new("GET", "/stats?format=json&filter=postern_decisions", "admin").send_to_socket(&self.admin)?;
        let json = answer.json();
        let stats = json.get("stats").and_then(Value::as_array).context("Envoy's stats have an unexpected form")?;
        let start = format!("wasmcustom.postern_decisions_total|outcome={outcome}|reason=");
        let mut decisions = BTreeMap::new();
        for stat in stats {
            let name = stat.get("name").and_then(Value::as_str).and_then(|name| name.strip_prefix(&start));
            let reason = name.and_then(|rest| rest.split_once("|api=")).map(|(reason, _)| reason);
            let count = stat.get("value").and_then(Value::as_u64).unwrap_or_default();
            if let Some(reason) = reason.filter(|_| count > 0) {
                *decisions.entry(reason.to_owned()).or_default() += count;
            }
        }
        Ok(decisions)
    }

    /// How often a virtual machine was restarted after a trap.
    pub fn reloads(&self) -> Result<u64> {
        self.sum("vm_reload")
    }

    /// The sum of all of Envoy's counters and gauges whose name matches the regular expression `filter`.
    pub fn sum(&self, filter: &str) -> Result<u64> {
        let answer = Request::new("GET", format!("/stats?filter={filter}"), "admin").send_to_socket(&self.admin)?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        Ok(text.lines().filter_map(|line| line.rsplit_once(": ")?.1.parse::<u64>().ok()).sum())
    }
}

/// The socket of the admin interface of an Envoy with its files in `dir`. The bootstrap must name the same socket.
pub fn admin_socket(dir: &Path) -> PathBuf {
    dir.join("admin.sock")
}

fn listener_address(admin: &Path, name: &str) -> Option<SocketAddr> {
    let listeners = Request::new("GET", "/listeners?format=json", "admin").send_to_socket(admin).ok()?.json();
    let is_named = |listener: &&Value| listener.get("name").and_then(Value::as_str) == Some(name);
    let listener = listeners.get("listener_statuses")?.as_array()?.iter().find(is_named)?;
    let port = listener.pointer("/local_address/socket_address/port_value")?.as_u64()?;
    Some((Ipv4Addr::LOCALHOST, u16::try_from(port).ok()?).into())
}
