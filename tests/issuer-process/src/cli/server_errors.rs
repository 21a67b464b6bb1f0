//! Errors of servers: unreachable, connection broken, not an issuer, or certificate not trusted.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::thread::JoinHandle;

use base64::Engine as _;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::harness::{Home, bare_command, failure};

const TOKEN: &str = "ppat_hunter2";

fn command(home: &Home, server: &str, arguments: &[&str]) -> Command {
    let mut command = bare_command(&home.path(""), arguments);
    command.env("POSTERN_SERVER", server).env("POSTERN_TOKEN", TOKEN);
    command
}

fn whoami(home: &Home, server: &str) -> Output {
    command(home, server, &["whoami"]).output().unwrap()
}

/// Reads one request with its body.
fn request(stream: &mut impl std::io::Read) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    loop {
        let all = String::from_utf8_lossy(&text);
        if let Some((head, body)) = all.split_once("\r\n\r\n") {
            let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return all.into_owned();
            }
        }
        if stream.read(&mut byte).unwrap() == 0 {
            return String::from_utf8(text).unwrap();
        }
        text.push(byte[0]);
    }
}

/// A server that sends one of these responses on each connection, in order, and returns the requests. An empty response closes the
/// connection.
fn serve(answers: Vec<&'static str>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serve = move || {
        let answer = |answer: &str| {
            let (mut stream, _): (TcpStream, _) = listener.accept().unwrap();
            let request = request(&mut stream);
            stream.write_all(answer.as_bytes()).unwrap();
            request
        };
        answers.into_iter().map(answer).collect()
    };
    (address, std::thread::spawn(serve))
}

fn header<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

const CREATED: &str =
    "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 10\r\nconnection: close\r\n\r\n{\"id\":\"x\"}";

#[test]
fn a_creation_is_retried_with_the_same_idempotency_key_if_the_connection_breaks() {
    let home = Home::empty();
    let (address, requests) = serve(vec!["", CREATED]);
    let output = command(&home, &address, &["application", "create", "Shop"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let requests = requests.join().unwrap();
    let keys: Vec<_> = requests.iter().map(|request| header(request, "idempotency-key").unwrap()).collect();
    assert!(keys[0] == keys[1] && keys[0].len() >= 32, "{keys:?}");
    assert!(requests.iter().all(|request| header(request, "authorization") == Some("Bearer ppat_hunter2")));
    assert!(requests.iter().all(|request| request.ends_with(r#"{"name":"Shop"}"#)));
    // Another creation has another idempotency key.
    let (address, requests) = serve(vec![CREATED]);
    command(&home, &address, &["application", "create", "Shop"]).output().unwrap();
    assert_ne!(header(&requests.join().unwrap()[0], "idempotency-key").unwrap(), keys[0]);
}

#[test]
fn a_removal_is_not_retried() {
    let home = Home::empty();
    let (address, requests) = serve(vec![""]);
    let output = command(&home, &address, &["tier", "delete", "gold"]).output().unwrap();
    let error = failure(&output, 1);
    assert!(error.contains("the change may have been made") && !error.contains("hunter2"), "{error}");
    assert_eq!(requests.join().unwrap().len(), 1);
}

#[test]
fn servers_that_are_unreachable_or_not_issuers_are_reported() {
    let home = Home::empty();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = failure(&whoami(&home, &format!("http://{closed}")), 1);
    assert!(error.contains(&format!("cannot reach `http://{closed}`: ")) && error.contains("refused"), "{error}");
    let redirect = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let html = "HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: 5\r\nconnection: close\r\n\r\n<html";
    for (answer, words) in [(redirect, "302"), (html, "check that this is the address of a Postern issuer")] {
        let (address, requests) = serve(vec![answer]);
        let error = failure(&whoami(&home, &address), 1);
        assert!(error.contains(words) && !error.contains("hunter2"), "{error}");
        assert_eq!(requests.join().unwrap().len(), 1);
    }
    let not_json = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\n<html";
    let error = failure(&whoami(&home, &serve(vec![not_json]).0), 1);
    assert!(error.contains("is not JSON"), "{error}");
    let error = failure(&whoami(&home, &serve(vec!["nonsense\r\n\r\n"]).0), 1);
    assert!(error.contains("not valid HTTP"), "{error}");
}

#[test]
fn a_token_is_never_sent_unencrypted_over_a_network() {
    let home = Home::empty();
    for server in ["http://issuer.example", "http://192.0.2.1:8080"] {
        let error = failure(&whoami(&home, server), 1);
        assert!(error.contains("plain `http`") && error.contains("--dangerous-plain-http"), "{error}");
    }
    for server in ["issuer.example", "ftp://issuer.example", "https://user@issuer.example"] {
        assert!(failure(&whoami(&home, server), 1).contains("`POSTERN_SERVER` is not valid: a server is an `https` URL"));
    }
    let error = failure(&command(&home, "http://issuer.invalid", &["whoami", "--dangerous-plain-http"]).output().unwrap(), 1);
    assert!(error.contains("cannot reach `http://issuer.invalid`"), "{error}");
}

/// A server with a self-signed certificate for `localhost` that serves this number of connections, and the certificate in PEM.
fn serve_encrypted(connections: usize) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let encoded = base64::engine::general_purpose::STANDARD.encode(certificate.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key.into()).unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for _ in 0..connections {
            let (stream, _) = listener.accept().unwrap();
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let mut first = [0];
            // A client that does not trust the certificate sends no request.
            if stream.read_exact(&mut first).is_ok() {
                request(&mut stream);
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 16\r\nconnection: close\r\n\r\n{\"name\":\"alice\"}";
                let _ = stream.write_all(answer);
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (address, pem)
}

#[test]
fn the_certificate_of_a_server_is_verified() {
    let home = Home::empty();
    let (address, pem) = serve_encrypted(2);
    let authority = home.write("authority.pem", &pem);
    let error = failure(&whoami(&home, &address), 1);
    assert!(error.contains("certificate") && error.contains("SSL_CERT_FILE") && !error.contains("hunter2"), "{error}");
    let output = command(&home, &address, &["whoami"]).env("SSL_CERT_FILE", &authority).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, serde_json::json!({ "name": "alice", "server": address }));
}
