//! Test vectors that the token crate, the plugin and the end-to-end tests all read, and a forge that makes their tokens.
//!
//! The forge is written without the token crate on purpose: a token that both agree on was made twice.

#![forbid(unsafe_code)]
#![allow(clippy::expect_used, clippy::missing_panics_doc, reason = "a broken vector must stop the test that reads it")]

mod decision;
mod forge;

use serde::Deserialize;

pub use decision::{DecisionVector, Expectation};
pub use forge::{Forge, TokenSpec};

/// A domain pattern and what it allows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainVector {
    /// The pattern.
    pub pattern: String,
    /// Whether the pattern itself must be refused.
    #[serde(default)]
    pub invalid: bool,
    /// Client domains that it allows.
    #[serde(default)]
    pub allows: Vec<String>,
    /// Client domains that it does not allow.
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
    /// The normal form; `None` when there is none.
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

/// The bundle that the decision vectors are about.
pub fn bundle() -> &'static str {
    include_str!("../bundle.json")
}

/// The vectors of every file in `decisions/`.
pub fn decisions() -> Vec<DecisionVector> {
    [
        include_str!("../decisions/path.json"),
        include_str!("../decisions/resource.json"),
        include_str!("../decisions/credential.json"),
        include_str!("../decisions/token.json"),
        include_str!("../decisions/rights.json"),
        include_str!("../decisions/domain.json"),
        include_str!("../decisions/address.json"),
    ]
    .into_iter()
    .flat_map(|file| serde_json::from_str::<Vec<DecisionVector>>(file).expect("decisions"))
    .collect()
}

/// The bytes of a text in which every character up to U+00FF stands for the byte of that value.
pub fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).expect("a character up to U+00FF")).collect()
}
