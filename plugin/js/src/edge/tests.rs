use super::*;
use crate::output::Reader;
use postern_vectors::{Forge, TokenSpec};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

fn edge() -> Edge {
    Edge::from_json(format!(r#"{{"bundle":{}}}"#, postern_vectors::bundle()).as_bytes()).unwrap()
}

/// Writes a request as the package does, and returns how many numbers it takes.
fn write(input: &mut Input, known: &[u32], parts: &[&str]) -> usize {
    let text = parts.concat();
    let number = |length: usize| u32::try_from(length).unwrap();
    let lengths = parts.iter().map(|part| number(part.len()));
    let numbers: Vec<u32> = std::iter::once(number(known.len())).chain(known.iter().copied()).chain(lengths).collect();
    input.reserve(numbers.len(), text.len());
    input.numbers()[..numbers.len()].copy_from_slice(&numbers);
    input.text()[..text.len()].copy_from_slice(text.as_bytes());
    numbers.len()
}

fn decide(edge: &mut Edge, known: &[u32], headers: &[&str]) -> Output {
    let (mut input, mut output) = (Input::default(), Output::default());
    let parts = [&["GET", "/pizza/1.0.0/orders/1", "api.example", ""], headers].concat();
    let numbers = write(&mut input, known, &parts);
    edge.decide(&input, numbers, NOW, &mut output);
    output
}

fn bearer(key: &str) -> String {
    format!("Bearer {}", Forge::new(NOW.0).token(&TokenSpec { key: Some(key.into()), ..TokenSpec::default() }))
}

#[test]
fn a_refusal_has_the_whole_reply() {
    let output = decide(&mut edge(), &[], &["accept", "*/*"]);
    let mut reader = Reader::of(&output);
    assert_eq!((reader.number(), reader.text(), reader.text()), (0, "missing_token", "pizza/1.0.0"));
    let bearer = [(); 5].map(|()| reader.text());
    assert_eq!(bearer, [""; 5]);
    assert_eq!(reader.text(), "credential");
    assert!(reader.text().contains("no access token"));
    assert_eq!(reader.number(), 401);
    assert!(reader.text().starts_with(r#"{"type":"about:blank""#));
    let headers: Vec<_> = (0..reader.number()).map(|_| (reader.text(), reader.text())).collect();
    assert_eq!(headers[2], ("www-authenticate", r#"Bearer realm="api""#));
    assert!(reader.is_at_end());
}

#[test]
fn a_request_that_passes_has_its_changes() {
    let token = bearer("k1");
    let output = decide(&mut edge(), &[], &["authorization", &token, "connection", "x-a", "x-a", "1"]);
    let mut reader = Reader::of(&output);
    assert_eq!((reader.number(), reader.text(), reader.text()), (1, "token", "pizza/1.0.0"));
    let identity = [(); 5].map(|()| reader.text());
    assert_eq!(identity, ["https://issuer.example", "app-1", "consumer-key-1", "production", ""]);
    assert_eq!((reader.text(), reader.text(), reader.text()), ("gold", "orders menu:write", ""));
    let remove: Vec<_> = (0..reader.number()).map(|_| reader.text()).collect();
    assert_eq!(remove, ["authorization", "connection", "x-a"]);
    let set: Vec<_> = (0..reader.number()).map(|_| (reader.text(), reader.text())).collect();
    assert!(set.contains(&("x-postern-tier", "gold")), "{set:?}");
    assert!(reader.is_at_end());
}

#[test]
fn a_refusal_of_a_grpc_call_has_its_form() {
    let output = decide(&mut edge(), &[], &["content-type", "application/grpc"]);
    let mut reader = Reader::of(&output);
    assert_eq!((reader.number(), reader.text()), (0, "missing_token"));
    // The API, the bearer's five parts, the step and the detail.
    let _ = [(); 8].map(|()| reader.part());
    assert_eq!((reader.number(), reader.text()), (200, ""));
    let headers: Vec<_> = (0..reader.number()).map(|_| (reader.text(), reader.text())).collect();
    assert!(headers.contains(&("grpc-status", "16")) && reader.is_at_end(), "{headers:?}");
}

#[test]
fn a_missing_signature_is_asked_for_until_it_is_known() {
    let (mut edge, token) = (edge(), bearer("es1"));
    let headers = ["authorization", token.as_str()];
    let output = decide(&mut edge, &[], &headers);
    let mut reader = Reader::of(&output);
    assert_eq!(reader.number(), 2);
    let key = reader.number();
    assert_eq!((reader.part(), reader.part().len() > 100, reader.part().len()), (&b"ES256"[..], true, 64));
    assert!(reader.is_at_end() && edge.key(key).len() == 91, "a point of P-256");
    for (known, kind) in [(&[key * 2][..], 0), (&[key * 2 + 3], 2), (&[key * 2 + 1], 1), (&[], 1)] {
        assert_eq!(decide(&mut edge, known, &headers).numbers()[0], kind, "{known:?}");
    }
    let metrics = edge.metrics(0);
    for line in
        [r#"reason="bad_signature",api="pizza/1.0.0"} 1"#, r#"reason="token",api="pizza/1.0.0"} 2"#, r#"{result="miss"} 2"#]
    {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
}

#[test]
fn what_cannot_be_read_and_what_comes_before_a_bundle_is_refused() {
    let sync = r#"{"sync":{"cluster":"issuer","authority":"issuer.example","key":"edge_abc"}}"#;
    let mut waiting = Edge::from_json(sync.as_bytes()).unwrap();
    assert_eq!(Reader::of(&decide(&mut waiting, &[], &[])).kind_and_code(), (0, "not_ready"));
    let mut output = Output::default();
    edge().decide(&Input::default(), 7, NOW, &mut output);
    assert_eq!(Reader::of(&output).kind_and_code(), (0, "not_ready"));
}

#[test]
fn the_cause_of_a_refusal_is_told_on_request() {
    let (mut input, mut output) = (Input::default(), Output::default());
    let numbers = write(&mut input, &[], &["GET", "/Pizza/1.0.0/menu", "api.example", ""]);
    let edge = edge();
    edge.cause(&input, numbers, NOW, &mut output);
    let mut reader = Reader::of(&output);
    assert_eq!((reader.number(), reader.text()), (0, "case"));
    assert!(reader.text().contains("only in the case"));
    assert!(!edge.metrics(0).contains("no_such_api"), "a question is no decision");
}

#[test]
fn a_round_has_the_requests_to_send() {
    let sync = r#"{"sync":{"cluster":"issuer","authority":"issuer.example","key":"edge_abc"}}"#;
    let (mut edge, mut output) = (Edge::from_json(sync.as_bytes()).unwrap(), Output::default());
    edge.tick(1_000_000, &mut output);
    let mut reader = Reader::of(&output);
    assert_eq!((reader.number(), reader.text(), reader.number(), reader.text(), reader.number()), (3, "", 0, "", 1));
    let call = reader.number();
    assert_eq!((reader.number(), reader.text(), reader.text()), (33_000, "", "/edge/bundle"));
    let headers: Vec<_> = (0..reader.number()).map(|_| (reader.text(), reader.text())).collect();
    assert!(headers.contains(&("authorization", "Bearer edge_abc")) && reader.is_at_end());
    edge.answered(call, Answer { status: 401, body: Some(Vec::new()), age: 0 }, (1_000_100, NOW), &mut output);
    let mut reader = Reader::of(&output);
    assert_eq!((reader.number(), reader.text(), reader.number()), (3, "failed", 0));
    assert!(reader.text().contains("edge key"));
    assert_eq!((edge.age(1_000_200), edge.answer_limit(call)), (None, 0));
}

#[test]
fn wrong_options_are_named() {
    let Err(problems) = Edge::from_json(br#"{"bundle":{},"unmatched":"pass"}"#) else { panic!("they are accepted") };
    assert!(problems.contains("unmatched") && problems.contains("bundle.issuer"), "{problems}");
}
