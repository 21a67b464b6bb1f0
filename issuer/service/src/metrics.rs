//! Counters and gauges, exported to Prometheus.

use std::fs;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use postern_model::GrantType;

/// The upper bounds of the duration histogram's buckets, in seconds.
const DURATIONS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Counters and gauges, with the labels that each may have: never a value that a client chooses.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    tokens: Family<TokenLabels, Counter>,
    user_tokens: Family<GrantLabels, Counter>,
    /// Failed client authentications.
    pub refused_clients: Counter,
    /// Requests of clients that were throttled.
    pub throttled_clients: Counter,
    /// Failed sign-ins of users.
    pub refused_sign_ins: Counter,
    /// Sign-ins that were throttled.
    pub throttled_sign_ins: Counter,
    /// Edges that wait for a change.
    pub waiting_edges: Gauge,
    /// Edges that any process has heard lately.
    pub edges: Gauge,
    /// Those of them that lack the current bundle.
    pub edges_behind: Gauge,
    database: Gauge,
    writable: Gauge,
    memory: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct GrantLabels {
    grant: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("postern_issuer");
        let requests = Family::default();
        registry.register("requests", "Requests that were answered", requests.clone());
        let durations = Family::<RouteLabels, Histogram>::new_with_constructor(|| Histogram::new(DURATIONS));
        registry.register_with_unit(
            "request_duration",
            "Time from the head of a request to the head of its response, including responses that are held",
            Unit::Seconds,
            durations.clone(),
        );
        let tokens = Family::default();
        registry.register("tokens", "Tokens that clients obtained or revoked", tokens.clone());
        let user_tokens = Family::default();
        registry.register("user_tokens", "Tokens for users that clients obtained", user_tokens.clone());
        let refused_clients = Counter::default();
        registry.register("refused_clients", "Failed authentications of clients", refused_clients.clone());
        let throttled_clients = Counter::default();
        registry.register("throttled_clients", "Requests of clients that were throttled", throttled_clients.clone());
        let refused_sign_ins = Counter::default();
        registry.register(
            "refused_sign_ins",
            "Sign-ins with a wrong password, or of an unknown or locked user",
            refused_sign_ins.clone(),
        );
        let throttled_sign_ins = Counter::default();
        registry.register("throttled_sign_ins", "Sign-ins that were throttled", throttled_sign_ins.clone());
        let waiting_edges = Gauge::default();
        registry.register("waiting_edges", "Edges that wait for a change", waiting_edges.clone());
        let edges = Gauge::default();
        registry.register(
            "edges",
            "Addresses of edges that asked any issuer of the database in the last two minutes",
            edges.clone(),
        );
        let edges_behind = Gauge::default();
        registry.register("edges_behind", "Those of them that lack the current bundle", edges_behind.clone());
        let database = Gauge::default();
        registry.register("database_available", "1 when the database answers, 0 when not", database.clone());
        let writable = Gauge::default();
        registry.register("database_writable", "1 when the database can be written to, 0 when not", writable.clone());
        let memory = Gauge::default();
        registry.register_with_unit("resident_memory", "Memory that the process holds", Unit::Bytes, memory.clone());
        Self {
            registry,
            requests,
            durations,
            tokens,
            user_tokens,
            refused_clients,
            throttled_clients,
            refused_sign_ins,
            throttled_sign_ins,
            waiting_edges,
            edges,
            edges_behind,
            database,
            writable,
            memory,
        }
    }
}

/// The results of requests about tokens at the OAuth endpoints.
#[derive(Debug, Clone, Copy)]
pub enum TokenOutcome {
    /// A new token was minted.
    Minted,
    /// The client's current token was returned again.
    AnsweredAgain,
    /// The token was revoked.
    Revoked,
}

impl Metrics {
    /// Counts one answered request.
    pub fn count_request(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        self.requests.get_or_create(&RequestLabels { method, route: route.to_owned(), status }).inc();
        self.durations.get_or_create(&RouteLabels { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// Counts a token of a client.
    pub fn count_token(&self, outcome: TokenOutcome) {
        let outcome = match outcome {
            TokenOutcome::Minted => "minted",
            TokenOutcome::AnsweredAgain => "answered_again",
            TokenOutcome::Revoked => "revoked",
        };
        self.tokens.get_or_create(&TokenLabels { outcome }).inc();
    }

    /// Counts a token that was minted for a user.
    pub fn count_user_token(&self, grant: GrantType) {
        self.user_tokens.get_or_create(&GrantLabels { grant: grant.as_str() }).inc();
    }

    /// Everything in the text form of `OpenMetrics` 1.0, which Prometheus reads.
    pub fn text(&self, database_available: bool, database_writable: bool) -> String {
        self.database.set(database_available.into());
        self.writable.set(database_writable.into());
        self.memory.set(resident_memory().unwrap_or_default());
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// The resident memory of this process in bytes, from `VmRSS` in `/proc/self/status`, which Linux writes in KiB.
fn resident_memory() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: i64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Counts an edge as waiting until it is dropped.
#[derive(Debug)]
pub struct WaitingEdge(Gauge);

impl WaitingEdge {
    /// Counts one more waiting edge.
    pub fn begin(metrics: &Metrics) -> Self {
        metrics.waiting_edges.inc();
        Self(metrics.waiting_edges.clone())
    }
}

impl Drop for WaitingEdge {
    fn drop(&mut self) {
        self.0.dec();
    }
}
