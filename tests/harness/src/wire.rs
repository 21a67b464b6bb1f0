//! The shared decision vectors over the wire: requests to a real host, and the comparison of its responses.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use postern_vectors::{Change, DecisionVector, Expectation};
use serde_json::Value;

use crate::client::{Request, Response};
use crate::clock::now;
use crate::upstream::Upstream;

/// A guarded API, over the wire.
#[derive(Debug, Clone, Copy)]
pub struct Wire<'a> {
    /// Where the host listens.
    pub address: SocketAddr,
    /// The upstream behind it.
    pub upstream: &'a Upstream,
    /// The field in which the upstream gets the authority that was judged.
    pub authority_field: &'a str,
}

/// The part that responded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The gate.
    Gate,
    /// The host, which refuses some requests before the gate gets them.
    Host,
    /// None: the host closed the connection.
    None,
}

impl Wire<'_> {
    /// Sends the request of a vector and compares the response, and what the upstream got, with what is expected. Returns which part
    /// responded, or what is wrong.
    pub fn run(&self, vector: &DecisionVector, expected: &Expectation) -> Result<Answer, String> {
        let before = self.upstream.seen();
        let sent = request(vector).send(self.address);
        let reached = self.upstream.seen() - before;
        let response = match (sent, expected) {
            (Ok(response), _) => response,
            (Err(_), Expectation::Deny(_) | Expectation::DenyGrpc(_)) if reached == 0 => return Ok(Answer::None),
            (Err(error), _) => return Err(format!("no response: {error}")),
        };
        let actual = format!("{} {:?}, {reached} at the upstream", response.status, response.code());
        match expected {
            Expectation::Deny(_) | Expectation::DenyGrpc(_) if reached > 0 => Err(actual),
            // A refused gRPC request gets status 200, and the refusal in the fields of gRPC.
            Expectation::DenyGrpc(_) if response.status == 200 => check_grpc_reply(&response, expected),
            Expectation::Deny(_) | Expectation::DenyGrpc(_) if response.status == 200 => Err(actual),
            Expectation::Deny(_) | Expectation::DenyGrpc(_) => check_reply(&response, vector, expected, &actual),
            Expectation::Allow(_) if reached != 1 || response.status != 200 => Err(actual),
            Expectation::Allow(change) => check_change(&response, vector, change, self.authority_field),
        }
    }
}

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

/// Compares the whole reply: status, body, and every header field that the gate sets.
fn check_reply(response: &Response, vector: &DecisionVector, expected: &Expectation, actual: &str) -> Result<Answer, String> {
    let expected = expected.reply().ok_or("it does not pass")?;
    // A response to HEAD has no body with the code (RFC 9110 section 9.3.2).
    let has_body = vector.method != "HEAD";
    match response.code() {
        None if has_body || response.header("content-type").as_deref() != Some("application/problem+json") => {
            // What the host's own parser refuses never reaches the gate.
            if matches!(response.status, 400 | 403 | 404 | 431) { Ok(Answer::Host) } else { Err(actual.to_owned()) }
        }
        _ if response.status != expected.status => Err(actual.to_owned()),
        _ if has_body && response.json() != expected.body => Err(format!("the body is {}", response.json())),
        _ => {
            check_fields(response, &expected.headers)?;
            let sent = vector.header_bytes(now()).into_iter().map(|(_, value)| value).filter(|value| value.len() > 20);
            let echoed = sent.clone().any(|value| response.body.windows(value.len()).any(|window| window == value));
            if echoed { Err("the reply contains the token".into()) } else { Ok(Answer::Gate) }
        }
    }
}

/// Compares the reply in the form of gRPC (gRPC over HTTP/2, section "Responses"): status and message, and the fields as metadata.
fn check_grpc_reply(response: &Response, expected: &Expectation) -> Result<Answer, String> {
    let expected = expected.reply().ok_or("it does not pass")?;
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
    if response.body.is_empty() { Ok(Answer::Gate) } else { Err("a gRPC reply with a body".into()) }
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
fn check_change(response: &Response, vector: &DecisionVector, change: &Change, authority_field: &str) -> Result<Answer, String> {
    let arrived = response.json().get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
    // The vector itself says whether a token is forwarded with a request that belongs to no API.
    let forwards =
        |settings: &Value| settings.pointer("/credential/forward") == Some(&Value::Bool(true)) || change.grounds == "unmatched";
    let token = arrived.iter().find(|(_, value)| value.as_str().unwrap_or_default().contains("eyJ"));
    if let Some((name, _)) = token
        && !vector.settings.as_ref().is_some_and(forwards)
    {
        return Err(format!("the token arrived in `{name}`"));
    }
    let stays = |name: &&String| {
        let name = name.to_ascii_lowercase();
        arrived.contains_key(&name) && !change.set.contains_key(&name) && name != authority_field
    };
    if let Some(name) = change.remove.iter().find(stays) {
        return Err(format!("`{name}` arrived"));
    }
    let host = arrived.get(authority_field).and_then(Value::as_str);
    if host != Some(change.authority.as_ref().unwrap_or(&vector.authority)) {
        return Err(format!("the authority arrived as {host:?}"));
    }
    let arrived: BTreeMap<String, String> = arrived
        .into_iter()
        .filter(|(name, _)| looks_like_identity_header(name, vector))
        .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
        .collect();
    if arrived == change.set { Ok(Answer::Gate) } else { Err(format!("the upstream received {arrived:?}")) }
}
