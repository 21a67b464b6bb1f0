//! A host that gets the plugin's configuration, and the checks that every such host passes: the shared decision vectors, over the wire.

use postern_test_harness::client::Request;
use postern_test_harness::wire::{Answer, Wire};
use postern_vectors::{DecisionVector, Expectation};
use serde_json::{Value, json};

use crate::vectors::groups;

/// A guarded API.
pub(crate) trait ConfiguredHost {
    fn wire(&self) -> Wire<'_>;

    fn is_running(&mut self) -> bool;

    /// What the host and the gate have logged.
    fn log(&self) -> String;

    fn send(&self, request: &Request) -> postern_test_harness::client::Response {
        request.send(self.wire().address).unwrap_or_else(|error| panic!("{error}: {}", self.log()))
    }
}

/// The vectors by what became of them, each with its description.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    pub(crate) total: usize,
    /// Refused by the host, before the gate got them.
    pub(crate) by_host: Vec<String>,
    /// The host closed the connection.
    pub(crate) closed: Vec<String>,
    /// The gate got another request, and decided otherwise.
    pub(crate) changed: Vec<String>,
}

/// Sends all vectors, each after `prepare`. `changes` says for which ones the gate gets another request.
pub(crate) fn decide_all<H: ConfiguredHost>(
    start: impl Fn(&Value) -> H,
    prepare: impl Fn(&mut DecisionVector),
    changes: impl Fn(&DecisionVector) -> bool,
) -> Decided {
    let (mut decided, mut wrong) = (Decided::default(), Vec::new());
    for (configuration, vectors) in groups() {
        let mut host = start(&configuration);
        for mut vector in vectors {
            decided.total += 1;
            prepare(&mut vector);
            match host.wire().run(&vector, &vector.expect) {
                Ok(Answer::Gate) => {}
                Ok(Answer::Host) => decided.by_host.push(vector.description),
                Ok(Answer::None) => decided.closed.push(vector.description),
                Err(_) if changes(&vector) => decided.changed.push(vector.description),
                Err(actual) => wrong.push(format!("{}: expected {:?}, actual {actual}", vector.description, vector.expect)),
            }
        }
        assert!(host.is_running(), "{}", host.log());
    }
    let Decided { total, by_host, closed, changed } = &decided;
    println!("{total} vectors");
    for (what, all) in [("refused by the host", by_host), ("without an answer", closed), ("changed by the host", changed)] {
        println!("{} {what}:\n  {}", all.len(), all.join("\n  "));
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), decided.total, wrong.join("\n"));
    assert!(decided.total > 1_500, "{}", decided.total);
    decided
}

/// Whether the request passes only because it comes from the vector's own address.
pub(crate) fn needs_address(vector: &DecisionVector) -> bool {
    let is_bound = vector.token.as_ref().is_some_and(|token| token.claims.contains_key("ips"));
    is_bound && vector.source.is_some() && matches!(&vector.expect, Expectation::Allow(change) if change.grounds == "token")
}

/// The configuration with the vectors' bundle, in which everything that belongs to no API passes.
pub(crate) fn open() -> Value {
    let bundle: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    json!({"bundle": bundle, "unmatched": "allow"})
}

pub(crate) fn a_large_body_goes_both_ways(host: &impl ConfiguredHost) {
    for length in [0, 1, 4096, 100_000, 5_000_000] {
        let body = "a".repeat(length);
        let response = host.send(&Request::new("POST", "/free", "api.example").body("text/plain", body));
        assert_eq!(response.status, 200, "{length}: {}", host.log());
        assert_eq!(response.json()["body"].as_str().map(str::len), Some(length));
    }
}

pub(crate) fn a_body_without_a_length_goes_on_and_none_stays_none(host: &impl ConfiguredHost) {
    let chunked = Request::new("POST", "/free", "api.example").header("transfer-encoding", "chunked");
    let response = host.send(&chunked.raw_body("5\r\nhello\r\n0\r\n\r\n"));
    assert_eq!(response.json()["body"], "hello");
    for method in ["GET", "DELETE", "OPTIONS"] {
        let got = host.send(&Request::new(method, "/free?a=%20b", "api.example")).json();
        assert_eq!((&got["method"], &got["target"]), (&json!(method), &json!("/free?a=%20b")));
        assert_eq!(got["headers"].get("transfer-encoding"), None, "{got}");
    }
    let response = host.send(&Request::new("HEAD", "/free", "api.example"));
    assert_eq!((response.status, response.body.len()), (200, 0));
}

/// Returns the header fields that the upstream got. The client named the authority `Api.Example.:8443`.
pub(crate) fn repeated_fields_and_bytes_arrive_unchanged(host: &impl ConfiguredHost) -> Value {
    let request =
        Request::new("GET", "/free", "Api.Example.:8443").header("x-a", "1").header("x-a", "2").header("x-b", b"\xe9".to_vec());
    let got = host.send(&request).json();
    assert_eq!((&got["headers"]["x-a"], &got["headers"]["x-b"]), (&json!("1, 2"), &json!("\u{fffd}")));
    got["headers"].clone()
}
