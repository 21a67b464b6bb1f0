//! The plugin with only what Google's Service Extensions allow: no timers, no metrics, no shared data, no calls to other servers. Envoy
//! refuses every other call of the plugin, as that host does.

use std::path::Path;

use postern_test_harness::artifacts;
use postern_test_harness::client::Request;
use postern_test_harness::clock::now;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::plain::{self, bootstrap_with, plugin_filter};
use postern_test_harness::sample_api::ORDERS;
use postern_test_harness::upstream::Upstream;
use postern_test_harness::wire::{Answer, Wire};
use postern_vectors::{Forge, TokenSpec};
use serde_json::{Value, json};

/// What the plugin may call there, and what that host calls.
const ALLOWED: [&str; 27] = [
    "_initialize",
    "proxy_on_vm_start",
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_request_headers",
    "proxy_on_done",
    "proxy_on_log",
    "proxy_on_delete",
    "proxy_on_memory_allocate",
    "proxy_log",
    "proxy_get_current_time_nanoseconds",
    "proxy_get_buffer_bytes",
    "proxy_get_property",
    "proxy_get_header_map_pairs",
    "proxy_set_header_map_pairs",
    "proxy_get_header_map_value",
    "proxy_add_header_map_value",
    "proxy_replace_header_map_value",
    "proxy_remove_header_map_value",
    "proxy_send_local_response",
    "proxy_continue_stream",
    "proxy_set_buffer_bytes",
    "fd_write",
    "environ_get",
    "environ_sizes_get",
    "clock_time_get",
    "proc_exit",
];

/// Only the test needs these, to learn how much memory a virtual machine has.
const METRICS: [&str; 3] = ["proxy_define_metric", "proxy_increment_metric", "proxy_record_metric"];

/// The memory of a plugin's virtual machine there, in bytes.
const LIMIT: u64 = 16 << 20;

/// The settings that the guide recommends: with the defaults, cache and open requests alone could take more than the limit.
fn settings() -> Value {
    json!({"token_cache": {"entries": 500, "bytes": 1 << 20}, "open_requests_bytes": 1 << 20})
}

fn start(dir: &Path, configuration: &str, upstream: &Upstream, allowed: &[&str]) -> Envoy {
    let mut filter = plugin_filter(configuration).unwrap();
    let capabilities: serde_json::Map<String, Value> = allowed.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    filter["typed_config"]["config"]["capability_restriction_config"] = json!({"allowed_capabilities": capabilities});
    let route = json!({"match": {"prefix": "/"}, "route": {"cluster": "upstream"}});
    let bootstrap = bootstrap_with(vec![filter], &route, upstream.address().port(), dir);
    Envoy::start(&artifacts::envoy().unwrap(), &bootstrap, dir, 1).unwrap()
}

#[test]
fn the_plugin_decides_with_what_service_extensions_allow() {
    let dir = tempfile::tempdir().unwrap();
    let upstream = Upstream::start("production").unwrap();
    let mut envoy = start(dir.path(), &plain::configuration(Some(&settings())).unwrap(), &upstream, &ALLOWED);
    let wire = Wire { address: envoy.address(), upstream: &upstream, authority_field: "host" };
    let vectors = postern_vectors::decisions().into_iter().filter(|vector| {
        vector.settings.is_none() && vector.source.is_none() && vector.native_only.is_none() && vector.expect_in_envoy.is_none()
    });
    let (mut total, mut by_gate, mut wrong) = (0, 0, Vec::new());
    for vector in vectors {
        total += 1;
        match wire.run(&vector, &vector.expect) {
            Ok(Answer::Gate) => by_gate += 1,
            Ok(Answer::Host) => {}
            Ok(Answer::None) => wrong.push(format!("{}: no answer", vector.description)),
            Err(actual) => wrong.push(format!("{}: {actual}", vector.description)),
        }
    }
    println!("{total} vectors, {by_gate} decided by the plugin");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(by_gate > 500, "{by_gate}");
    assert!(envoy.is_running());
    assert_eq!(envoy.reloads().unwrap(), 0);
}

/// The largest memory of one of the virtual machines, after some requests; nearly the sum of both, as only one gets requests.
fn memory(apis: usize) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let upstream = Upstream::start("production").unwrap();
    let bundle: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    let mut all = bundle["apis"].as_array().unwrap()[..1].to_vec();
    all.extend((1..apis).map(|number| {
        json!({
            "name": format!("api-{number:05}"), "version": "1.0.0", "context": format!("/api-{number:05}/1.0.0"),
            "resources": [{"path": "/items/*", "methods": ["GET"], "scopes": ["items"]}, {"path": "/*"}],
        })
    }));
    let mut settings = settings();
    settings["bundle"] = json!({"apis": all});
    let configuration = plain::configuration(Some(&settings)).unwrap();
    let envoy = start(dir.path(), &configuration, &upstream, &[&ALLOWED[..], &METRICS].concat());
    // More tokens than the cache holds.
    for number in 0..600 {
        let mut spec = TokenSpec::default();
        spec.claims.insert("jti".into(), json!(format!("token-{number}")));
        let token = Forge::new(now()).token(&spec);
        let response = Request::new("GET", ORDERS, "api.example").bearer(&token).send(envoy.address()).unwrap();
        assert_eq!(response.status, 200);
    }
    // The gauge is the sum over both; the one without requests has at least the memory that it began with.
    let sum = envoy.sum("postern_vm_memory_bytes").unwrap();
    println!("{apis} APIs, a configuration of {} KiB: both virtual machines have {} KiB", configuration.len() / 1024, sum / 1024);
    sum
}

#[test]
fn the_memory_fits_for_100_apis() {
    let [one, hundred, thousand] = [1, 100, 1_000].map(memory);
    assert!(one <= hundred && hundred <= thousand);
    // Both together have less than one may have.
    assert!(hundred < LIMIT && thousand < LIMIT, "{hundred} and {thousand} bytes");
}

#[test]
fn a_plugin_that_would_follow_an_issuer_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let upstream = Upstream::start("production").unwrap();
    let sync = json!({"sync": {"cluster": "issuer", "authority": "issuer.example", "key": "edge_abc"}}).to_string();
    let mut filter = plugin_filter(&sync).unwrap();
    let capabilities: serde_json::Map<String, Value> = ALLOWED.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    filter["typed_config"]["config"]["capability_restriction_config"] = json!({"allowed_capabilities": capabilities});
    let route = json!({"match": {"prefix": "/"}, "route": {"cluster": "upstream"}});
    let bootstrap = bootstrap_with(vec![filter], &route, upstream.address().port(), dir.path());
    let file = dir.path().join("envoy.json");
    std::fs::write(&file, bootstrap).unwrap();
    let output = Envoy::command(&artifacts::envoy().unwrap(), &file, 1).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && log.contains("postern: "), "{log}");
}
