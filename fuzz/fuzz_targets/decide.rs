//! Arbitrary requests, with and without a valid token. The decision never panics. A protected resource needs the valid token, and the
//! token needs a request from its domain.

#![no_main]

use libfuzzer_sys::fuzz_target;
use postern_gate::{Gate, Grounds, Request, Verdict, reply};
use postern_token::UnixSeconds;
use postern_vectors::{Forge, TokenSpec};
use serde_json::json;
use std::sync::LazyLock;

const NOW: u64 = 1_800_000_000;

/// The domain to which the valid token is bound.
const DOMAIN: &str = "app.example.com";

static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let claims = [("domains".into(), json!([DOMAIN]))].into_iter().collect();
    format!("Bearer {}", Forge::new(NOW).token(&TokenSpec { claims, ..TokenSpec::default() })).into_bytes()
});

thread_local! {
    static GATE: Gate = {
        let json = format!(r#"{{"bundle":{}}}"#, postern_vectors::bundle());
        Gate::from_json(json.as_bytes()).expect("the vectors' bundle")
    };
}

fuzz_target!(|input: (u8, &[u8], &[u8], &[u8], Vec<(u8, &[u8], &[u8])>)| {
    let (shape, method, path, authority, fields) = input;
    let (method, path, authority): (&[u8], &[u8], &[u8]) = match shape % 4 {
        0 => (method, path, authority),
        1 => (b"GET", path, b"api.example"),
        2 => (b"GET", b"/pizza/1.0.0/orders/1", b"api.example"),
        _ => (b"GET", b"/pizza/1.0.0/widget", authority),
    };
    let fields: Vec<(&[u8], Vec<u8>)> = fields.iter().map(|(kind, name, value)| field(*kind, name, value)).collect();
    let headers: Vec<(&[u8], &[u8])> = fields.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    let request = Request { method, path, authority, headers: &headers, client_address: &|| None };
    GATE.with(|gate| match gate.decide(&request, UnixSeconds(NOW)).verdict {
        Verdict::Allow(grounds) => {
            if grounds != Grounds::Public {
                let token = |value: &[u8]| value.split(|byte| *byte == b' ').next_back().map(<[u8]>::to_vec);
                let tokens = values(&headers, "authorization");
                assert!(tokens.len() == 1 && token(tokens[0]) == token(&GOOD), "a request without the valid token passes");
                let mut domains = ["domain", "origin", "referer"].into_iter().flat_map(|name| values(&headers, name));
                assert!(domains.any(from), "a request from another domain passes");
            }
            let _ = reply::allow(&grounds, &request, &gate.settings());
        }
        Verdict::Deny(reason) => {
            let reply = reply::deny(&reason, &request);
            assert!(reply.status >= 400 && reply.body.starts_with('{'));
        }
    });
});

/// Whether the first host in a domain, an origin or a URL is that to which the valid token is bound.
fn from(value: &[u8]) -> bool {
    let value = String::from_utf8_lossy(value).to_ascii_lowercase();
    let mut parts = value.split([':', '/', '?', '#']).filter(|part| !part.is_empty());
    parts.find(|part| !matches!(*part, "http" | "https")) == Some(DOMAIN)
}

/// The values of all fields with this name.
fn values<'a>(headers: &[(&[u8], &'a [u8])], name: &str) -> Vec<&'a [u8]> {
    headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| *value).collect()
}

/// A header field: one that the decision reads, or an arbitrary one.
fn field<'a>(kind: u8, name: &'a [u8], value: &[u8]) -> (&'a [u8], Vec<u8>) {
    match kind % 8 {
        0 => (b"authorization", GOOD.clone()),
        1 => {
            let mut altered = GOOD.clone();
            if let ([change, ..], Some(byte)) =
                (value, altered.get_mut(name.iter().map(|byte| usize::from(*byte)).sum::<usize>()))
            {
                *byte ^= change;
            }
            (b"authorization", altered)
        }
        2 => (b"authorization", value.to_vec()),
        3 => (b"domain", [name, DOMAIN.as_bytes(), value].concat()),
        4 => (b"origin", [b"https://", name, DOMAIN.as_bytes(), value].concat()),
        5 => (b"referer", [b"https://", name, DOMAIN.as_bytes(), value].concat()),
        6 => ([&b"domain"[..], b"origin", b"referer"][value.len() % 3], value.to_vec()),
        _ => (name, value.to_vec()),
    }
}
