//! The shared decision vectors, against the decision itself.

use std::collections::BTreeMap;
use std::net::IpAddr;

use postern_token::UnixSeconds;
use postern_vectors::{DecisionVector, Expectation};

use crate::reply;
use crate::{Decision, Gate, Request};

const NOW: u64 = 1_800_000_000;

fn gate(settings: Option<&serde_json::Value>) -> Gate {
    let mut document: serde_json::Map<String, serde_json::Value> =
        settings.and_then(|value| value.as_object()).cloned().unwrap_or_default();
    let mut bundle: serde_json::Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    if let Some(serde_json::Value::Object(changes)) = document.remove("bundle") {
        bundle.as_object_mut().unwrap().extend(changes);
    }
    document.insert("bundle".into(), bundle);
    Gate::from_json(serde_json::Value::Object(document).to_string().as_bytes()).unwrap_or_else(|problems| panic!("{problems}"))
}

fn run(vector: &DecisionVector) -> Result<(), String> {
    let gate = gate(vector.settings.as_ref());
    let headers = vector.header_bytes(NOW);
    let fields: Vec<(&[u8], &[u8])> = headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect();
    let path = postern_vectors::bytes(&vector.path);
    let address: Option<IpAddr> = vector.source.as_ref().map(|text| text.parse().unwrap());
    let request = Request {
        method: vector.method.as_bytes(),
        path: &path,
        authority: vector.authority.as_bytes(),
        headers: &fields,
        client_address: &|| address,
    };
    match (gate.decide(&request, UnixSeconds(NOW)), &vector.expect) {
        (Decision::Deny(reason), Expectation::Deny(code)) if reason.code().as_str() == code => {
            let reply = reply::deny(&reason, &request);
            assert!(serde_json::from_str::<serde_json::Value>(&reply.body).is_ok(), "{}", reply.body);
            Ok(())
        }
        (Decision::Allow(grounds), Expectation::Allow(identity)) => {
            let changes = reply::allow(&grounds, &request, gate.settings());
            let set: BTreeMap<String, String> =
                changes.set.iter().map(|(name, value)| ((*name).into(), value.as_ref().into())).collect();
            if &set == identity { Ok(()) } else { Err(format!("sets {set:?}")) }
        }
        (decision, _) => Err(format!("{decision:?}")),
    }
}

#[test]
fn decision_vectors() {
    let vectors = postern_vectors::decisions();
    let wrong: Vec<String> = vectors
        .iter()
        .filter_map(|vector| {
            run(vector).err().map(|got| format!("{}: expected {:?}, got {got}", vector.description, vector.expect))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} vectors:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
}

#[test]
fn descriptions_are_unique() {
    let mut seen = std::collections::BTreeSet::new();
    for vector in postern_vectors::decisions() {
        assert!(seen.insert(vector.description.clone()), "{}", vector.description);
    }
}
