//! A request, and the complete reply or the complete change of the request that the decision must give.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use crate::forge::{Forge, TokenSpec};

/// A request, its token, and the expected decision.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionVector {
    /// What the vector is about.
    pub description: String,
    /// The method; `GET` unless given.
    #[serde(default = "get")]
    pub method: String,
    /// The request target; `/pizza/1.0.0/orders/1`, which needs a token, unless given.
    #[serde(default = "orders")]
    pub path: String,
    /// The authority; `api.example` unless given.
    #[serde(default = "api_example")]
    pub authority: String,
    /// The headers. `{token}` in a value stands for the forged token; if no value has it, `authorization: Bearer {token}` is added.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The token to forge.
    pub token: Option<TokenSpec>,
    /// The client's address. Vectors with an address are left out of the end-to-end run, where all clients have the same address.
    pub source: Option<String>,
    /// Settings of the plugin that differ from the default; `bundle` in them changes fields of the bundle.
    pub settings: Option<serde_json::Value>,
    /// The reason why a vector is left out of the end-to-end run.
    pub native_only: Option<String>,
    /// The expected decision.
    pub expect: Expectation,
    /// The expected decision in Envoy if it differs. Before the gate gets the request, Envoy removes a Referer that is not a URL or has a
    /// fragment, and all but the first of several.
    pub expect_in_envoy: Option<Expectation>,
}

/// The expected decision.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Expectation {
    /// The request passes, changed like this.
    Allow(Change),
    /// The request is refused with the reply of this name in `replies.json`.
    Deny(String),
    /// The same for a gRPC request, which gets the reply in gRPC form.
    DenyGrpc(String),
}

/// How a request that passes is changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The grounds of the decision: `unmatched`, `preflight`, `public` or `token`.
    pub grounds: String,
    /// The identity headers that are set.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// The names, as the client wrote them and in the client's order, of the header fields that are removed. Each character
    /// stands for a byte, see [`crate::bytes`].
    #[serde(default)]
    pub remove: Vec<String>,
    /// The authority that the upstream gets, where it is not the client's.
    pub authority: Option<String>,
}

/// The reply to a request that is refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The step of the decision that refuses.
    pub step: String,
    /// The HTTP status.
    pub status: u16,
    /// The name of the status code for a gRPC client.
    pub grpc_status: String,
    /// The header fields, in their order.
    pub headers: Vec<(String, String)>,
    /// The body: problem details (RFC 9457).
    pub body: Value,
}

static REPLIES: LazyLock<BTreeMap<String, Reply>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../replies.json")).expect("replies.json"));

/// The replies of `replies.json` by name. The name is the code; if replies with the same code differ, `: ` and the difference follow.
pub fn replies() -> &'static BTreeMap<String, Reply> {
    &REPLIES
}

impl Reply {
    /// The stable code.
    pub fn code(&self) -> &str {
        self.body.get("code").and_then(Value::as_str).expect("every reply has a code")
    }

    /// The explanation for a person.
    pub fn detail(&self) -> &str {
        self.body.get("detail").and_then(Value::as_str).expect("every reply has a detail")
    }
}

impl Expectation {
    /// The expected reply; `None` for a request that passes.
    pub fn reply(&self) -> Option<&'static Reply> {
        match self {
            Self::Allow(_) => None,
            Self::Deny(name) | Self::DenyGrpc(name) => {
                Some(REPLIES.get(name).unwrap_or_else(|| panic!("replies.json has no `{name}`")))
            }
        }
    }
}

/// The trailers of a request, and the settings that decide which are removed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailerVector {
    /// What the vector is about.
    pub description: String,
    /// Settings of the plugin that differ from the default.
    pub settings: Option<Value>,
    /// The names of the trailer fields. Each character stands for a byte, see [`crate::bytes`].
    pub trailers: Vec<String>,
    /// The names of the removed fields, in the same order.
    pub remove: Vec<String>,
}

impl DecisionVector {
    /// The headers as bytes, with the token filled in; `now` in seconds.
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
