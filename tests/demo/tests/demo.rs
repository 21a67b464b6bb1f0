//! The demo as a person runs it: its examples work, and nothing still runs afterwards.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use postern_test_harness::client::Request;

#[test]
fn the_demo_starts_prints_working_examples_and_ends_on_ctrl_c() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_demo")).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines().map(Result::unwrap);
    let printed: Vec<String> = lines.by_ref().take_while(|line| !line.contains("Ctrl-C stops everything")).collect();
    let value = |start: &str| {
        let line = printed
            .iter()
            .map(|line| line.trim())
            .find(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("`{start}`: {printed:?}"));
        line.trim_start_matches(start).trim().trim_start_matches("http://").to_owned()
    };
    let gateway: SocketAddr = value("gateway (Envoy)").parse().unwrap();
    let issuer: SocketAddr = value("issuer").parse().unwrap();
    let get = |token: &str| Request::new("GET", "/pizza/1.0.0/orders/1", "demo").bearer(token).send(gateway).unwrap();
    assert_eq!(get(&value("TOKEN=")).json()["upstream"], "production");
    assert_eq!(get(&value("SANDBOX=")).json()["upstream"], "sandbox");
    assert_eq!(get(&value("BOUND=")).code().as_deref(), Some("domain_not_allowed"));
    assert!(printed.iter().any(|line| line.contains("curl -i")));
    assert!(printed[0].contains("ES256"), "{printed:?}");
    // The pages are those of the issuer's own URL: its forms accept no other origin.
    let (page, docs, portal) = (value("sign in"), value("management API"), value("portal"));
    let metadata = Request::new("GET", "/.well-known/oauth-authorization-server", "demo").send(issuer).unwrap().json();
    assert_eq!(format!("{}/account", metadata["issuer"].as_str().unwrap().trim_start_matches("http://")), page);
    for (link, target) in [(page, "/account"), (docs, "/api/docs"), (portal, "/portal")] {
        assert!(link.ends_with(target), "{link}");
        assert!(matches!(Request::new("GET", target, "demo").send(issuer).unwrap().status, 200 | 303), "{link}");
    }
    let added = Request::new("GET", "/", "demo").send(issuer).unwrap();
    assert_eq!(added.status, 200);
    for sign_in in ["user", "developer", "administrator"] {
        assert!(value(sign_in).ends_with("@local"), "{sign_in}");
    }
    assert!(!value("password").is_empty() && !value("their password").is_empty());

    let interrupted = Command::new("kill").args(["-INT", &demo.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert!(lines.any(|line| line.contains("stopping Envoy")));
    assert!(demo.wait().unwrap().success());
    for address in [gateway, issuer] {
        assert!(TcpStream::connect(address).is_err(), "{address} still listens");
    }
}
