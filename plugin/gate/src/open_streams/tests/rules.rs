//! What a new bundle means for open streams.

use serde_json::{Value, json};

use super::*;

#[test]
fn a_change_of_rules_decides_the_request_again_and_the_signature_is_not_verified_again() {
    type Edit = fn(&mut Value);
    let cases: [(&str, Edit, Option<Code>); 5] = [
        ("the same rules", |_| (), None),
        ("another environment", |json| json["environment"] = "sandbox".into(), Some(Code::WrongEnvironment)),
        ("another audience", |json| json["audience"] = "https://other.example".into(), Some(Code::WrongAudience)),
        ("another issuer", |json| json["issuer"] = "https://other.example".into(), Some(Code::UnknownKey)),
        ("no API", |json| json["apis"] = json!([]), Some(Code::NoSuchApi)),
    ];
    for (what, edit, expected) in cases {
        let mut worker = Worker::new(gate());
        worker.open("socket", with_token(json!({}), &[EVENTS]), NOW);
        worker.open("public", public(&[EVENTS]), NOW);
        worker.gate.take_cache_use();
        worker.replace_gate(edit);
        let reset = worker.reset(true, NOW);
        let code = reset.iter().find(|(name, _)| *name == "socket").map(|(_, code)| *code);
        assert_eq!(code, expected, "{what}");
        assert_eq!(worker.whole, 2, "{what}");
        assert_eq!(worker.gate.take_cache_use(), crate::CacheUse::default(), "{what}: no token is looked up or verified");
        // What passed is judged by the new gate from then on.
        worker.reset(true, NOW);
        assert_eq!(worker.whole, 2, "{what}");
    }
}

#[test]
fn a_token_whose_signing_key_has_changed_or_is_gone_is_refused() {
    let keys: Value = serde_json::from_str::<Value>(postern_vectors::bundle()).unwrap()["keys"]["keys"].clone();
    let own = keys.as_array().unwrap().iter().find(|key| key["kid"] == "k1").unwrap().clone();
    let with = |member: &str, value: Value| {
        let mut key = own.clone();
        key[member] = value;
        key
    };
    let secret = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    let others = json!({"kty": "oct", "kid": "new", "alg": "HS256", "use": "sig", "k": secret});
    for (what, keys, passes) in [
        ("the same key", vec![own.clone()], true),
        ("behind another key", vec![others.clone(), own.clone()], true),
        ("removed", vec![others], false),
        ("another name", vec![with("kid", "k2".into())], false),
        ("another secret", vec![with("k", secret.into())], false),
        ("another environment", vec![with("environment", "sandbox".into())], false),
    ] {
        let mut worker = Worker::new(gate());
        worker.open("socket", with_token(json!({}), &[EVENTS]), NOW);
        worker.replace_gate(|json| json["keys"]["keys"] = keys.into());
        let expected = if passes { vec![] } else { vec![("socket", Code::UnknownKey)] };
        assert_eq!(worker.reset(true, NOW), expected, "{what}");
    }
}

#[test]
fn a_public_stream_is_refused_when_its_resource_needs_a_token() {
    let mut worker = Worker::new(gate());
    worker.open("public", public(&[EVENTS]), NOW);
    let guard = |json: &mut Value| {
        for api in json["apis"].as_array_mut().unwrap() {
            for resource in api.get_mut("resources").and_then(Value::as_array_mut).into_iter().flatten() {
                resource["auth"] = "any".into();
            }
        }
    };
    worker.replace_gate(guard);
    assert_eq!(worker.reset(true, NOW), [("public", Code::MissingToken)]);
}
