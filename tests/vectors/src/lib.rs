//! Test vectors that the token crate, the gate and the end-to-end tests share, and a forge that makes their tokens.
//!
//! The forge does not use the token crate, so tokens are made and verified by independent code.

#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a broken vector must stop the test that reads it"
)]

mod bundle;
mod decision;
mod forge;
mod one_time_codes;
mod random;
mod verify;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use bundle::{KeySetVector, StatusListVector, key_sets, status_lists};
pub use decision::{Change, DecisionVector, Expectation, Reply, TrailerVector, replies};
pub use forge::{Forge, KEY_PAIRS, KeyPair, TokenSpec};
pub use one_time_codes::one_time_code;
pub use random::Random;
pub use verify::{is_es256_signature, is_rs256_signature};

/// A domain pattern and what it allows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainVector {
    /// The pattern.
    pub pattern: String,
    /// Whether the pattern itself must be refused.
    #[serde(default)]
    pub invalid: bool,
    /// Client domains that the pattern allows.
    #[serde(default)]
    pub allows: Vec<String>,
    /// Client domains that the pattern does not allow.
    #[serde(default)]
    pub refuses: Vec<String>,
}

/// A request target and its path's normal form.
#[derive(Debug)]
pub struct PathVector {
    /// What the vector is about.
    pub description: String,
    /// The target as it arrives.
    pub target: Vec<u8>,
    /// The normal form; `None` if there is none.
    pub normal: Option<String>,
}

/// The vectors of `domains.json`.
pub fn domains() -> Vec<DomainVector> {
    serde_json::from_str(include_str!("../domains.json")).expect("domains.json")
}

/// The vectors of `paths.json`.
pub fn paths() -> Vec<PathVector> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Raw {
        description: String,
        target: String,
        normal: Option<String>,
    }
    let raw: Vec<Raw> = serde_json::from_str(include_str!("../paths.json")).expect("paths.json");
    let vector = |raw: Raw| PathVector { description: raw.description, target: bytes(&raw.target), normal: raw.normal };
    raw.into_iter().map(vector).collect()
}

/// The bundle of the decision vectors.
pub fn bundle() -> &'static str {
    include_str!("../bundle.json")
}

/// The vectors of every file in `decisions/`. In every string, `{1000*text}` is `text` a thousand times. Settings that are a name are
/// defined under that name in `settings.json`.
pub fn decisions() -> Vec<DecisionVector> {
    let settings: BTreeMap<String, Value> = serde_json::from_str(include_str!("../settings.json")).expect("settings.json");
    let mut vectors: Vec<DecisionVector> = [
        include_str!("../decisions/path.json"),
        include_str!("../decisions/resource.json"),
        include_str!("../decisions/near_miss.json"),
        include_str!("../decisions/credential.json"),
        include_str!("../decisions/token.json"),
        include_str!("../decisions/algorithm.json"),
        include_str!("../decisions/issuer.json"),
        include_str!("../decisions/status.json"),
        include_str!("../decisions/validity.json"),
        include_str!("../decisions/rights.json"),
        include_str!("../decisions/domain.json"),
        include_str!("../decisions/address.json"),
        include_str!("../decisions/grpc.json"),
    ]
    .into_iter()
    .flat_map(vectors)
    .collect();
    for vector in &mut vectors {
        if let Some(Value::String(name)) = &vector.settings {
            vector.settings = Some(settings.get(name).unwrap_or_else(|| panic!("no settings `{name}`")).clone());
        }
    }
    vectors
}

/// The vectors of `trailers.json`.
pub fn trailers() -> Vec<TrailerVector> {
    vectors(include_str!("../trailers.json"))
}

/// The vectors of one file, with expanded repetitions.
fn vectors<T: DeserializeOwned>(file: &str) -> Vec<T> {
    let read = |mut vector: Value| {
        repeat_everywhere(&mut vector);
        let description = vector.get("description").cloned();
        serde_json::from_value(vector).unwrap_or_else(|error| panic!("{description:?}: {error}"))
    };
    serde_json::from_str::<Vec<Value>>(file).expect("a list of vectors").into_iter().map(read).collect()
}

fn repeat_everywhere(value: &mut Value) {
    match value {
        Value::String(text) => *text = repeated(text),
        Value::Array(items) => items.iter_mut().for_each(repeat_everywhere),
        Value::Object(members) => members.values_mut().for_each(repeat_everywhere),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `text` with each `{1000*x}` expanded.
fn repeated(text: &str) -> String {
    let mut done = String::with_capacity(text.len());
    for (at, piece) in text.split('{').enumerate() {
        let repetition = piece.split_once('}').and_then(|(inner, rest)| {
            let (times, what) = inner.split_once('*')?;
            Some((what.repeat(times.parse().ok()?), rest))
        });
        match repetition {
            Some((long, rest)) if at > 0 => done.extend([&long, rest]),
            _ => done.extend([if at > 0 { "{" } else { "" }, piece]),
        }
    }
    done
}

/// The bytes of a text in which every character up to U+00FF stands for the byte of that value.
pub fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).expect("a character up to U+00FF")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_are_expanded_and_nothing_else_changes() {
        assert_eq!(repeated("a{3*xy}b{2*[}c"), "axyxyxyb[[c");
        for plain in ["", "{claims}", "{{claims},\"a\":{}}", "}{", "{*}", "{x*y}", "3*a}"] {
            assert_eq!(repeated(plain), plain);
        }
    }
}
