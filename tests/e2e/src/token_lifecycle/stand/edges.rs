//! The edges: one Envoy with a listener for each, all of which follow the issuer; and what they are asked.

use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::artifacts;
use postern_test_harness::client::{Request, Response};
use postern_test_harness::envoy::Envoy;
use postern_test_harness::plain;
use postern_test_harness::sample_api::ORDERS;
use serde_json::{Value, json};

use super::Stand;

/// How many workers Envoy has.
const WORKERS: usize = 2;

/// So many requests come to every worker, whichever each comes to: of 2 workers, none is missed in one of 500,000 tries.
const ALL_WORKERS: usize = 20;

/// Within this time every worker must know, however slow the machine is. How soon that is in fact, `revocation` measures.
const SOON: Duration = Duration::from_secs(30);

/// An edge, by the name of its listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::token_lifecycle) enum Edge {
    /// Serves both environments.
    Both,
    /// Serves production alone.
    Production,
    /// Serves the sandbox alone.
    Sandbox,
    /// Serves both and keeps the credential.
    Forwarding,
}

impl Edge {
    const ALL: [Self; 4] = [Self::Both, Self::Production, Self::Sandbox, Self::Forwarding];

    const fn name(self) -> &'static str {
        match self {
            Self::Both => "gateway",
            Self::Production => "production",
            Self::Sandbox => "sandbox",
            Self::Forwarding => "forwarding",
        }
    }

    fn configuration(self, key: &str) -> Value {
        let mut sync = json!({"cluster": "issuer", "authority": "issuer.example", "key": key});
        if let (Self::Production | Self::Sandbox, Some(sync)) = (self, sync.as_object_mut()) {
            sync.insert("environment".into(), self.name().into());
        }
        // No leeway, so that a token runs out when it says.
        json!({"sync": sync, "leeway_seconds": 0, "credential": {"forward": self == Self::Forwarding}})
    }
}

/// Starts Envoy with files in `dir`, the edges' credential, and the ports of the issuer and of the upstreams for production and sandbox.
pub(in crate::token_lifecycle) fn start(key: &str, [issuer, production, sandbox]: [u16; 3], dir: &Path) -> Result<Envoy> {
    let all = json!({"match": {"prefix": "/"}, "route": {"cluster": "upstream"}});
    let of_sandbox = json!({
        "match": {"prefix": "/", "headers": [{"name": "x-postern-key-type", "string_match": {"exact": "sandbox"}}]},
        "route": {"cluster": "sandbox"},
    });
    let mut bootstrap = Value::Null;
    let mut listeners = Vec::new();
    for edge in Edge::ALL {
        let mut filter = plain::plugin_filter(&edge.configuration(key).to_string())?;
        // What edges learn is shared below this name, and each has a bundle of its own.
        *at(&mut filter, "/typed_config/config/vm_config/vm_id")? = edge.name().into();
        bootstrap = serde_json::from_str(&plain::bootstrap_with(vec![filter], &all, production, dir))?;
        let mut listener = at(&mut bootstrap, "/static_resources/listeners/0")?.take();
        *at(&mut listener, "/name")? = edge.name().into();
        let manager = at(&mut listener, "/filter_chains/0/filters/0/typed_config")?;
        // A proxy stands before the edge, whose word on the client's address counts.
        manager.as_object_mut().context("no manager")?.insert("xff_num_trusted_hops".into(), 1.into());
        let routes = at(manager, "/route_config/virtual_hosts/0/routes")?;
        routes.as_array_mut().context("no routes")?.insert(0, of_sandbox.clone());
        listeners.push(listener);
    }
    *at(&mut bootstrap, "/static_resources/listeners")? = listeners.into();
    let clusters = at(&mut bootstrap, "/static_resources/clusters")?.as_array_mut().context("no clusters")?;
    clusters.extend([cluster("issuer", issuer), cluster("sandbox", sandbox)]);
    Envoy::start(&artifacts::envoy()?, &bootstrap.to_string(), dir, WORKERS)
}

fn at<'a>(value: &'a mut Value, pointer: &str) -> Result<&'a mut Value> {
    value.pointer_mut(pointer).with_context(|| format!("the bootstrap has no `{pointer}`"))
}

