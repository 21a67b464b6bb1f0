//! The real Envoy.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::client::Request;
use crate::process::Process;

/// A running Envoy with one listener.
#[derive(Debug)]
pub struct Envoy {
    process: Process,
    admin: SocketAddr,
    listener: SocketAddr,
}

impl Envoy {
    /// Starts `binary` on the bootstrap `config`, with its files in `dir`, and waits until it takes requests.
    pub fn start(binary: &Path, config: &str, dir: &Path, workers: usize) -> Result<Self> {
        fs::create_dir_all(dir)?;
        let file = dir.join("envoy.yaml");
        let mut out = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file)?;
        out.write_all(config.as_bytes())?;
        let admin_file = dir.join("admin-address");
        let mut process = Process::start(Self::command(binary, &file, &admin_file, workers), dir.join("envoy.log"))?;
        let admin = process.wait_for("Envoy's admin interface", || fs::read_to_string(&admin_file).ok()?.parse().ok())?;
        process.wait_for("Envoy", || {
            let ready = Request::new("GET", "/ready", "admin").send(admin).ok()?;
            (ready.status == 200).then_some(())
        })?;
        let listener = process.wait_for("Envoy's listener", || listener_address(admin))?;
        Ok(Self { process, admin, listener })
    }

    /// The command that runs Envoy with a configuration.
    pub fn command(binary: &Path, config: &Path, admin_file: &Path, workers: usize) -> Command {
        let mut command = Command::new(binary);
        command.arg("-c").arg(config);
        command.arg("--admin-address-path").arg(admin_file);
        command.args(["--concurrency", &workers.to_string(), "--use-dynamic-base-id", "--disable-hot-restart"]);
        command.args(["--log-level", "info", "--drain-time-s", "1"]);
        command.stdout(Stdio::null());
        command
    }

    /// Where clients come in.
    pub const fn address(&self) -> SocketAddr {
        self.listener
    }

    /// Envoy's admin interface.
    pub const fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// The file that holds Envoy's log.
    pub fn log(&self) -> PathBuf {
        self.process.log().to_owned()
    }

    /// Whether Envoy still runs.
    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// How many requests the plugin has refused, by reason; reasons without any are left out.
    pub fn denials(&self) -> Result<BTreeMap<String, u64>> {
        self.decisions("deny")
    }

    /// How many requests the plugin has let pass, by ground; grounds without any are left out.
    pub fn allowances(&self) -> Result<BTreeMap<String, u64>> {
        self.decisions("allow")
    }

    fn decisions(&self, outcome: &str) -> Result<BTreeMap<String, u64>> {
        let answer = Request::new("GET", "/stats?format=json&filter=postern_decisions", "admin").send(self.admin)?;
        let json = answer.json();
        let stats = json.get("stats").and_then(Value::as_array).context("Envoy's stats are not what they were")?;
        let start = format!("wasmcustom.postern_decisions_total|outcome={outcome}|reason=");
        let decision = |stat: &Value| {
            let reason = stat.get("name")?.as_str()?.strip_prefix(&start)?;
            let count = stat.get("value")?.as_u64().filter(|count| *count > 0)?;
            Some((reason.to_owned(), count))
        };
        Ok(stats.iter().filter_map(decision).collect())
    }

    /// How often the virtual machine was made anew after a trap.
    pub fn reloads(&self) -> Result<u64> {
        let answer = Request::new("GET", "/stats?filter=vm_reload", "admin").send(self.admin)?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        Ok(text.lines().filter_map(|line| line.rsplit_once(": ")?.1.parse::<u64>().ok()).sum())
    }
}

fn listener_address(admin: SocketAddr) -> Option<SocketAddr> {
    let listeners = Request::new("GET", "/listeners?format=json", "admin").send(admin).ok()?.json();
    let port = listeners.pointer("/listener_statuses/0/local_address/socket_address/port_value")?.as_u64()?;
    Some((Ipv4Addr::LOCALHOST, u16::try_from(port).ok()?).into())
}
