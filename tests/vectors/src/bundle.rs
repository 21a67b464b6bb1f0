//! Parts of a bundle, and whether an edge accepts them.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::forge::{Forge, TokenSpec};

/// The signing keys of an issuer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySetVector {
    /// What the vector is about.
    pub description: String,
    /// Whether a bundle with these keys must be refused.
    pub refused: bool,
    /// The beginning of the name of a field that the refusal must report.
    pub field: Option<String>,
    /// The keys.
    pub keys: Vec<Value>,
}

/// A status list of an issuer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusListVector {
    /// What the vector is about.
    pub description: String,
    /// Whether a bundle with this list at [`Self::URI`] must be refused, which must then name [`Self::FIELD`].
    pub refused: bool,
    /// The Status List Token.
    pub token: TokenSpec,
}

/// The vectors of `keysets.json`, with expanded repetitions as in [`crate::decisions`].
pub fn key_sets() -> Vec<KeySetVector> {
    crate::vectors(include_str!("../keysets.json"))
}

/// The vectors of `statuslists.json`, with expanded repetitions as in [`crate::decisions`].
pub fn status_lists() -> Vec<StatusListVector> {
    crate::vectors(include_str!("../statuslists.json"))
}

impl KeySetVector {
    /// The bundle of the decision vectors with these signing keys instead of its own.
    pub fn bundle(&self) -> String {
        bundle_with("keys", json!({"keys": self.keys}))
    }
}

impl StatusListVector {
    /// The address of the list, which its `sub` must name.
    pub const URI: &str = "https://issuer.example/status/1";

    /// The field with the list.
    pub const FIELD: &str = "status_lists[0].list";

    /// The bundle of the decision vectors with this list.
    pub fn bundle(&self) -> String {
        let list = Forge::new(1_800_000_000).token(&self.token);
        bundle_with("status_lists", json!([{"uri": Self::URI, "version": "1", "list": list}]))
    }
}

fn bundle_with(field: &str, value: Value) -> String {
    let mut bundle: Map<String, Value> = serde_json::from_str(crate::bundle()).expect("bundle.json");
    bundle.insert(field.into(), value);
    Value::Object(bundle).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn descriptions_are_unique_and_refused_key_sets_name_a_field() {
        let (keys, lists) = (key_sets(), status_lists());
        for vector in &keys {
            assert_eq!(vector.refused, vector.field.is_some(), "{}", vector.description);
        }
        let descriptions: BTreeSet<_> =
            keys.iter().map(|vector| &vector.description).chain(lists.iter().map(|vector| &vector.description)).collect();
        assert_eq!(descriptions.len(), keys.len() + lists.len());
    }
}