fn cluster(name: &str, port: u16) -> Value {
    let address = json!({"socket_address": {"address": "127.0.0.1", "port_value": port}});
    json!({
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}]},
    })
}

/// The request that most tokens are tried with: it asks for the scope `orders`.
pub(in crate::token_lifecycle) fn order(token: &str) -> Request {
    get(ORDERS).bearer(token)
}

/// A request without a token.
pub(in crate::token_lifecycle) fn get(path: &str) -> Request {
    Request::new("GET", path, "api.example")
}

impl Stand {
    /// Where an edge listens.
    pub(in crate::token_lifecycle) fn address(&self, edge: Edge) -> Result<SocketAddr> {
        self.envoy.listener(edge.name()).with_context(|| format!("Envoy has no listener `{}`", edge.name()))
    }

    fn seen(&self) -> usize {
        self.production.seen() + self.sandbox.seen()
    }

    /// The request passes and reaches the upstream once, which says what arrived there.
    pub(in crate::token_lifecycle) fn passes(&self, edge: Edge, request: &Request) -> Result<Value> {
        let seen = self.seen();
        let answer = request.send(self.address(edge)?)?;
        ensure!(answer.status == 200, "a good request is refused: {} {}", answer.status, answer.json());
        ensure!(self.seen() == seen + 1, "a good request has reached the upstream {} times", self.seen() - seen);
        Ok(answer.json())
    }

    /// The token passes.
    pub(in crate::token_lifecycle) fn takes(&self, token: &str) -> Result<Value> {
        self.passes(Edge::Both, &order(token))
    }

    /// The request is refused for this reason and does not reach the upstream.
    pub(in crate::token_lifecycle) fn refuses(&self, edge: Edge, request: &Request, status: u16, code: &str) -> Result<()> {
        let seen = self.seen();
        let answer = request.send(self.address(edge)?)?;
        ensure!(is(&answer, status, code), "{status} {code} was expected, and came: {} {}", answer.status, answer.json());
        ensure!(self.seen() == seen, "a refused request has reached the upstream");
        Ok(())
    }

    /// Soon every worker refuses the request for this reason, and none of these requests reaches the upstream.
    pub(in crate::token_lifecycle) fn soon_refuses(&self, request: &Request, status: u16, code: &str) -> Result<()> {
        self.soon(request, |answer| is(answer, status, code)).with_context(|| format!("{status} {code} does not come"))?;
        for _ in 0..ALL_WORKERS {
            self.refuses(Edge::Both, request, status, code)?;
        }
        Ok(())
    }

    /// Soon every worker lets the request pass.
    pub(in crate::token_lifecycle) fn soon_passes(&self, request: &Request) -> Result<Value> {
        self.soon(request, |answer| answer.status == 200).context("200 does not come")?;
        self.passes(Edge::Both, request)
    }

    fn soon(&self, request: &Request, done: impl Fn(&Response) -> bool) -> Result<()> {
        let (address, began) = (self.address(Edge::Both)?, Instant::now());
        let mut in_a_row = 0;
        while in_a_row < ALL_WORKERS {
            let sent = began.elapsed();
            let answer = request.send(address)?;
            in_a_row = if done(&answer) { in_a_row + 1 } else { 0 };
            ensure!(in_a_row > 0 || sent < SOON, "after {sent:?} it is still {} {}", answer.status, answer.json());
        }
        Ok(())
    }

    /// Waits until every worker of each edge has its bundle.
    pub(in crate::token_lifecycle) fn wait_for_bundles(&self) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(30);
        for edge in Edge::ALL {
            let (address, mut ready) = (self.address(edge)?, 0);
            while ready < ALL_WORKERS {
                ensure!(Instant::now() < end, "`{}` does not get its bundle", edge.name());
                ready = if get(ORDERS).send(address)?.status == 503 { 0 } else { ready + 1 };
            }
        }
        Ok(())
    }
}

/// Waits until `done`, for as long as anything here could take.
pub(in crate::token_lifecycle) fn wait_until(what: &str, mut done: impl FnMut() -> Result<bool>) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(30);
    while !done()? {
        ensure!(Instant::now() < end, "it does not come to this: {what}");
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn is(answer: &Response, status: u16, code: &str) -> bool {
    answer.status == status && answer.code().as_deref() == Some(code)
}
