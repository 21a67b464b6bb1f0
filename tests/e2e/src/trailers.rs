//! Trailers reach the upstream too, so identity headers are removed from them as well.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use postern_test_harness::artifacts;
use postern_test_harness::clock::now;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::plain;
use postern_vectors::{Forge, TokenSpec};

/// Accepts one request with a chunked body, responds, and returns all bytes that it received.
fn upstream(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut seen = Vec::new();
    let mut part = [0; 4096];
    while !(seen.windows(3).any(|window| window == b"\n0\r") && seen.ends_with(b"\r\n\r\n")) {
        let len = stream.read(&mut part).unwrap();
        assert!(len > 0, "the request is cut off");
        seen.extend(&part[..len]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
    String::from_utf8_lossy(&seen).into_owned()
}

#[test]
fn trailers_that_could_be_taken_for_headers_are_removed_and_others_pass() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let config =
        plain::bootstrap(&plain::configuration(None).unwrap(), listener.local_addr().unwrap().port(), dir.path()).unwrap();
    let mut envoy = Envoy::start(&artifacts::envoy().unwrap(), &config, dir.path(), 1).unwrap();
    let behind = thread::spawn(move || upstream(&listener));
    let token = Forge::new(now()).token(&TokenSpec::default());
    let mut client = TcpStream::connect(envoy.address()).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!(
        "POST /pizza/1.0.0/orders/1 HTTP/1.1\r\nhost: api.example\r\nauthorization: Bearer {token}\r\ntransfer-encoding: chunked\r\n"
    );
    let trailers = "x-checksum: 1\r\nx-postern-user: forged\r\nX_Postern_Tier: forged\r\nX-Rewrite-Url: /forged\r\n";
    write!(client, "{head}trailer: x-checksum\r\n\r\n3\r\nabc\r\n0\r\n{trailers}\r\n").unwrap();
    let mut start = [0; 12];
    client.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    let seen = behind.join().unwrap();
    assert!(seen.contains("x-checksum: 1") && seen.contains("x-postern-application: app-1"), "{seen}");
    assert!(!seen.contains("forged"), "{seen}");
    assert!(envoy.is_running());
    assert_eq!(envoy.reloads().unwrap(), 0);
}
