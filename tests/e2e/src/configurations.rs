//! The real Envoy accepts the configurations in envoy/, and they protect the upstream.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use postern_test_harness::artifacts;
use postern_test_harness::certificates::Authority;
use postern_test_harness::client::Request;
use postern_test_harness::clock::now;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::issuer::Cli;
use postern_test_harness::upstream::Upstream;
use postern_test_harness::{plain, private_file, template};
use postern_vectors::{Forge, TokenSpec};
use serde_json::{Value, json};

const ORDERS: &str = "/pizza/1.0.0/orders/1";

/// The lines of a template from the one that begins with `from` up to the one that begins with `to`.
fn part<'a>(template: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = template.split_once(from)?;
    Some(rest.split_once(to)?.0)
}

/// The numbers that are values in a part of a template.
fn numbers(part: &str) -> Vec<u64> {
    part.split([' ', ',']).filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn envoy_accepts_every_bootstrap() {
    let dir = tempfile::tempdir().unwrap();
    let configuration = plain::configuration(None).unwrap();
    let bootstraps = template::bootstraps().unwrap();
    assert_eq!(bootstraps.len(), 6, "{bootstraps:?}");
    for path in bootstraps {
        let filled = template::fill(&fs::read_to_string(&path).unwrap(), &configuration, 1, dir.path()).unwrap();
        for version in ["1.40.0", "1.36.2"] {
            assert_eq!(template::refusal(version, &filled, dir.path()).unwrap(), None, "{} on {version}", path.display());
        }
    }
    // The check detects a misspelt word.
    let wrong = template::read("rate-limits/local.yaml").unwrap().replace("FAIL_RELOAD", "FAIL_RELAOD");
    let wrong = template::fill(&wrong, &configuration, 1, dir.path()).unwrap();
    assert!(template::refusal("1.40.0", &wrong, dir.path()).unwrap().is_some_and(|text| text.contains("FAIL_RELAOD")));
}

/// What `postern admin envoy` accepts, Envoy accepts too.
#[test]
fn envoy_accepts_what_the_command_writes() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let cli = Cli::new(&dir.path().join("issuer")).unwrap();
    cli.run(&["init", "--issuer", "https://issuer.example", "--audience", "https://api.example"]).unwrap();
    let authority = Authority::new(dir.path()).unwrap();
    let server = authority.sign("server", &["localhost"]).unwrap();
    let settings = json!({"sync": {"cluster": "issuer", "authority": "issuer.example", "key": "edge_abc"}});
    private_file::write(Path::new(&path("settings.json")), &settings.to_string()).unwrap();
    for (name, address, host) in [
        ("gateway.yaml", "::", "::1"),
        ("gateway.yaml", "0.0.0.0", "no"),
        ("gateway-tls.yaml", "::1", "orders_api.internal."),
        ("gateway-tls.yaml", "127.0.0.1", "10.0.0.1"),
        ("sidecar.yaml", "::", "true"),
    ] {
        let template = artifacts::project_file("envoy").join(name).to_str().unwrap().to_owned();
        let text = template::read(name).unwrap();
        let mut arguments: Vec<String> = ["admin", "envoy", "--template", &template].map(str::to_owned).into();
        arguments.extend(["--settings".into(), path("settings.json"), "--out".into(), path("envoy.yaml")]);
        let mut names = template::placeholders(&text);
        names.sort_unstable();
        names.dedup();
        for (index, name) in names.into_iter().filter(|name| *name != "PLUGIN_CONFIGURATION").enumerate() {
            let value = match name {
                "WASM" => artifacts::plugin().unwrap().display().to_string(),
                "ADMIN_SOCKET" => path("admin.sock"),
                "LISTEN_ADDRESS" => address.into(),
                "ISSUER_NAME" => "true".into(),
                "ISSUER_CA" => authority.file().display().to_string(),
                "TLS_CERTIFICATE" => server.chain.display().to_string(),
                "TLS_KEY" => server.key.display().to_string(),
                name if name.ends_with("_PORT") => (index + 10000).to_string(),
                _ => host.into(),
            };
            arguments.extend(["--set".into(), format!("{name}={value}")]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = cli.command(&arguments).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let written = fs::read_to_string(path("envoy.yaml")).unwrap();
        for version in ["1.40.0", "1.36.2"] {
            assert_eq!(template::refusal(version, &written, dir.path()).unwrap(), None, "{name} on {version}");
        }
    }
}

/// Why `postern admin envoy` refuses these values before it writes; its own test has the same list.
#[test]
fn envoy_prints_the_keys_of_a_configuration_with_a_wrong_value() {
    let dir = tempfile::tempdir().unwrap();
    let gateway = template::read("gateway.yaml").unwrap();
    let configuration = plain::configuration(None).unwrap();
    let key = "cG9zdGVybiB0ZXN0IHZlY3RvciBzZWNyZXQgZm9yICAgICAgIGsx";
    for (name, value) in template::VALUES_THAT_PRINT_SECRETS {
        let wrong = gateway.replace(&format!("${{{name}}}"), value);
        let wrong = template::fill(&wrong, &configuration, 1, dir.path()).unwrap();
        let printed = template::refusal("1.40.0", &wrong, dir.path()).unwrap();
        assert!(printed.is_some_and(|text| text.contains(key)), "{name}={value}");
    }
}

#[test]
fn the_bootstraps_are_consistent_and_explain_their_placeholders() {
    let gateway = template::read("gateway.yaml").unwrap();
    let plugin = |text: &str| part(text, "- name: postern\n", "          value: ${PLUGIN_CONFIGURATION}").map(str::to_owned);
    let limits = |text: &str| part(text, "- name: tiers\n", "- name: envoy.filters.http.router").map(str::to_owned);
    let log = |text: &str| part(text, "access_log:\n", "# Makes Envoy's").map(str::to_owned);
    let process = |text: &str| part(text, "overload_manager:\n", "static_resources:").map(str::to_owned);
    let requests = |text: &str| part(text, "# Limits of a request.", "request_headers_timeout:").map(str::to_owned);
    // As many open requests as there may be connections, and more of public resources than one address can keep open for the duration.
    let open = |text: &str| part(text, "circuit_breakers:\n", "      load_assignment:").map(numbers);
    let (gateway_open, duration) = (open(&gateway).unwrap(), 60);
    assert_eq!(gateway_open, [2000, 2000, 2500, 8000, 8000, 10000]);
    assert!(gateway.contains("max_active_downstream_connections: 10000\n") && gateway.contains("max_stream_duration: 60s"));
    assert!(
        gateway.contains("max_tokens: 600, tokens_per_fill: 600, fill_interval: 60s") && gateway_open[0] > 600 + duration * 10
    );
    for part in [plugin(&gateway), limits(&gateway), log(&gateway), process(&gateway), requests(&gateway)] {
        assert!(part.is_some());
    }
    for path in template::bootstraps().unwrap() {
        let text = fs::read_to_string(&path).unwrap();
        let shown = path.display();
        // The issuer answers by itself who may do what.
        let issuer = path.ends_with("envoy/issuer.yaml");
        if issuer {
            assert_eq!(plugin(&text), None, "{shown}");
            assert!(process(&text).is_some() && requests(&text).is_some(), "{shown}");
        } else {
            let own = (plugin(&text), process(&text), requests(&text));
            assert_eq!(own, (plugin(&gateway), process(&gateway), requests(&gateway)), "{shown}");
        }
        let clusters = text.matches("circuit_breakers:\n").count();
        assert!(issuer || (clusters > 0 && open(&text).as_ref() == Some(&gateway_open)), "{shown}");
        assert!(limits(&text).is_none_or(|own| Some(own) == limits(&gateway)), "{shown}");
        assert!(issuer || log(&text).is_none_or(|own| Some(own) == log(&gateway)), "{shown}");
        let (head, _) = text.split_once("\n\n").unwrap();
        for name in template::placeholders(&text) {
            assert!(head.contains(name), "{shown} does not say what {name} is");
        }
        // No request may pass when the plugin cannot run.
        let mut settings = text.lines().filter(|line| !line.trim_start().starts_with('#')).map(str::to_lowercase);
        assert!(!settings.any(|line| line.contains("fail_open")), "{shown}");
    }
}

/// A template without the comment at its top and without its blocks `transport_socket`.
fn without_tls(template: &str) -> String {
    let (_, body) = template.split_once("\n\n").unwrap();
    let mut kept = String::new();
    let mut block = None;
    for line in body.lines() {
        let indent = line.len() - line.trim_start().len();
        if block.is_some_and(|start| indent > start) {
            continue;
        }
        block = line.trim_start().starts_with("transport_socket:").then_some(indent);
        let handshake = ["# A client must finish its handshake", "transport_socket_connect_timeout:"];
        if block.is_none() && !handshake.iter().any(|start| line.trim_start().starts_with(start)) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[test]
fn the_gateway_with_tls_differs_from_the_gateway_in_tls_alone() {
    let (plain, tls) = (template::read("gateway.yaml").unwrap(), template::read("gateway-tls.yaml").unwrap());
    assert_eq!(without_tls(&tls), without_tls(&plain));
    assert!(!plain.contains("transport_socket"));
    let sockets: Vec<&str> = tls.split("transport_socket:\n").skip(1).collect();
    assert_eq!(sockets.len(), 2);
    assert!(sockets[0].contains("DownstreamTlsContext") && sockets[0].contains("alpn_protocols: [h2, http/1.1]"));
    assert!(sockets[1].contains("UpstreamTlsContext") && sockets[1].contains("match_typed_subject_alt_names"));
    assert!(sockets.iter().all(|socket| socket.contains("tls_minimum_protocol_version: TLSv1_2")));
}

#[test]
fn the_sidecar_protects_its_service() {
    let dir = tempfile::tempdir().unwrap();
    let service = Upstream::start("production").unwrap();
    let text = template::read("sidecar.yaml").unwrap().replace("name: inbound", "name: gateway");
    let configuration = plain::configuration(None).unwrap();
    let config = template::fill(&text, &configuration, service.address().port(), dir.path()).unwrap();
    let envoy = Envoy::start(&artifacts::envoy().unwrap(), &config, dir.path(), 2).unwrap();
    let orders = Request::new("GET", ORDERS, "api.example");
    assert_eq!(orders.send(envoy.address()).unwrap().code().as_deref(), Some("missing_token"));
    assert_eq!(service.seen(), 0);
    let token = Forge::new(now()).token(&TokenSpec::default());
    let answer = orders.bearer(&token).header("x-postern-user", "forged").send(envoy.address()).unwrap();
    let headers = &answer.json()["headers"];
    assert_eq!((answer.status, &headers["x-postern-application"], headers.get("x-postern-user")), (200, &"app-1".into(), None));
    let metrics = Request::new("GET", "/metrics", "metrics").send(envoy.listener("metrics").unwrap()).unwrap();
    let text = String::from_utf8(metrics.body).unwrap();
    assert!(
        text.lines().any(|line| line.starts_with("postern_decisions_total{outcome=\"deny\",reason=\"missing_token\"")),
        "{text}"
    );
}

/// The lines that the gateway logs for `requests`.
fn logged(requests: &[Request]) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    let upstream = Upstream::start("production").unwrap();
    let file = dir.path().join("access.log");
    let to_file = format!("access_loggers.file.v3.FileAccessLog\n                      path: {}", file.display());
    let text = template::read("gateway.yaml").unwrap().replace("access_loggers.stream.v3.StdoutAccessLog", &to_file);
    let configuration = plain::configuration(Some(&json!({"filter_state": true}))).unwrap();
    let config = template::fill(&text, &configuration, upstream.address().port(), dir.path()).unwrap();
    let mut envoy = Envoy::start(&artifacts::envoy().unwrap(), &config, dir.path(), 1).unwrap();
    for request in requests {
        request.send(envoy.address()).unwrap();
    }
    // Envoy flushes its log when it stops.
    assert!(Command::new("kill").arg(envoy.id().to_string()).status().unwrap().success());
    while envoy.is_running() {
        thread::sleep(Duration::from_millis(10));
    }
    fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_access_log_names_the_caller_and_contains_no_secret() {
    let token = Forge::new(now()).token(&TokenSpec::default());
    let orders = Request::new("GET", "/pizza/1.0.0/orders/1?session=hidden", "api.example");
    let lines = logged(&[orders.clone().bearer(&token), orders, Request::new("GET", "/pizza/1.0.0/menu", "api.example")]);
    assert_eq!(lines.iter().map(|line| line["status"].as_u64().unwrap()).collect::<Vec<_>>(), [200, 401, 200]);
    assert_eq!(lines.iter().map(|line| line["code"].as_str().unwrap()).collect::<Vec<_>>(), ["token", "missing_token", "public"]);
    let caller = ["application", "user", "key_type", "tier"].map(|field| lines[0][field].as_str());
    assert_eq!(caller, [Some("app-1"), None, Some("production"), Some("gold")]);
    assert!(["application", "user", "key_type", "tier"].iter().all(|field| lines[1][*field].is_null()));
    for line in &lines {
        assert_eq!(line["client_address"], "127.0.0.1");
        let text = line.to_string();
        assert!(
            !text.contains("hidden") && !text.contains(&token) && !text.contains(token.rsplit('.').next().unwrap()),
            "{text}"
        );
    }
    assert_eq!((&lines[0]["path"], &lines[0]["upstream"]), (&ORDERS.into(), &"production".into()));
}
