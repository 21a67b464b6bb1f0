//! The shared decision vectors, against the real Envoy.

use std::collections::BTreeMap;

use postern_test_harness::client::{Request, Response};
use postern_test_harness::clock::now;
use postern_test_harness::plain::Plain;
use postern_vectors::{Change, DecisionVector, Expectation};
use serde_json::Value;

/// Whether the name of a received field could be read as an identity header, in any spelling.
fn looks_like_identity_header(name: &str, vector: &DecisionVector) -> bool {
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

fn expectation(vector: &DecisionVector) -> &Expectation {
    vector.expect_in_envoy.as_ref().unwrap_or(&vector.expect)
}

/// Checks the response to a vector. Returns which part responded, or what is wrong.
fn run(plain: &Plain, vector: &DecisionVector) -> Result<Answer, String> {
    let before = plain.upstream.seen();
    let response = request(vector).send(plain.envoy.address()).map_err(|error| format!("no response: {error}"))?;
    let reached = plain.upstream.seen() - before;
    let actual = format!("{} {:?}, {reached} at the upstream", response.status, response.code());
    match expectation(vector) {
        Expectation::Deny(_) | Expectation::DenyGrpc(_) if reached > 0 => Err(actual),
        // A refused gRPC request gets status 200, and the refusal in the fields of gRPC.
        Expectation::DenyGrpc(_) if response.status == 200 => check_grpc_reply(&response, vector),
        Expectation::Deny(_) | Expectation::DenyGrpc(_) if response.status == 200 => Err(actual),
        Expectation::Deny(_) | Expectation::DenyGrpc(_) => check_reply(&response, vector, &actual),
        Expectation::Allow(_) if reached != 1 || response.status != 200 => Err(actual),
        Expectation::Allow(change) => check_change(&response, vector, change),
    }
}

/// Compares the whole reply: status, body, and every header field that the gate sets.
fn check_reply(response: &Response, vector: &DecisionVector, actual: &str) -> Result<Answer, String> {
    let expected = expectation(vector).reply().expect("a vector that is refused");
    // A response to HEAD has no body with the code (RFC 9110 section 9.3.2).
    let has_body = vector.method != "HEAD";
    match response.code() {
        None if has_body || response.header("content-type").as_deref() != Some("application/problem+json") => {
            // What Envoy's own parser refuses never reaches the plugin.
            if matches!(response.status, 400 | 403 | 404 | 431) { Ok(Answer::Envoy) } else { Err(actual.to_owned()) }
        }
        _ if response.status != expected.status => Err(actual.to_owned()),
        _ if has_body && response.json() != expected.body => Err(format!("the body is {}", response.json())),
        _ => {
            check_fields(response, &expected.headers)?;
            let sent = vector.header_bytes(now()).into_iter().map(|(_, value)| value).filter(|value| value.len() > 20);
            let echoed = sent.clone().any(|value| response.body.windows(value.len()).any(|window| window == value));
            if echoed { Err("the reply contains the token".into()) } else { Ok(Answer::Plugin) }
        }
    }
}

/// Compares the reply in the form of gRPC (gRPC over HTTP/2, section "Responses"): status and message, and the fields as metadata.
fn check_grpc_reply(response: &Response, vector: &DecisionVector) -> Result<Answer, String> {
    let expected = expectation(vector).reply().expect("a vector that is refused");
    let status = match expected.grpc_status.as_str() {
        "INVALID_ARGUMENT" => "3",
        "PERMISSION_DENIED" => "7",
        "UNIMPLEMENTED" => "12",
        "UNAVAILABLE" => "14",
        "UNAUTHENTICATED" => "16",
        other => return Err(format!("no gRPC status of a refusal: {other}")),
    };
    let grpc = [("grpc-status", status), ("content-type", "application/grpc"), ("grpc-message", expected.detail())];
    let metadata = expected.headers.iter().filter(|(name, _)| name != "content-type").cloned();
    let fields: Vec<_> = grpc.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).chain(metadata).collect();
    check_fields(response, &fields)?;
    if response.body.is_empty() { Ok(Answer::Plugin) } else { Err("a gRPC reply with a body".into()) }
}

fn check_fields(response: &Response, fields: &[(String, String)]) -> Result<(), String> {
    for (name, value) in fields {
        let actual = response.header(name);
        if actual.as_deref() != Some(value) {
            return Err(format!("`{name}` is {actual:?} and not `{value}`"));
        }
    }
    let is_challenged = fields.iter().any(|(name, _)| name == "www-authenticate");
    match response.header("www-authenticate") {
        Some(challenge) if !is_challenged => Err(format!("a challenge: {challenge}")),
        _ => Ok(()),
    }
}

/// Compares the request that the upstream received: it has exactly the identity headers that the gate sets, and no removed field.
fn check_change(response: &Response, vector: &DecisionVector, change: &Change) -> Result<Answer, String> {
    let arrived = response.json().get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
    // The vector itself says whether a token is forwarded with a request that belongs to no API.
    let forwards = |settings: &Value| settings["credential"]["forward"] == true || change.grounds == "unmatched";
    let token = arrived.iter().find(|(_, value)| value.as_str().unwrap_or_default().contains("eyJ"));
    if let Some((name, _)) = token
        && !vector.settings.as_ref().is_some_and(forwards)
    {
        return Err(format!("the token arrived in `{name}`"));
    }
    let stays = |name: &&String| {
        let name = name.to_ascii_lowercase();
        arrived.contains_key(&name) && !change.set.contains_key(&name)
    };
    if let Some(name) = change.remove.iter().find(stays) {
        return Err(format!("`{name}` arrived"));
    }
    let host = arrived.get("host").and_then(Value::as_str);
    if host != Some(change.authority.as_ref().unwrap_or(&vector.authority)) {
        return Err(format!("the authority arrived as {host:?}"));
    }
    let arrived: BTreeMap<String, String> = arrived
        .into_iter()
        .filter(|(name, _)| looks_like_identity_header(name, vector))
        .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
        .collect();
    if arrived == change.set { Ok(Answer::Plugin) } else { Err(format!("the upstream received {arrived:?}")) }
}

/// The part that responded.
#[derive(PartialEq)]
enum Answer {
    Plugin,
    Envoy,
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
                Ok(Answer::Plugin) => {}
                Ok(Answer::Envoy) => by_envoy.push(vector.description.clone()),
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
