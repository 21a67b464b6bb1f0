//! The tokens of the load.

use std::sync::mpsc::sync_channel;
use std::thread;

use postern_token::MAX_TOKEN_LEN;
use postern_vectors::{Forge, TokenSpec};
use serde_json::{Value, json};

/// Makes tokens that differ only in their `jti`, which always has the same length.
#[derive(Clone)]
pub(crate) struct Mint {
    forge: Forge,
    spec: TokenSpec,
}

impl Mint {
    /// Makes tokens with the vectors' forge, signed with `key`.
    pub(crate) fn new(forge: Forge, key: &str) -> Self {
        Self { forge, spec: TokenSpec { key: Some(key.into()), ..TokenSpec::default() } }
    }

    /// Adds a claim.
    pub(crate) fn claim(mut self, name: &str, value: Value) -> Self {
        self.spec.claims.insert(name.into(), value);
        self
    }

    /// Signs other bytes instead. The signature is well-formed, so that only a complete verification detects it.
    pub(crate) fn bad(mut self) -> Self {
        self.spec.signed = Some("{h}.{p}.".into());
        self
    }

    /// Adds a claim that makes the token as long as an edge accepts.
    pub(crate) fn longest(self) -> Self {
        // In base64url three characters become four, so several steps are needed to reach the limit.
        let mut pad = 0;
        loop {
            let spare = MAX_TOKEN_LEN.saturating_sub(self.clone().padded(pad).token(0).len()) * 3 / 4;
            if spare == 0 {
                return self.padded(pad);
            }
            pad += spare;
        }
    }

    fn padded(self, len: usize) -> Self {
        self.claim("pad", json!("x".repeat(len)))
    }

    pub(crate) fn token(&self, number: u32) -> String {
        let mut spec = self.spec.clone();
        spec.claims.insert("jti".into(), json!(format!("t-{number:08}")));
        self.forge.token(&spec)
    }

    /// The tokens with these numbers, which a separate thread makes during sending.
    pub(crate) fn many(&self, from: u32, to: u32) -> impl Iterator<Item = String> + use<> {
        let (ready, tokens) = sync_channel(1_024);
        let mint = self.clone();
        // The thread ends early when the receiver is dropped.
        thread::spawn(move || (from..to).try_for_each(|number| ready.send(mint.token(number))));
        tokens.into_iter()
    }
}
