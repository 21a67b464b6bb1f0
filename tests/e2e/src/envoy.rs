//! Behaviour that only a real Envoy can show: refused configurations, gRPC, WebSocket, slow bodies.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use postern_test_harness::artifacts;
use postern_test_harness::client::Request;
use postern_test_harness::clock::now;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::plain::{self, Plain};
use postern_test_harness::process::Process;
use postern_vectors::{Forge, TokenSpec};
use serde_json::json;

const ORDERS: &str = "/pizza/1.0.0/orders/1";

fn good() -> String {
    Forge::new(now()).token(&TokenSpec::default())
}

/// Asserts that Envoy does not start with a configuration, and returns its log.
fn refused(configuration: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("envoy.yaml");
    std::fs::write(&file, plain::bootstrap(configuration, 1, dir.path()).unwrap()).unwrap();
    let command = Envoy::command(&artifacts::envoy().unwrap(), &file, 1);
    let mut process = Process::start(command, dir.path().join("envoy.log")).unwrap();
    assert!(!process.wait().unwrap().success(), "Envoy must not start");
    std::fs::read_to_string(process.log()).unwrap()
}

#[test]
fn a_wrong_configuration_is_refused_and_its_fields_are_named() {
    let log = refused(&plain::configuration(Some(&json!({"leeway_seconds": "60", "unmatche": "allow"}))).unwrap());
    assert!(log.contains("`leeway_seconds`: must be a whole number") && log.contains("`unmatche`: is unknown"), "{log}");
    for configuration in ["", "{}", "[]", "not json"] {
        assert!(refused(configuration).contains("postern: the configuration is refused"), "{configuration}");
    }
    let short = json!({"bundle": {"keys": {"keys": [{"kty": "oct", "kid": "k", "alg": "HS256", "use": "sig", "k": "c2hvcnQtc2VjcmV0"}]}}});
    let log = refused(&plain::configuration(Some(&short)).unwrap());
    assert!(log.contains("`bundle.keys.keys[0]`: `k` must hold at least 32 bytes"), "{log}");
    assert!(!log.contains("c2hvcnQtc2VjcmV0"), "the log quotes the key");
}

#[test]
fn the_plugin_is_within_its_size_limit() {
    let bytes = std::fs::metadata(artifacts::plugin().unwrap()).unwrap().len();
    assert!(bytes <= 360_000, "{bytes} bytes");
}

/// At the log level `debug`, which an administrator can set while Envoy runs, each refusal is logged with its reason. The line contains
/// nothing that the client sent.
#[test]
fn a_refusal_is_explained_in_the_debug_log() {
    let dir = tempfile::tempdir().unwrap();
    let plain = Plain::start(dir.path(), None, 1).unwrap();
    let token = Forge::new(now() - 7_200).token(&TokenSpec::default());
    let refuse = || Request::new("GET", ORDERS, "api.example").bearer(&token).send(plain.envoy.address()).unwrap();
    let log = || std::fs::read_to_string(plain.envoy.log()).unwrap();
    assert_eq!(refuse().code().as_deref(), Some("expired"));
    assert!(!log().contains("refused code="), "logged at the default level");
    let debug = Request::new("POST", "/logging?wasm=debug", "admin").send_to_socket(plain.envoy.admin()).unwrap();
    assert_eq!(debug.status, 200);
    assert_eq!(refuse().code().as_deref(), Some("expired"));
    let line =
        "postern: refused code=expired step=claims api=pizza/1.0.0 application=app-1: The token has expired; obtain a new one.";
    assert!(log().contains(line), "{}", log());
    let parts: Vec<&str> = token.split('.').collect();
    assert!(parts.iter().all(|part| !log().contains(part)), "the log contains a part of the token");
}

#[test]
fn each_protocol_has_its_own_form_of_refusal() {
    let dir = tempfile::tempdir().unwrap();
    let plain = Plain::start(dir.path(), None, 1).unwrap();
    let get = || Request::new("GET", ORDERS, "api.example");

    let answer = get().send(plain.envoy.address()).unwrap();
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("content-type").as_deref(), Some("application/problem+json"));
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(answer.header("www-authenticate").as_deref(), Some("Bearer realm=\"api\""));

    let grpc = Request::new("POST", ORDERS, "api.example").body("application/grpc+proto", "");
    let answer = grpc.send(plain.envoy.address()).unwrap();
    assert_eq!(answer.header("grpc-status").as_deref(), Some("16"));
    assert_eq!(answer.header("content-type").as_deref(), Some("application/grpc"));
    assert!(answer.header("grpc-message").is_some_and(|message| message.contains("access token")), "{answer:?}");

    let upgrade = get()
        .header("upgrade", "websocket")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-version", "13");
    assert_eq!(upgrade.send(plain.envoy.address()).unwrap().status, 401);
    assert_eq!(plain.upstream.seen(), 0);
}

#[test]
fn a_bad_token_is_refused_before_the_body_arrives() {
    let dir = tempfile::tempdir().unwrap();
    let plain = Plain::start(dir.path(), None, 1).unwrap();
    let mut stream = TcpStream::connect(plain.envoy.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(
        stream,
        "POST {ORDERS} HTTP/1.1\r\nhost: api.example\r\nauthorization: Bearer a.b.c\r\ncontent-length: 1000000\r\n\r\n"
    )
    .unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 401");
    assert_eq!(plain.upstream.seen(), 0);
}

#[test]
fn the_credential_is_removed_or_kept_as_configured() {
    let dir = tempfile::tempdir().unwrap();
    for (index, (settings, kept)) in
        [(None, false), (Some(json!({"credential": {"forward": true}})), true)].into_iter().enumerate()
    {
        let plain = Plain::start(&dir.path().join(index.to_string()), settings.as_ref(), 1).unwrap();
        let answer = Request::new("GET", ORDERS, "api.example").bearer(&good()).send(plain.envoy.address()).unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["headers"].get("authorization").is_some(), kept);
    }
}

#[test]
fn an_identity_header_that_the_client_lists_in_connection_still_arrives() {
    let dir = tempfile::tempdir().unwrap();
    let plain = Plain::start(dir.path(), None, 1).unwrap();
    let request = Request::new("GET", ORDERS, "api.example").bearer(&good()).header("connection", "x-postern-application");
    let answer = request.send(plain.envoy.address()).unwrap();
    assert_eq!(answer.json()["headers"]["x-postern-application"], "app-1");
}

#[test]
fn a_token_bound_to_addresses_passes_only_from_them() {
    let dir = tempfile::tempdir().unwrap();
    let plain = Plain::start(dir.path(), None, 1).unwrap();
    for (block, status) in [("127.0.0.0/8", 200), ("192.0.2.0/24", 403)] {
        let mut spec = TokenSpec::default();
        spec.claims.insert("ips".into(), json!([block]));
        let request = Request::new("GET", ORDERS, "api.example").bearer(&Forge::new(now()).token(&spec));
        // The client's own headers about its address are ignored.
        let request = request.header("x-forwarded-for", "192.0.2.7").header("x-envoy-external-address", "192.0.2.7");
        assert_eq!(request.send(plain.envoy.address()).unwrap().status, status, "{block}");
    }
}
