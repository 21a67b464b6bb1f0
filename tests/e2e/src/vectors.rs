//! The shared decision vectors, against the real Envoy.

use std::collections::BTreeMap;

use postern_test_harness::client::Request;
use postern_test_harness::clock::now;
use postern_test_harness::plain::Plain;
use postern_vectors::{DecisionVector, Expectation};
use serde_json::Value;

/// Whether a field that arrived could pass for an identity header, in whatever spelling.
fn could_be_ours(name: &str, vector: &DecisionVector) -> bool {
    let fold = |name: &str| name.to_ascii_lowercase().replace(|character: char| !character.is_ascii_alphanumeric(), "-");
    let name = fold(name);
    let configured = vector.settings.as_ref().and_then(|settings| settings["identity_headers"].as_object());
    name.starts_with("x-postern-")
        || configured.is_some_and(|names| names.values().filter_map(Value::as_str).any(|own| fold(own) == name))
}

fn request(vector: &DecisionVector) -> Request {
    let mut request = Request::new(vector.method.as_str(), postern_vectors::bytes(&vector.path), &vector.authority);
    for (name, value) in vector.header_bytes(now()) {
        request = request.header(name, value);
    }
    if matches!(vector.method.as_str(), "POST" | "PUT") {
        request = request.header("content-length", "0");
    }
    request
}

fn run(plain: &Plain, vector: &DecisionVector) -> Result<Answer, String> {
    let before = plain.upstream.seen();
    let response = request(vector).send(plain.envoy.address()).map_err(|error| format!("no answer: {error}"))?;
    let reached = plain.upstream.seen() - before;
    let came = format!("{} {:?}, {reached} at the upstream", response.status, response.code());
    match &vector.expect {
        Expectation::Deny(_) if reached > 0 || response.status == 200 => Err(came),
        Expectation::Deny(code) => match response.code() {
            Some(own) if &own == code => {
                let token = vector.header_bytes(now()).into_iter().map(|(_, value)| value).filter(|value| value.len() > 20);
                let echoed = token.clone().any(|value| response.body.windows(value.len()).any(|window| window == value));
                if echoed { Err("the reply holds the token".into()) } else { Ok(Answer::Plugin) }
            }
            // An answer to HEAD has no body to say the code in (RFC 9110 section 9.3.2).
            None if vector.method == "HEAD" && response.status == 404 => Ok(Answer::Plugin),
            // Envoy's own parser was there first: what it refuses never reaches the plugin.
            None if matches!(response.status, 400 | 403 | 404 | 431) => Ok(Answer::Envoy),
            _ => Err(came),
        },
        Expectation::Allow(_) if reached != 1 || response.status != 200 => Err(came),
        Expectation::Allow(identity) => {
            let arrived = response.json().get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
            let forwards = |settings: &Value| settings["credential"]["forward"] == true || settings["unmatched"] == "allow";
            let token = arrived.iter().find(|(_, value)| value.as_str().unwrap_or_default().contains("eyJ"));
            if let Some((name, _)) = token
                && !vector.settings.as_ref().is_some_and(forwards)
            {
                return Err(format!("the token arrived in `{name}`"));
            }
            let arrived: BTreeMap<String, String> = arrived
                .into_iter()
                .filter(|(name, _)| could_be_ours(name, vector))
                .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
                .collect();
            if &arrived == identity { Ok(Answer::Plugin) } else { Err(format!("the upstream saw {arrived:?}")) }
        }
    }
}

/// Who answered.
#[derive(PartialEq)]
enum Answer {
    Plugin,
    Envoy,
}

#[test]
fn decision_vectors_at_the_real_envoy() {
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
                Ok(Answer::Plugin) => {}
                Ok(Answer::Envoy) => by_envoy.push(vector.description.clone()),
                Err(came) => wrong.push(format!("{}: expected {:?}, came {came}", vector.description, vector.expect)),
            }
        }
        assert!(plain.envoy.is_running());
        assert_eq!(plain.envoy.reloads().unwrap(), 0);
    }
    println!("{total} vectors, {} of them refused by Envoy before the plugin:\n{}", by_envoy.len(), by_envoy.join("\n"));
    assert!(wrong.is_empty(), "{} of {total}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(by_envoy.len() * 5 < total, "too many vectors never reach the plugin");
}
