//! The shared decision vectors in every JavaScript host: the same list as in Envoy.

use std::collections::BTreeMap;

use postern_test_harness::plain;
use postern_vectors::{DecisionVector, Expectation};
use serde_json::{Value, json};

use crate::folder::Folder;

const NOW: u64 = 1_800_000_000;

fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The vectors by their settings.
pub(crate) fn groups() -> Vec<(Value, Vec<DecisionVector>)> {
    let mut groups: BTreeMap<String, (Value, Vec<DecisionVector>)> = BTreeMap::new();
    for vector in postern_vectors::decisions() {
        let configuration = plain::configuration(vector.settings.as_ref()).unwrap();
        let configuration: Value = serde_json::from_str(&configuration).unwrap();
        let (_, vectors) = groups.entry(configuration.to_string()).or_insert_with(|| (configuration, Vec::new()));
        vectors.push(vector);
    }
    groups.into_values().collect()
}

fn request(vector: &DecisionVector) -> Value {
    let headers: Vec<[String; 2]> = vector.header_bytes(NOW).iter().map(|(name, value)| [text(name), text(value)]).collect();
    json!({
        "method": vector.method,
        "path": text(&postern_vectors::bytes(&vector.path)),
        "authority": vector.authority,
        "headers": headers,
        "source": vector.source,
    })
}

/// The fields of a vector that are for one connection only, which an Envoy removes itself.
fn of_one_connection(vector: &DecisionVector) -> Vec<String> {
    let names = vector.headers.iter().map(|(name, _)| name).filter(|name| matches!(name.as_str(), "connection" | "te"));
    names.cloned().collect()
}

/// What is wrong with the decision on `vector`; `Ok` if nothing is.
fn check(vector: &DecisionVector, decision: &Value) -> Result<(), String> {
    match &vector.expect {
        Expectation::Allow(change) => {
            let set: Vec<[&String; 2]> = change.set.iter().map(|(name, value)| [name, value]).collect();
            let mut actual: Vec<Value> = decision["changes"]["set"].as_array().cloned().unwrap_or_default();
            actual.sort_by_key(ToString::to_string);
            let right = decision["allowed"] == true
                && decision["code"] == change.grounds.as_str()
                && json!(actual) == json!(set)
                && decision["changes"]["remove"] == json!([change.remove.as_slice(), &of_one_connection(vector)].concat())
                && decision["changes"]["authority"].as_str() == change.authority.as_deref();
            if right { Ok(()) } else { Err(decision.to_string()) }
        }
        Expectation::Deny(_) => check_reply(vector, decision, false),
        Expectation::DenyGrpc(_) => check_reply(vector, decision, true),
    }
}

fn check_reply(vector: &DecisionVector, decision: &Value, is_grpc: bool) -> Result<(), String> {
    let expected = vector.expect.reply().unwrap();
    let response = &decision["response"];
    let body = response["body"].as_str().unwrap_or_default();
    let mut headers: BTreeMap<String, String> = expected.headers.iter().cloned().collect();
    let is_answer = if is_grpc {
        headers.insert("content-type".into(), "application/grpc".into());
        headers.insert("grpc-message".into(), expected.detail().into());
        let statuses = [
            ("INVALID_ARGUMENT", "3"),
            ("PERMISSION_DENIED", "7"),
            ("UNIMPLEMENTED", "12"),
            ("UNAVAILABLE", "14"),
            ("UNAUTHENTICATED", "16"),
        ];
        let (_, status) = statuses.iter().find(|(name, _)| *name == expected.grpc_status).unwrap();
        headers.insert("grpc-status".into(), (*status).into());
        response["status"] == 200 && body.is_empty()
    } else {
        response["status"] == expected.status && serde_json::from_str::<Value>(body).ok().as_ref() == Some(&expected.body)
    };
    let headers: Vec<(String, String)> = headers.into_iter().collect();
    let right = is_answer
        && decision["allowed"] == false
        && decision["code"] == expected.code()
        && decision["explanation"]["step"] == expected.step.as_str()
        && decision["explanation"]["detail"] == expected.detail()
        && response["headers"] == json!(headers);
    if right { Ok(()) } else { Err(decision.to_string()) }
}

/// Decides all vectors twice in a host, with a script of `tests/edges/hosts`.
fn decide_in(program: &str, arguments: &[&str]) {
    let folder = Folder::new();
    let groups = groups();
    let file = folder.path().join("groups.json");
    let requests = |vectors: &[DecisionVector]| vectors.iter().map(request).collect::<Vec<_>>();
    let document: Vec<Value> = groups
        .iter()
        .map(|(configuration, vectors)| json!({"configuration": configuration, "requests": requests(vectors)}))
        .collect();
    std::fs::write(&file, json!({"now": NOW, "groups": document}).to_string()).unwrap();
    let printed = folder.run(program, &[arguments, &["groups.json"]].concat());
    let decisions: Vec<Value> = serde_json::from_str(&printed).unwrap();
    let twice = groups.iter().flat_map(|(_, vectors)| vectors.iter().chain(vectors));
    assert_eq!(decisions.len(), twice.clone().count());
    assert!(decisions.len() > 2_000, "{} decisions", decisions.len());
    let wrong: Vec<String> = twice
        .zip(&decisions)
        .filter_map(|(vector, decision)| {
            let problem = check(vector, decision).err()?;
            Some(format!("{}: expected {:?}, got {problem}", vector.description, vector.expect))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), decisions.len(), wrong.join("\n"));
}

#[test]
fn node_decides_as_the_vectors_expect() {
    decide_in("node", &["vectors-in-process.mjs"]);
}

#[test]
fn deno_decides_as_the_vectors_expect() {
    decide_in("deno", &["run", "--allow-read", "vectors-in-process.mjs"]);
}

#[test]
fn bun_decides_as_the_vectors_expect() {
    decide_in("bun", &["vectors-in-process.mjs"]);
}

#[test]
fn workerd_decides_as_the_vectors_expect() {
    decide_in("node", &["in-workerd.mjs", "./vectors-worker.mjs"]);
}

mod browser {
    #[test]
    fn chromium_decides_as_the_vectors_expect() {
        super::decide_in("node", &["vectors-in-chromium.mjs"]);
    }
}
