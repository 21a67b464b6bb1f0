//! The tokens that are sent.

use std::sync::mpsc::sync_channel;
use std::thread;

use postern_token::MAX_TOKEN_LEN;
use postern_vectors::{Forge, TokenSpec};
use serde_json::{Value, json};

/// Makes tokens that differ from each other in their `jti` alone, which always has the same length.
#[derive(Clone)]
pub(crate) struct Mint {
    forge: Forge,
    spec: TokenSpec,
}

impl Mint {
    /// Makes tokens of the vectors' forge; `key` signs.
    pub(crate) fn new(forge: Forge, key: &str) -> Self {
        Self { forge, spec: TokenSpec { key: Some(key.into()), ..TokenSpec::default() } }
    }

    /// The same with a claim more.
    pub(crate) fn claim(mut self, name: &str, value: Value) -> Self {
        self.spec.claims.insert(name.into(), value);
        self
    }

    /// The same with a signature of something else: it is well-formed, so that only the whole verification tells.
    pub(crate) fn bad(mut self) -> Self {
        self.spec.signed = Some("{h}.{p}.".into());
        self
    }

    /// The same with a claim that makes the token as long as an edge reads it.
    pub(crate) fn longest(self) -> Self {
        // In base64url three characters become four, so that it takes a few steps to end just below.
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

    /// The tokens of these numbers, made by a thread of their own while others are being sent.
    pub(crate) fn many(&self, from: u32, to: u32) -> impl Iterator<Item = String> + use<> {
        let (ready, tokens) = sync_channel(1_024);
        let mint = self.clone();
        // It ends early when nobody wants more.
        thread::spawn(move || (from..to).try_for_each(|number| ready.send(mint.token(number))));
        tokens.into_iter()
    }
}
