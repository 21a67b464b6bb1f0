//! The shared decision vectors, against the decision itself.

use std::collections::BTreeMap;
use std::net::IpAddr;

use postern_token::UnixSeconds;
use postern_vectors::{DecisionVector, Expectation};

use crate::reply;
use crate::{Gate, Grounds, Request, Verdict};

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

fn run(gate: &Gate, vector: &DecisionVector) -> Result<(), String> {
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
    match (gate.decide(&request, UnixSeconds(NOW)).verdict, &vector.expect) {
        (Verdict::Deny(reason), Expectation::Deny(code)) if reason.code().as_str() == code => {
            let reply = reply::deny(&reason, &request);
            assert!(serde_json::from_str::<serde_json::Value>(&reply.body).is_ok(), "{}", reply.body);
            Ok(())
        }
        (Verdict::Allow(grounds), Expectation::Allow(identity)) => {
            let settings = gate.settings();
            let changes = reply::allow(&grounds, &request, &settings);
            let stays = |name: &[u8]| !changes.remove.contains(&name);
            let forged = fields.iter().find(|(name, _)| stays(name) && looks_like_identity(name));
            let token = fields.iter().find(|(name, value)| stays(name) && value.windows(3).any(|window| window == b"eyJ"));
            let keeps_token = gate.settings().credential.forward || grounds == Grounds::Unmatched;
            let set: BTreeMap<String, String> =
                changes.set.iter().map(|(name, value)| ((*name).into(), value.as_ref().into())).collect();
            match (forged, token) {
                (Some((name, _)), _) => Err(format!("leaves the client's `{}`", String::from_utf8_lossy(name))),
                (None, Some((name, _))) if !keeps_token => {
                    Err(format!("leaves the token in `{}`", String::from_utf8_lossy(name)))
                }
                _ if &set == identity => Ok(()),
                _ => Err(format!("sets {set:?}")),
            }
        }
        (decision, _) => Err(format!("{decision:?}")),
    }
}

fn looks_like_identity(name: &[u8]) -> bool {
    let fold = |byte: &u8| if byte.is_ascii_alphanumeric() { char::from(byte.to_ascii_lowercase()) } else { '-' };
    name.iter().map(fold).collect::<String>().starts_with("x-postern-")
}

/// All vectors of the same settings go through one gate, twice: what it remembers of one must not change the verdict on another.
#[test]
fn decision_vectors() {
    let vectors = postern_vectors::decisions();
    let mut by_settings: BTreeMap<String, Vec<&DecisionVector>> = BTreeMap::new();
    for vector in &vectors {
        by_settings.entry(format!("{:?}", vector.settings)).or_default().push(vector);
    }
    let mut wrong = Vec::new();
    for alike in by_settings.values() {
        let gate = gate(alike.first().and_then(|vector| vector.settings.as_ref()));
        for (vector, round) in alike.iter().map(|vector| (vector, 1)).chain(alike.iter().map(|vector| (vector, 2))) {
            if let Err(got) = run(&gate, vector) {
                wrong.push(format!("{}, round {round}: expected {:?}, got {got}", vector.description, vector.expect));
            }
        }
        let used = gate.take_cache_use();
        let passed = alike.iter().any(|vector| matches!(&vector.expect, Expectation::Allow(identity) if !identity.is_empty()));
        assert!(used.hits > 0 || !passed, "the second round found nothing in the cache");
    }
    assert!(wrong.is_empty(), "{} of {} vectors:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
}

#[test]
fn descriptions_are_unique() {
    let mut seen = std::collections::BTreeSet::new();
    for vector in postern_vectors::decisions() {
        assert!(seen.insert(vector.description.clone()), "{}", vector.description);
    }
}
