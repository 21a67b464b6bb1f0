//! An API behind the gate in one host, that follows an issuer.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::ops::Deref;
use std::process::{Command, Stdio};

use postern_test_harness::client::Request;
use postern_test_harness::followed_issuer::{FollowedIssuer, MAX_STALENESS};
use postern_test_harness::process::Process;
use postern_test_harness::upstream::Upstream;
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::live_issuer::{self, FollowingHost};

/// The hosts that follow an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Workerd,
    Node,
    Deno,
    Bun,
}

/// The API and its upstream.
pub(crate) struct Server {
    address: SocketAddr,
    process: Process,
    pub(crate) upstream: Upstream,
    _folder: Folder,
}

/// The same, and the issuer that the gate follows.
pub(crate) struct Guarded {
    server: Server,
    pub(crate) issuer: FollowedIssuer,
}

impl FollowingHost for Guarded {
    fn issuer(&self) -> &FollowedIssuer {
        &self.issuer
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.process.log()).unwrap_or_default()
    }
}

impl Deref for Guarded {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl Guarded {
    pub(crate) fn start(host: Host) -> Self {
        Self::start_with(host, &json!({}))
    }

    /// The same, with these changes of `sync` in its options.
    pub(crate) fn start_with(host: Host, changes: &Value) -> Self {
        let folder = Folder::new();
        let issuer = live_issuer::issuer(&folder.path().join("issuer"));
        let mut sync = json!({
            "issuer": "https://issuer.example",
            "url": format!("http://{}", issuer.faults.address()),
            "key": issuer.edge_key,
            "signer": issuer.bundle_keys,
            "maxStalenessSeconds": MAX_STALENESS.as_secs(),
        });
        if host != Host::Workerd {
            // Less than the time after which the bundle is stale.
            sync["waitSeconds"] = 2.into();
        }
        sync.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        Self { server: Server::start(host, &json!({ "sync": sync }), folder), issuer }
    }
}

impl Server {
    /// Starts the API with these options of the gate.
    pub(crate) fn start(host: Host, options: &Value, folder: Folder) -> Self {
        let upstream = Upstream::start("production").unwrap();
        let (program, arguments) = match host {
            Host::Workerd => ("node", &["guarded-workerd.mjs"][..]),
            Host::Node => ("node", &["guarded-node.mjs"][..]),
            Host::Deno => ("deno", &["run", "--allow-net", "--allow-env", "guarded-deno.mjs"][..]),
            Host::Bun => ("bun", &["guarded-bun.mjs"][..]),
        };
        let mut command = folder.command(program);
        command.args(arguments).env("OPTIONS", options.to_string());
        command.env("UPSTREAM", format!("http://{}", upstream.address()));
        command.stdout(Stdio::piped());
        let mut process = Process::start(command, folder.path().join("host.log")).unwrap();
        let mut line = String::new();
        BufReader::new(process.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let log = || std::fs::read_to_string(folder.path().join("host.log")).unwrap_or_default();
        let address = line.trim().parse().unwrap_or_else(|_| panic!("{host:?} prints `{line}`: {}", log()));
        Self { address, process, upstream, _folder: folder }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The value of a metric, by its name and labels.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let response = Request::new("GET", "/metrics", "api.example").send(self.address).unwrap();
        let text = String::from_utf8(response.body).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        line.unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A process that is killed would leave workerd, its child, behind.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}
