//! The metrics of a gateway with the names that Prometheus uses, and a parser for queries.

use std::collections::{BTreeMap, BTreeSet};

/// A metric and its labels. Prometheus itself adds `instance` and `job` to each.
#[derive(Debug)]
pub struct Metric {
    /// The name.
    pub name: &'static str,
    /// The labels.
    pub labels: &'static [&'static str],
}

/// The plugin's own metrics.
pub const OF_THE_PLUGIN: [Metric; 7] = [
    Metric { name: "postern_decisions_total", labels: &["outcome", "reason", "api"] },
    Metric { name: "postern_streams_reset_total", labels: &["reason"] },
    Metric { name: "postern_cache_total", labels: &["result"] },
    Metric { name: "postern_bundle_age_seconds", labels: &[] },
    Metric { name: "postern_bundle_version", labels: &[] },
    Metric { name: "postern_sync_total", labels: &["result"] },
    Metric { name: "postern_vm_memory_bytes", labels: &[] },
];

/// Envoy's metrics that the dashboard shows. Those of reloads contain the plugin's name in the bootstraps.
pub const OF_ENVOY: [Metric; 6] = [
    Metric { name: "envoy_cluster_circuit_breakers_default_rq_open", labels: &["envoy_cluster_name"] },
    Metric { name: "envoy_cluster_circuit_breakers_high_rq_open", labels: &["envoy_cluster_name"] },
    Metric { name: "envoy_http_local_rate_limit_rate_limited", labels: &["envoy_local_http_ratelimit_prefix"] },
    Metric { name: "envoy_wasm_postern_vm_reload_success", labels: &[] },
    Metric { name: "envoy_wasm_postern_vm_reload_failure", labels: &[] },
    Metric { name: "envoy_wasm_postern_vm_reload_backoff", labels: &[] },
];

/// The metrics in a text of Prometheus' exposition format, each with all of its labels.
pub fn exposed(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut metrics: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, rest) = line.split_at(line.find(['{', ' ']).unwrap_or(line.len()));
        let labels = rest.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}')).map_or("", |(labels, _)| labels);
        let names = labels.split("\",").filter_map(|label| Some(label.split_once("=\"")?.0.to_owned()));
        metrics.entry(name.to_owned()).or_default().extend(names);
    }
    metrics.remove("");
    metrics
}

/// The metrics and labels of a Prometheus query.
#[derive(Debug, PartialEq, Eq)]
pub struct Query {
    /// The metrics, each with the labels between its braces.
    pub metrics: Vec<(String, BTreeSet<String>)>,
    /// The labels of every `by`.
    pub grouping: BTreeSet<String>,
}

/// Parses a query, as far as it has metrics of the plugin and of Envoy. No value of a label may contain a comma or a brace.
pub fn query(text: &str) -> Query {
    let mut found = Query { metrics: Vec::new(), grouping: BTreeSet::new() };
    let mut rest = text;
    while let Some(start) = rest.find(|at: char| at.is_ascii_alphabetic()) {
        let (_, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|at: char| !at.is_ascii_alphanumeric() && at != '_').unwrap_or(from.len()));
        if word.starts_with("postern_") || word.starts_with("envoy_") {
            let labels = after.strip_prefix('{').and_then(|labels| labels.split_once('}'));
            let names = labels.map_or("", |(labels, _)| labels).split(',').filter_map(|label| label.split(['=', '!']).next());
            found.metrics.push((word.to_owned(), names.filter(|name| !name.is_empty()).map(str::to_owned).collect()));
            rest = labels.map_or(after, |(_, rest)| rest);
        } else if let Some((labels, behind)) = after.strip_prefix(" (").and_then(|labels| labels.split_once(')'))
            && word == "by"
        {
            found.grouping.extend(labels.split(',').map(|label| label.trim().to_owned()));
            rest = behind;
        } else {
            rest = after;
        }
    }
    found
}
