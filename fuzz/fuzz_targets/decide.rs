//! Any request: it is decided without a panic, and none without a good token passes where one is asked for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use postern_plugin::{Decision, Gate, Grounds, Request, reply};
use postern_token::UnixSeconds;
use std::sync::LazyLock;

static GATE: LazyLock<Gate> = LazyLock::new(|| {
    let json = format!(r#"{{"bundle":{}}}"#, postern_vectors::bundle());
    Gate::from_json(json.as_bytes()).expect("the vectors' bundle")
});

fuzz_target!(|input: (&[u8], &[u8], &[u8], Vec<(&[u8], &[u8])>)| {
    let (method, path, authority, headers) = input;
    let request = Request { method, path, authority, headers: &headers, client_address: &|| None };
    match GATE.decide(&request, UnixSeconds(1_800_000_000)) {
        Decision::Allow(grounds) => {
            assert_eq!(grounds, Grounds::Public, "nobody knows a key");
            let _ = reply::allow(&grounds, &request, GATE.settings());
        }
        Decision::Deny(reason) => {
            let reply = reply::deny(&reason, &request);
            assert!(reply.status >= 400 && reply.body.starts_with('{'));
        }
    }
});
