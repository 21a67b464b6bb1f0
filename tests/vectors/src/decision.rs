//! One request and what must be decided about it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::forge::{Forge, TokenSpec};

/// A request, the token it brings, and the decision.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionVector {
    /// What the vector is about.
    pub description: String,
    /// The method; `GET` unless given.
    #[serde(default = "get")]
    pub method: String,
    /// The request target; an order that needs a token unless given.
    #[serde(default = "orders")]
    pub path: String,
    /// The authority; `api.example` unless given.
    #[serde(default = "api_example")]
    pub authority: String,
    /// More headers. `{token}` in a value is the forged token; where none has it, `authorization: Bearer {token}` is added.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The token to forge.
    pub token: Option<TokenSpec>,
    /// The client's address; vectors that give one are not for the end-to-end run, where all come from one host.
    pub source: Option<String>,
    /// Settings of the plugin beside the bundle, for vectors that need other ones than the default; `bundle` in them changes fields
    /// of the bundle.
    pub settings: Option<serde_json::Value>,
    /// Why the vector is not for the end-to-end run, if it is not.
    pub native_only: Option<String>,
    /// What must come out.
    pub expect: Expectation,
}

/// What must come out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Expectation {
    /// The request passes with these identity headers and no other.
    Allow(BTreeMap<String, String>),
    /// The request is refused with this code.
    Deny(String),
}

impl DecisionVector {
    /// The headers as bytes, with the token at its place; `now` in seconds.
    pub fn header_bytes(&self, now: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
        let token = self.token.as_ref().map(|spec| Forge::new(now).token(spec)).unwrap_or_default();
        let mut headers = self.headers.clone();
        if self.token.is_some() && !headers.iter().any(|(_, value)| value.contains("{token}")) {
            headers.push(("authorization".into(), "Bearer {token}".into()));
        }
        let fill = |(name, value): (String, String)| (crate::bytes(&name), crate::bytes(&value.replace("{token}", &token)));
        headers.into_iter().map(fill).collect()
    }
}

fn get() -> String {
    "GET".into()
}

fn orders() -> String {
    "/pizza/1.0.0/orders/1".into()
}

fn api_example() -> String {
    "api.example".into()
}
