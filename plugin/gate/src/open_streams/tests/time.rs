//! When a stream is judged again: at changes, after ten seconds, at the end of its token and of its status list.

use postern_token::{Identifier, SigningKey, StatusList, StatusListTimes};
use postern_vectors::Forge;
use serde_json::{Value, json};

use super::*;
use crate::open_streams::admission::Lifetime;

#[test]
fn the_request_announces_how_long_its_stream_stays_open() {
    let cases = [
        (&b"GET"[..], &b"upgrade"[..], &b"websocket"[..], Lifetime::Long),
        (b"GET", b"Upgrade", b"anything", Lifetime::Long),
        (b"GET", b"accept", b"text/event-stream", Lifetime::Long),
        (b"GET", b"ACCEPT", b"application/json, Text/Event-Stream;q=0.5", Lifetime::Long),
        (b"POST", b"content-type", b"application/grpc", Lifetime::Long),
        (b"POST", b"content-type", b"Application/gRPC", Lifetime::Long),
        (b"POST", b"Content-Type", b"application/grpc-web+proto", Lifetime::Long),
        (b"CONNECT", b"accept", b"*/*", Lifetime::Long),
        (b"GET", b"accept", b"text/event", Lifetime::Ordinary),
        (b"GET", b"accept", b"", Lifetime::Ordinary),
        (b"GET", b"expect", b"text/event-stream", Lifetime::Ordinary),
        (b"GET", b"upgrad3", b"websocket", Lifetime::Ordinary),
        (b"POST", b"content-type", b"application/json", Lifetime::Ordinary),
        (b"POST", b"content-type", b"application/grp", Lifetime::Ordinary),
        (b"POST", b"content-typo", b"application/grpc", Lifetime::Ordinary),
        (b"connect", b"accept", b"*/*", Lifetime::Ordinary),
    ];
    for (method, name, value, expected) in cases {
        let headers = [(&b":path"[..], &b"/"[..]), (name, value)];
        let request = Request { method, path: b"/", authority: b"", headers: &headers, client_address: &|| None };
        assert_eq!(Lifetime::of(&request), expected, "{:?}", String::from_utf8_lossy(value));
    }
}

#[test]
fn each_change_is_judged_once_for_each_stream_and_for_ordinary_requests_after_ten_seconds() {
    let mut worker = Worker::new(gate());
    worker.open("socket", with_token(json!({}), &[EVENTS]), NOW);
    worker.open("request", with_token(json!({}), &[]), NOW);
    // When it is, whether something changes then, and what is judged.
    let steps: [(u64, bool, &[&str]); 9] = [
        (0, false, &[]),
        (1, true, &["socket"]),
        (2, false, &[]),
        (3, true, &["socket"]),
        (9, false, &[]),
        // The changes came when the request was younger.
        (10, false, &["request"]),
        (11, false, &[]),
        (20, true, &["socket", "request"]),
        (21, false, &[]),
    ];
    for (seconds, changed, expected) in steps {
        let mut judged = worker.judged(changed, at(seconds));
        judged.sort_unstable_by(|one, other| other.cmp(one));
        assert_eq!(judged, expected, "after {seconds} s");
    }
}

#[test]
fn a_request_without_a_change_is_not_judged_at_ten_seconds() {
    let mut worker = Worker::new(gate());
    assert!(worker.judged(true, NOW).is_empty());
    worker.open("request", with_token(json!({}), &[]), NOW);
    for seconds in 0..100 {
        assert!(worker.judged(false, at(seconds)).is_empty(), "after {seconds} s");
    }
}

#[test]
fn a_stream_ends_with_its_token_and_an_ordinary_request_too_after_ten_seconds() {
    let mut worker = Worker::new(gate());
    // With the leeway of 60 s.
    let claims = |seconds: u64| json!({"exp": NOW.0 - 60 + seconds});
    worker.open("socket of 5 s", with_token(claims(5), &[EVENTS]), NOW);
    worker.open("request of 5 s", with_token(claims(5), &[]), NOW);
    worker.open("request of 15 s", with_token(claims(15), &[]), NOW);
    worker.open("for ever", with_token(json!({"exp": {"remove": true}}), &[EVENTS]), NOW);
    worker.open("public", public(&[EVENTS]), NOW);
    let mut ends = Vec::new();
    for seconds in 0..100 {
        ends.extend(worker.reset(false, at(seconds)).into_iter().map(|(name, code)| (seconds, name, code)));
    }
    let expected = [(5, "socket of 5 s"), (10, "request of 5 s"), (15, "request of 15 s")];
    assert_eq!(ends, expected.map(|(seconds, name)| (seconds, name, Code::Expired)));
    assert_eq!(worker.whole, 0);
}

#[test]
fn everything_ends_when_the_bundle_becomes_stale() {
    let mut worker = Worker::new(gate());
    worker.open("socket", with_token(json!({}), &[EVENTS]), NOW);
    worker.open("public", public(&[EVENTS]), NOW);
    worker.open("request", with_token(json!({}), &[]), NOW);
    worker.gate.set_fresh(false);
    assert_eq!(worker.reset(true, NOW), [("socket", Code::Stale), ("public", Code::Stale)]);
    assert_eq!(worker.reset(false, at(10)), [("request", Code::Stale)]);
}

/// A gate with a status list that has these times, and the claims of a token in that list that does not expire.
fn listed(exp: Option<UnixSeconds>, ttl: Option<u64>) -> (Gate, Value) {
    let uri = "https://issuer.example/status/77";
    let key = SigningKey::hs256(Identifier::parse("k1".to_owned()).unwrap(), &Forge::secret("k1")).unwrap();
    let times = StatusListTimes { iat: NOW, exp, ttl };
    let list = StatusList::of_bits(vec![0]).sign(&Identifier::parse(uri.to_owned()).unwrap(), times, &key).unwrap();
    let gate = gate_of(|json| json["status_lists"] = json!([{"uri": uri, "version": "1", "list": list}]));
    (gate, json!({"exp": {"remove": true}, "status": {"status_list": {"idx": 1, "uri": uri}}}))
}

#[test]
fn the_end_of_a_status_list_is_a_change() {
    for (exp, ttl, end) in [(Some(at(5)), None, 5), (None, Some(7), 7), (Some(at(5)), Some(7), 5), (Some(at(8)), Some(7), 7)] {
        let (gate, claims) = listed(exp, ttl);
        let mut worker = Worker::new(gate);
        worker.open("socket", with_token(claims.clone(), &[EVENTS]), NOW);
        worker.open("request", with_token(claims, &[]), NOW);
        worker.open("without a status", with_token(json!({"exp": {"remove": true}}), &[EVENTS]), NOW);
        let mut ends = Vec::new();
        for seconds in 0..30 {
            ends.extend(worker.reset(false, at(seconds)).into_iter().map(|(name, code)| (seconds, name, code)));
        }
        assert_eq!(ends, [(end, "socket", Code::Stale), (10, "request", Code::Stale)], "{exp:?} {ttl:?}");
    }
}
