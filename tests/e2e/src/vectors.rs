//! The shared decision vectors, against the real Envoy.

use std::collections::BTreeMap;

use postern_test_harness::plain::Plain;
use postern_test_harness::wire::{Answer, Wire};
use postern_vectors::{DecisionVector, Expectation};

fn expectation(vector: &DecisionVector) -> &Expectation {
    vector.expect_in_envoy.as_ref().unwrap_or(&vector.expect)
}

fn run(plain: &Plain, vector: &DecisionVector) -> Result<Answer, String> {
    Wire { address: plain.envoy.address(), upstream: &plain.upstream, authority_field: "host" }.run(vector, expectation(vector))
}

#[test]
fn the_real_envoy_decides_as_the_vectors_expect() {
    let dir = tempfile::tempdir().unwrap();
    let mut by_settings: BTreeMap<String, Vec<DecisionVector>> = BTreeMap::new();
    for vector in
        postern_vectors::decisions().into_iter().filter(|vector| vector.source.is_none() && vector.native_only.is_none())
    {
        by_settings.entry(vector.settings.as_ref().map(ToString::to_string).unwrap_or_default()).or_default().push(vector);
    }
    let (mut wrong, mut total, mut by_envoy) = (Vec::new(), 0, Vec::new());
    for (index, vectors) in by_settings.into_values().enumerate() {
        let settings = vectors.first().and_then(|vector| vector.settings.clone());
        let mut plain = Plain::start(&dir.path().join(index.to_string()), settings.as_ref(), 1).unwrap();
        for vector in &vectors {
            total += 1;
            match run(&plain, vector) {
                Ok(Answer::Gate) => {}
                Ok(Answer::Host) => by_envoy.push(vector.description.clone()),
                Ok(Answer::None) => wrong.push(format!("{}: no answer", vector.description)),
                Err(actual) => wrong.push(format!("{}: expected {:?}, actual {actual}", vector.description, expectation(vector))),
            }
        }
        assert!(plain.envoy.is_running());
        assert_eq!(plain.envoy.reloads().unwrap(), 0);
    }
    println!("{total} vectors, {} of them refused by Envoy before the plugin:\n{}", by_envoy.len(), by_envoy.join("\n"));
    assert!(wrong.is_empty(), "{} of {total}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(by_envoy.len() * 5 < total, "too many vectors never reach the plugin");
}
