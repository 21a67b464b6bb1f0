//! An Envoy with the plugin, with the bundle of the decision vectors, and with one upstream.
//!
//! This Envoy does not normalise paths and passes trailers on, so that the plugin gets what the client sent.

use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::artifacts;
use crate::envoy::{Envoy, admin_socket};
use crate::upstream::Upstream;

/// A gateway with the vectors' bundle, and its upstream.
#[derive(Debug)]
pub struct Plain {
    /// The gateway.
    pub envoy: Envoy,
    /// The upstream of the gateway.
    pub upstream: Upstream,
}

impl Plain {
    /// Starts both, with files in `dir` and with `settings` beside the bundle; `settings.bundle` changes fields of the bundle.
    pub fn start(dir: &Path, settings: Option<&Value>, workers: usize) -> Result<Self> {
        let upstream = Upstream::start("production")?;
        let config = bootstrap(&configuration(settings)?, upstream.address().port(), dir)?;
        let envoy = Envoy::start(&artifacts::envoy()?, &config, dir, workers)?;
        Ok(Self { envoy, upstream })
    }
}

/// The plugin's configuration with the vectors' bundle; `settings.bundle` changes fields of the bundle.
pub fn configuration(settings: Option<&Value>) -> Result<String> {
    let mut configuration = settings.and_then(Value::as_object).cloned().unwrap_or_default();
    let mut bundle: Map<String, Value> = serde_json::from_str(postern_vectors::bundle())?;
    if let Some(Value::Object(changes)) = configuration.remove("bundle") {
        bundle.extend(changes);
    }
    configuration.insert("bundle".into(), bundle.into());
    Ok(Value::Object(configuration).to_string())
}

/// A bootstrap with `configuration` for the plugin and an upstream on `port`, for an Envoy with its files in `dir`.
pub fn bootstrap(configuration: &str, port: u16, dir: &Path) -> Result<String> {
    let route = json!({"match": {"prefix": "/"}, "route": {"cluster": "upstream"}});
    Ok(bootstrap_with(vec![plugin_filter(configuration)?], &route, port, dir))
}

/// The plugin as a filter.
pub fn plugin_filter(configuration: &str) -> Result<Value> {
    Ok(json!({
        "name": "postern",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": "postern",
                "root_id": "postern",
                "failure_policy": "FAIL_RELOAD",
                "reload_config": {"backoff": {"base_interval": "0.1s"}},
                "vm_config": {
                    "vm_id": "postern",
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": {"local": {"filename": artifacts::plugin()?}},
                },
                "configuration": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": configuration},
            },
        },
    }))
}

/// A bootstrap with `filters` before the router, one `route`, and an upstream on `port`, for an Envoy with its files in `dir`.
pub fn bootstrap_with(mut filters: Vec<Value>, route: &Value, port: u16, dir: &Path) -> String {
    let address = |port: u16| json!({"socket_address": {"address": "127.0.0.1", "port_value": port}});
    let router = json!({"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"});
    filters.push(json!({"name": "envoy.filters.http.router", "typed_config": router}));
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "gateway",
        "use_remote_address": true,
        "http_protocol_options": {"enable_trailers": true},
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http_filters": filters,
        "route_config": {"name": "apis", "virtual_hosts": [{"name": "apis", "domains": ["*"], "routes": [route]}]},
    });
    let bootstrap = json!({
        "admin": {"address": {"pipe": {"path": admin_socket(dir), "mode": 0o600}}},
        "static_resources": {
            "listeners": [{
                "name": "gateway",
                "address": address(0),
                "filter_chains": [{
                    "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}],
                }],
            }],
            "clusters": [{
                "name": "upstream",
                "type": "STATIC",
                "connect_timeout": "2s",
                "typed_extension_protocol_options": {
                    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                        "explicit_http_config": {"http_protocol_options": {"enable_trailers": true}},
                    },
                },
                "load_assignment": {
                    "cluster_name": "upstream",
                    "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(port)}}]}],
                },
            }],
        },
    });
    bootstrap.to_string()
}
