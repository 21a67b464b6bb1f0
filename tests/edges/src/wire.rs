//! The shared decision vectors over the wire, through the HTTP server of each host. What reaches the gate is what the host makes of a
//! request, so each difference to the vectors must come from something that the host changes or refuses. docs/javascript.md lists that.

use std::collections::BTreeMap;

use postern_test_harness::client::Request;
use postern_test_harness::clock::now;
use postern_test_harness::plain;
use postern_vectors::{DecisionVector, Expectation};
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::guarded::{Host, Server};

/// What a host does with a request before the gate gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// It refuses the request itself, and the upstream is not reached.
    Refused,
    /// Its URL parser resolves or encodes something in the path.
    Path,
    /// It joins the values of repeated header fields, or keeps one.
    Repeated,
    /// It decodes or trims the value of a header field.
    Bytes,
    /// It drops a header field without a value.
    Empty,
    /// It takes another host than the one that was sent.
    Authority,
    /// It does not pass the method on.
    Method,
}

/// The first thing that a host may change in the request of this vector; `None` for an ordinary request.
fn change(vector: &DecisionVector, headers: &[(Vec<u8>, Vec<u8>)]) -> Option<Change> {
    let path = postern_vectors::bytes(&vector.path);
    let parsed = std::str::from_utf8(&path).ok().and_then(|path| url::Url::parse(&format!("http://api.example{path}")).ok());
    let normal = parsed.as_ref().map(|url| &url[url::Position::BeforePath..url::Position::AfterQuery]);
    if normal.map(str::as_bytes) != Some(&path) {
        return Some(Change::Path);
    }
    let host = url::Url::parse(&format!("http://{}/", vector.authority)).ok();
    let host = host.as_ref().map(|url| &url[url::Position::BeforeHost..url::Position::AfterPort]);
    if host != Some(vector.authority.as_str()) {
        return Some(Change::Authority);
    }
    let lower = |name: &[u8]| name.to_ascii_lowercase();
    let is_repeated = |name: &[u8]| headers.iter().filter(|(own, _)| lower(own) == lower(name)).count() > 1;
    if headers.iter().any(|(name, _)| is_repeated(name)) {
        return Some(Change::Repeated);
    }
    let is_plain = |value: &[u8]| value.iter().all(|byte| matches!(byte, b' '..=b'~')) && value.trim_ascii().len() == value.len();
    if headers.iter().any(|(name, value)| !is_plain(value) || !is_plain(name) || name.eq_ignore_ascii_case(b"host")) {
        return Some(Change::Bytes);
    }
    if headers.iter().any(|(_, value)| value.is_empty()) {
        return Some(Change::Empty);
    }
    (!matches!(vector.method.as_str(), "GET" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "HEAD")).then_some(Change::Method)
}

/// Sends all vectors with the default settings to a host. Every difference must have a reason.
fn runs_over_the_wire(host: Host) {
    let configuration: Value = serde_json::from_str(&plain::configuration(None).unwrap()).unwrap();
    let server = Server::start(host, &configuration, Folder::new());
    let (mut same, mut differences, mut unexplained) = (0, BTreeMap::<Change, Vec<String>>::new(), Vec::new());
    for vector in postern_vectors::decisions() {
        if vector.settings.is_some() || vector.source.is_some() || vector.native_only.is_some() {
            continue;
        }
        let headers = vector.header_bytes(now());
        let mut request = Request::new(vector.method.as_str(), postern_vectors::bytes(&vector.path), &vector.authority);
        for (name, value) in &headers {
            request = request.header(name.clone(), value.clone());
        }
        if matches!(vector.method.as_str(), "POST" | "PUT") {
            request = request.header("content-length", "0");
        }
        let before = server.upstream.seen();
        let response = request.send(server.address());
        let reached = server.upstream.seen() > before;
        let code = response.as_ref().ok().and_then(postern_test_harness::client::Response::code);
        let is_right = match &vector.expect {
            Expectation::Allow(_) => reached,
            Expectation::Deny(_) => {
                !reached
                    && (code.as_deref() == vector.expect.reply().map(postern_vectors::Reply::code) || vector.method == "HEAD")
            }
            Expectation::DenyGrpc(_) => {
                !reached && response.as_ref().is_ok_and(|response| response.header("grpc-status").is_some())
            }
        };
        if is_right {
            same += 1;
            continue;
        }
        let what = format!("{}: expected {:?}, reached {reached}, {code:?}", vector.description, vector.expect);
        match change(&vector, &headers) {
            _ if code.is_none() && !reached => differences.entry(Change::Refused).or_default().push(what),
            Some(change) => differences.entry(change).or_default().push(what),
            None => unexplained.push(what),
        }
    }
    println!("{host:?}: {same} as the vectors");
    for (change, all) in &differences {
        println!("  {change:?}: {}, first {}", all.len(), all[0]);
    }
    assert!(unexplained.is_empty(), "{host:?}:\n{}", unexplained.join("\n"));
    assert!(same > 700, "{host:?}: {same}");
}

/// Under an API that everyone may use, a client must not reach a protected resource by a URL that the gate and others read in different ways.
#[test]
fn a_host_that_is_none_reaches_no_protected_resource() {
    let mut bundle: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    bundle["apis"] = json!([{"name": "all", "version": "1", "context": "/", "resources": [
        {"path": "/*", "auth": "none"},
        {"path": "/admin/*", "auth": "application", "scopes": ["admin"]},
    ]}]);
    for host in [Host::Workerd, Host::Node, Host::Deno, Host::Bun] {
        let server = Server::start(host, &json!({ "bundle": bundle }), Folder::new());
        // The target that the upstream got.
        let send = |target: &str, authority: &str| {
            let before = server.upstream.seen();
            let response = Request::new("GET", target, authority).send(server.address()).ok()?;
            (server.upstream.seen() > before).then(|| response.json()["target"].as_str().unwrap().to_owned())
        };
        assert_eq!(send("/free", "api.example").as_deref(), Some("/free"), "{host:?}");
        for authority in ["api.example", "x@api.example", "api.example?", "api.example#", "api.example\\", "x:y@api.example"] {
            for target in ["/admin/keys".to_owned(), format!("http://{authority}/admin/keys")] {
                let got = send(&target, authority);
                assert!(
                    got.as_deref().is_none_or(|got| !got.starts_with("/admin")),
                    "{host:?}: {target} at {authority}: {got:?}"
                );
            }
        }
    }
}

#[test]
fn workerd_decides_what_it_lets_through() {
    runs_over_the_wire(Host::Workerd);
}

#[test]
fn node_decides_what_it_lets_through() {
    runs_over_the_wire(Host::Node);
}

#[test]
fn deno_decides_what_it_lets_through() {
    runs_over_the_wire(Host::Deno);
}

#[test]
fn bun_decides_what_it_lets_through() {
    runs_over_the_wire(Host::Bun);
}
