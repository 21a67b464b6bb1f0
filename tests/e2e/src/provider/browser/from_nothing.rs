//! From an empty issuer to a call through the real Envoy, all in the browser; see `tests/browser/from_nothing.mjs`.

use std::process::Command;

use postern_test_harness::artifacts;
use postern_test_harness::client::{Request, Response};
use postern_test_harness::envoy::Envoy;
use postern_test_harness::free_port::free_port;
use postern_test_harness::issuer::{Cli, text};
use postern_test_harness::live::{WORKERS, start_gateway_for_pages};
use postern_test_harness::upstream::Upstream;
use postern_test_harness::users::PASSWORD;
use serde_json::{Value, json};

use super::super::{Provider, run};

/// What the audit log shows for each way, from the tier to the second token.
const ACTIONS: [&str; 7] =
    ["tier.add", "api.add", "application.create", "subscription.add", "subscription.change", "keys.generate", "token.regenerate"];

fn call(gateway: &Envoy, path: &str, token: &str) -> Response {
    let request = Request::new("GET", path, "api.example").bearer(token).header("origin", "https://app.example.com");
    request.send(gateway.address()).unwrap()
}

#[test]
fn an_administrator_and_a_developer_begin_from_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let port = free_port().unwrap();
    let listen = format!("127.0.0.1:{port}");
    let url = format!("http://{listen}");
    let provider = Provider::start(&url, dir.path());
    let stores = "[[user_store]]\nname = \"local\"\nkind = \"local\"\n\n";
    let cli = Cli::new(&dir.path().join("issuer")).unwrap();
    let cli = cli.with("POSTERN_CONFIG", provider.configuration(dir.path(), stores));
    let init = ["init", "--issuer", &url, "--audience", "https://api.example", "--administrator", "alice"];
    cli.run_with(&init, PASSWORD).unwrap();
    let edge_key =
        text(&cli.run(&["admin", "edge-key", "create", "gateway", "--environment", "both"]).unwrap(), "edge_key").unwrap();
    let sync = json!({"cluster": "issuer", "authority": "issuer.example", "key": edge_key, "wait_seconds": 1});
    let upstream = Upstream::start("production").unwrap();
    let ports = (port, upstream.address().port());
    let gateway = start_gateway_for_pages(&sync, &artifacts::plugin().unwrap(), ports, &dir.path().join("gateway")).unwrap();
    let gateway_url = format!("http://{}", gateway.address());
    let issuer = cli.with("POSTERN_PORTAL_GATEWAY", &gateway_url).serve(&listen).unwrap();

    let (tools, document) = (artifacts::browser().unwrap(), artifacts::project_file("tests/sample/pasta-openapi.json"));
    let variables = [
        ("BROWSER_TOOLS", tools.to_str().unwrap()),
        ("DOCUMENT", document.to_str().unwrap()),
        ("GATEWAY", &gateway_url),
        ("PASSWORD", PASSWORD),
    ];
    let ways = run("tests/browser/from_nothing.mjs", &url, &provider, &issuer, &variables);
    let ways = ways.as_array().unwrap();
    assert_eq!(ways.len(), 3);
    for (number, way) in ways.iter().enumerate() {
        check(way, &gateway, &gateway_url);
        for action in ACTIONS {
            let log = way["log"].as_str().unwrap();
            assert!(log.matches(action).count() > number, "the audit log of the portal lacks {action}: {log}");
        }
    }
    // In each way, one call with each of the two tokens was allowed, and the copied one; and above, each worker was asked once more.
    let allowed = ways.len() * (3 + 10 * WORKERS);
    assert_eq!(upstream.seen(), allowed);
}

fn check(way: &Value, gateway: &Envoy, gateway_url: &str) {
    let word = |name: &str| way[name].as_str().unwrap();
    println!("{}: {} clicks, {:.1} s", word("way"), way["clicks"], way["seconds"].as_f64().unwrap());
    let seen = ["first", "refused", "old", "fresh"].map(word);
    assert_eq!(seen, ["200 ok", "403 domain_not_allowed", "401 revoked", "200 ok"], "{}", word("way"));
    assert!(way["clicks"].as_u64().unwrap() <= 12, "{}", way["clicks"]);
    let path = word("address").strip_prefix(gateway_url).unwrap();
    // Each request goes to an arbitrary worker.
    for _ in 0..10 * WORKERS {
        assert_eq!(call(gateway, path, word("token")).code().as_deref(), Some("revoked"));
        assert_eq!(call(gateway, path, word("second")).status, 200);
    }
    // Copied from the page and pasted, the first call succeeds.
    let copied = Command::new("sh").args(["-c", word("command")]).output().unwrap();
    let answer = String::from_utf8_lossy(&copied.stdout);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{}: {answer}", word("command"));
}
