//! What reaches the upstream, and what comes back.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use postern_test_harness::client::Request;

use super::service::{Resources, Service};
use crate::configured_host::{self, ConfiguredHost as _, open};

fn before(upstream: SocketAddr) -> Service {
    Service::start(&Resources { upstream: Some(upstream), ..Resources::configured(&open()) })
}

#[test]
fn a_large_body_goes_both_ways() {
    configured_host::a_large_body_goes_both_ways(&Service::configured(&open()));
}

#[test]
fn a_body_without_a_length_goes_on_and_none_stays_none() {
    configured_host::a_body_without_a_length_goes_on_and_none_stays_none(&Service::configured(&open()));
}

#[test]
fn the_authority_and_repeated_fields_arrive() {
    let arrived = configured_host::repeated_fields_and_bytes_arrive_unchanged(&Service::configured(&open()));
    assert_eq!(arrived["host"], "api.example:8443");
}

#[test]
fn an_upstream_that_is_down_is_a_bad_gateway() {
    let service = before("127.0.0.1:1".parse().unwrap());
    let response = service.send(&Request::new("GET", "/free", "api.example"));
    assert_eq!((response.status, response.header("cache-control").as_deref()), (502, Some("no-store")));
    assert!(service.log().contains("`upstream` gives no answer"), "{}", service.log());
}

/// An upstream that answers one request with these bytes, and returns the head that it got.
fn answer_with(listener: TcpListener, answer: &'static str) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        loop {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = Vec::new();
            let mut part = [0; 4096];
            while !seen.windows(4).any(|window| window == b"\r\n\r\n") {
                match stream.read(&mut part) {
                    Ok(0) | Err(_) => break,
                    Ok(length) => seen.extend(&part[..length]),
                }
            }
            let _ = stream.write_all(answer.as_bytes());
            let text = String::from_utf8_lossy(&seen).into_owned();
            // Viceroy asks each backend once when it starts.
            if text.contains("/free") {
                return text;
            }
        }
    })
}

#[test]
fn informational_answers_and_redirects() {
    for (answer, status, header) in [
        ("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 200, None),
        ("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n", 302, Some("/elsewhere")),
        ("HTTP/1.1 304 Not Modified\r\netag: \"a\"\r\n\r\n", 304, None),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, None),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let upstream = answer_with(listener, answer);
        let service = before(address);
        let response = service.send(&Request::new("GET", "/free", "api.example"));
        assert_eq!((response.status, response.header("location").as_deref()), (status, header), "{}", service.log());
        upstream.join().unwrap();
    }
}

#[test]
fn fields_of_one_connection_stay_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: x-own\r\nx-own: 1\r\nkeep-alive: timeout=5\r\n\r\n";
    let upstream = answer_with(listener, answer);
    let service = before(address);
    let request = Request::new("GET", "/free", "api.example").header("connection", "x-hop").header("x-hop", "1");
    let response = service.send(&request.header("te", "trailers").header("expect", "100-continue").header("x-kept", "1"));
    let seen = upstream.join().unwrap().to_ascii_lowercase();
    for gone in ["x-hop", "\r\nte:", "\r\nexpect:", "\r\nconnection: x-hop"] {
        assert!(!seen.contains(gone), "{gone}: {seen}");
    }
    assert!(seen.contains("\r\nx-kept: 1\r\n") && seen.contains("\r\nhost: api.example\r\n"), "{seen}");
    for gone in ["connection", "x-own", "keep-alive"] {
        assert_eq!(response.header(gone), None);
    }
}

/// A client that asks for another protocol gets an ordinary answer, and an upstream that changes it unasked is refused.
#[test]
fn an_upgrade_is_not_passed_on() {
    let fields = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let request =
        fields.iter().fold(Request::new("GET", "/free", "api.example"), |request, (name, value)| request.header(*name, *value));
    let service = Service::configured(&open());
    let got = service.send(&request).json();
    assert_eq!((got["headers"].get("upgrade"), got["headers"].get("connection")), (None, None), "{got}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let upstream = answer_with(listener, answer);
    let service = before(address);
    assert_eq!(service.send(&request).status, 502, "{}", service.log());
    assert!(!service.log().contains("panicked"), "{}", service.log());
    upstream.join().unwrap();
}

/// The upstream answers before it has all of the request, and goes on while the client does.
#[test]
fn both_bodies_stream_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let service = before(listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut part = [0; 4096];
            let mut answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
            while stream.read(&mut part).is_ok_and(|length| length > 0) && stream.write_all(answer.as_bytes()).is_ok() {
                answer = "4\r\nmore\r\n";
            }
        }
    });
    let mut client = TcpStream::connect(service.wire().address).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut seen = String::new();
    for (sent, awaited) in [
        ("POST /free HTTP/1.1\r\nhost: api.example\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n", "first"),
        ("1\r\nb\r\n", "more"),
    ] {
        client.write_all(sent.as_bytes()).unwrap();
        let mut part = [0; 4096];
        while !seen.contains(awaited) {
            let length = client.read(&mut part).unwrap_or_else(|error| panic!("{error} after `{seen}`: {}", service.log()));
            assert!(length > 0, "{seen}");
            seen += &String::from_utf8_lossy(&part[..length]);
        }
    }
}
