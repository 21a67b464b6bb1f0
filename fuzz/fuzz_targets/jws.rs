//! Any bytes as a token: they parse or are refused, and only a token signed with the key verifies.

#![no_main]

use libfuzzer_sys::fuzz_target;
use postern_token::{Identifier, JwkDocument, UnverifiedToken, VerifyingKey};
use std::sync::LazyLock;

static KEY: LazyLock<VerifyingKey> = LazyLock::new(|| {
    let kid = Identifier::parse("k1").expect("a kid");
    VerifyingKey::try_from(&JwkDocument::hs256(&kid, &[7; 32])).expect("a key")
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(token) = UnverifiedToken::parse(bytes) {
        assert!(token.verify(&KEY).is_err(), "nobody knows the key");
    }
});
