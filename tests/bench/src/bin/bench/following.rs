//! An Envoy that follows an issuer and runs at full speed, and the memory of its virtual machines.
//!
//! A virtual machine's memory grows in steps of 64 KiB and never shrinks.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::artifacts;
use postern_test_harness::client::Request;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::plain;
use serde_json::json;
use tempfile::TempDir;

use crate::filters::Modules;
use crate::load::Load;

/// The number of connections of a load.
const CONNECTIONS: usize = 32;

/// Longer than the second between two updates of the plugin's gauge.
const GAUGE_PERIOD: Duration = Duration::from_millis(1_200);

/// The timeout for the arrival of a bundle and its lists.
const TIMEOUT: Duration = Duration::from_mins(1);

/// An Envoy that follows an issuer.
pub(crate) struct Following {
    envoy: Envoy,
    _dir: TempDir,
}

impl Following {
    /// Starts an Envoy, and waits until it has a bundle.
    pub(crate) fn start(modules: &Modules, issuer: SocketAddr, workers: usize) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let sync = json!({"sync": {"cluster": "upstream", "authority": "issuer.example", "key": "edge_bench"}});
        let answer = json!({"match": {"prefix": "/"}, "direct_response": {"status": 200}});
        let config = plain::bootstrap_with(modules.postern_without_bundle(&sync)?, &answer, issuer.port(), dir.path());
        let envoy = Envoy::start(&artifacts::envoy()?, &config, dir.path(), workers)?;
        let following = Self { envoy, _dir: dir };
        // An empty token gets 401 once there is a bundle, and 503 before.
        following.wait_for("", 401)?;
        Ok(following)
    }

    pub(crate) fn load(&self) -> Result<Load> {
        Load::connect(self.envoy.address(), CONNECTIONS)
    }

    /// Waits until a request with `token` gets `status`.
    pub(crate) fn wait_for(&self, token: &str, status: u16) -> Result<()> {
        let end = Instant::now() + TIMEOUT;
        loop {
            let request = Request::new("GET", "/pizza/1.0.0/orders/1", "api.example").bearer(token);
            let actual = request.send(self.envoy.address())?.status;
            if actual == status {
                return Ok(());
            }
            ensure!(Instant::now() < end, "the response is still {actual}, not {status}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The memory of all virtual machines, in bytes, once it is stable.
    pub(crate) fn memory(&self) -> Result<u64> {
        let mut before = 0;
        loop {
            thread::sleep(GAUGE_PERIOD);
            let now = self.gauge()?;
            if now == before {
                return Ok(now);
            }
            before = now;
        }
    }

    fn gauge(&self) -> Result<u64> {
        let path = "/stats?filter=postern_vm_memory_bytes";
        let answer = Request::new("GET", path, "admin").send_to_socket(self.envoy.admin())?;
        let text = String::from_utf8(answer.body)?;
        text.trim().rsplit_once(": ").and_then(|(_, value)| value.parse().ok()).context("the plugin has no such gauge")
    }
}
