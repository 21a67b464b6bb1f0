//! Arbitrary bytes as a configuration are accepted, or refused with a reason.

#![no_main]

use libfuzzer_sys::fuzz_target;
use postern_gate::Gate;
use postern_token::bundle::Bundle;

fuzz_target!(|bytes: &[u8]| {
    if let Err(problems) = Bundle::from_json(bytes) {
        assert!(!problems.to_string().is_empty());
    }
    let _ = Gate::from_json(bytes);
});
