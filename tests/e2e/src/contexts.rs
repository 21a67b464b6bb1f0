//! Several configurations of the plugin in one virtual machine: side by side, and one after the other while streams are open.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::client::Request;
use postern_test_harness::clock::now;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::sample_api::ORDERS;
use postern_test_harness::streaming::{OpenStream, StreamingUpstream};
use postern_test_harness::{artifacts, plain};
use postern_vectors::{Forge, TokenSpec};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(20);

/// The audiences of the configurations; each accepts only tokens for its own.
const AUDIENCES: [&str; 2] = ["https://one.example", "https://two.example"];

fn token(audience: &str) -> String {
    let claims = json!({"aud": audience}).as_object().cloned().unwrap_or_default();
    Forge::new(now()).token(&TokenSpec { claims, ..TokenSpec::default() })
}

/// A bootstrap for the audience.
fn bootstrap(audience: &str, port: u16, dir: &Path) -> Result<Value> {
    let configuration = plain::configuration(Some(&json!({"bundle": {"audience": audience}})))?;
    Ok(serde_json::from_str(&plain::bootstrap(&configuration, port, dir)?)?)
}

/// The listener of a bootstrap.
fn listener(bootstrap: &Value) -> Result<Value> {
    bootstrap.pointer("/static_resources/listeners/0").cloned().context("the bootstrap has no listener")
}

#[test]
fn two_configurations_in_one_virtual_machine_keep_apart() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let upstream = StreamingUpstream::start()?;
    let port = upstream.address().port();
    let mut config = bootstrap(AUDIENCES[0], port, dir.path())?;
    let mut second = listener(&bootstrap(AUDIENCES[1], port, dir.path())?)?;
    second["name"] = json!("second");
    config["static_resources"]["listeners"].as_array_mut().context("no listeners")?.push(second);
    let envoy = Envoy::start(&artifacts::envoy()?, &config.to_string(), dir.path(), 1)?;
    let gateways = [envoy.address(), envoy.listener("second").context("no second listener")?];
    let mut streams = Vec::new();
    for round in 0..10 {
        for (at, gateway) in gateways.iter().enumerate() {
            let (own, other) = (token(AUDIENCES[at]), token(AUDIENCES[1 - at]));
            streams.push(OpenStream::websocket(*gateway, ORDERS, &own)?);
            let refused = Request::new("GET", ORDERS, "api.example").bearer(&other).send(*gateway)?;
            ensure!(refused.code().as_deref() == Some("wrong_audience"), "{round}: {refused:?}");
        }
        // Half of the streams end while others of the same configurations go on.
        streams.truncate(streams.len() / 2 + 1);
        streams.iter_mut().try_for_each(OpenStream::assert_alive)?;
    }
    ensure!(envoy.reloads()? == 0, "the virtual machine was restarted");
    Ok(())
}

/// Writes the listener for Envoy, which looks for files that are moved to a name.
fn publish(listener: &Value, dir: &Path) -> Result<()> {
    let mut listener = listener.clone();
    listener["@type"] = json!("type.googleapis.com/envoy.config.listener.v3.Listener");
    let file = dir.join("listeners.new");
    std::fs::write(&file, json!({"resources": [listener]}).to_string())?;
    Ok(std::fs::rename(file, dir.join("listeners.json"))?)
}

#[test]
fn a_configuration_is_replaced_while_streams_are_open() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let upstream = StreamingUpstream::start()?;
    let port = upstream.address().port();
    let mut config = bootstrap(AUDIENCES[0], port, dir.path())?;
    let first = listener(&config)?;
    let second = listener(&bootstrap(AUDIENCES[1], port, dir.path())?)?;
    config["static_resources"]["listeners"] = json!([]);
    config["node"] = json!({"id": "gateway", "cluster": "gateway"});
    config["dynamic_resources"] = json!({"lds_config": {
        "resource_api_version": "V3",
        "path_config_source": {"path": dir.path().join("listeners.json")},
    }});
    publish(&first, dir.path())?;
    let envoy = Envoy::start(&artifacts::envoy()?, &config.to_string(), dir.path(), 2)?;
    let mut streams = Vec::new();
    for round in 0..6 {
        let (own, other) = (token(AUDIENCES[round % 2]), token(AUDIENCES[1 - round % 2]));
        let passes = |token: &str| OpenStream::websocket(envoy.address(), ORDERS, token);
        let end = Instant::now() + PATIENCE;
        while passes(&own).is_err() {
            ensure!(Instant::now() < end, "round {round}: the new configuration is not in use");
            thread::sleep(Duration::from_millis(20));
        }
        ensure!(passes(&other).is_err(), "round {round}: a token for the configuration before passes");
        // Those of the configuration before are still open, until Envoy closes their connections.
        streams = (0..8).map(|_| passes(&own)).collect::<Result<Vec<_>>>()?;
        streams.iter_mut().try_for_each(OpenStream::assert_alive)?;
        publish(if round % 2 == 0 { &second } else { &first }, dir.path())?;
    }
    for stream in &mut streams {
        stream.wait_for_end(PATIENCE)?;
    }
    ensure!(envoy.reloads()? == 0, "the virtual machine was restarted");
    Ok(())
}
