//! What is counted, for Prometheus.

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

/// The upper ends in seconds of the ranges that durations are counted in.
const DURATIONS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The size of a page of memory in bytes.
const PAGE: i64 = 4096;

/// Counters and gauges, with the labels that each may have: never one that a stranger chooses.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    tokens: Family<TokenLabels, Counter>,
    user_tokens: Family<GrantLabels, Counter>,
    pub(super) refused_clients: Counter,
    pub(super) throttled_clients: Counter,
    pub(super) refused_sign_ins: Counter,
    pub(super) throttled_sign_ins: Counter,
    pub(super) waiting_edges: Gauge,
    database: Gauge,
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
            "Time from a request's head to its answer's, a held one's included",
            Unit::Seconds,
            durations.clone(),
        );
        let tokens = Family::default();
        registry.register("tokens", "Tokens that clients were given or revoked", tokens.clone());
        let user_tokens = Family::default();
        registry.register("user_tokens", "Tokens that clients were given for users", user_tokens.clone());
        let refused_clients = Counter::default();
        registry.register("refused_clients", "Clients that did not prove who they are", refused_clients.clone());
        let throttled_clients = Counter::default();
        registry.register("throttled_clients", "Requests of clients that had failed too often", throttled_clients.clone());
        let refused_sign_ins = Counter::default();
        registry.register("refused_sign_ins", "Users that are unknown or locked, and wrong passwords", refused_sign_ins.clone());
        let throttled_sign_ins = Counter::default();
        registry.register("throttled_sign_ins", "Sign-ins of names that had failed too often", throttled_sign_ins.clone());
        let waiting_edges = Gauge::default();
        registry.register("waiting_edges", "Edges that wait for a change", waiting_edges.clone());
        let database = Gauge::default();
        registry.register("database_available", "1 when the database answers, 0 when not", database.clone());
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
            database,
            memory,
        }
    }
}

/// What became of a token at the endpoints for clients.
#[derive(Debug, Clone, Copy)]
pub(super) enum TokenOutcome {
    Minted,
    AnsweredAgain,
    Revoked,
}

impl Metrics {
    pub(super) fn count_request(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        self.requests.get_or_create(&RequestLabels { method, route: route.to_owned(), status }).inc();
        self.durations.get_or_create(&RouteLabels { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    pub(super) fn count_token(&self, outcome: TokenOutcome) {
        let outcome = match outcome {
            TokenOutcome::Minted => "minted",
            TokenOutcome::AnsweredAgain => "answered_again",
            TokenOutcome::Revoked => "revoked",
        };
        self.tokens.get_or_create(&TokenLabels { outcome }).inc();
    }

    pub(super) fn count_user_token(&self, grant: GrantType) {
        self.user_tokens.get_or_create(&GrantLabels { grant: grant.as_str() }).inc();
    }

    /// Everything in the text form of `OpenMetrics` 1.0, which Prometheus reads.
    pub(super) fn text(&self, database_available: bool) -> String {
        self.database.set(database_available.into());
        self.memory.set(resident_memory().unwrap_or_default());
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// The memory in bytes that the process holds, as Linux counts it.
fn resident_memory() -> Option<i64> {
    let pages: i64 = fs::read_to_string("/proc/self/statm").ok()?.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * PAGE)
}

/// An edge that waits, for as long as it does.
#[derive(Debug)]
pub(super) struct Waiting(Gauge);

impl Waiting {
    pub(super) fn begin(metrics: &Metrics) -> Self {
        metrics.waiting_edges.inc();
        Self(metrics.waiting_edges.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.dec();
    }
}
