//! Runs the shared vectors against the decision, the reply and the changes of the request.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use postern_token::{Algorithm, UnixSeconds};
use postern_vectors::{DecisionVector, Expectation};

use crate::reply::{self, GrpcStatus, Reply};
use crate::{Decision, Gate, Grounds, KnownSignature, Reason, Request, Verdict};

const NOW: u64 = 1_800_000_000;

pub(crate) fn gate(settings: Option<&serde_json::Value>) -> Gate {
    let mut document: serde_json::Map<String, serde_json::Value> =
        settings.and_then(|value| value.as_object()).cloned().unwrap_or_default();
    let mut bundle: serde_json::Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    if let Some(serde_json::Value::Object(changes)) = document.remove("bundle") {
        bundle.as_object_mut().unwrap().extend(changes);
    }
    document.insert("bundle".into(), bundle);
    Gate::from_json(serde_json::Value::Object(document).to_string().as_bytes()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// How a host decides.
type Decide = for<'a> fn(&'a Gate, &Request<'_>) -> Decision<'a>;

fn at_once<'a>(gate: &'a Gate, request: &Request<'_>) -> Decision<'a> {
    gate.decide(request, UnixSeconds(NOW))
}

/// Decides as a host whose cryptography is asynchronous.
fn in_steps<'a>(gate: &'a Gate, request: &Request<'_>) -> Decision<'a> {
    let mut known = Vec::new();
    loop {
        let missing = match gate.decide_in_steps(request, &known, UnixSeconds(NOW)) {
            Ok(decision) => return decision,
            Err(missing) => missing,
        };
        let is_valid = match missing.algorithm {
            Algorithm::Es256 => postern_vectors::is_es256_signature(&missing.key, &missing.message, &missing.signature),
            _ => postern_vectors::is_rs256_signature(&missing.key, &missing.message, &missing.signature),
        };
        assert!(known.iter().all(|known: &KnownSignature| known.key != missing.key), "the same check is asked for again");
        known.push(KnownSignature { key: missing.key, is_valid });
    }
}

/// What is wrong with the decision on `vector` or with its reply or changes; `Ok` if nothing is.
fn run(gate: &Gate, vector: &DecisionVector, decide: Decide) -> Result<(), String> {
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
    match (decide(gate, &request).verdict, vector.expect.reply(), &vector.expect) {
        (Verdict::Deny(reason), Some(expected), expectation) => {
            let is_grpc = matches!(expectation, Expectation::DenyGrpc(_));
            check_reply(&reason, &reply::deny(&reason, &request), expected, is_grpc)
        }
        (Verdict::Allow(grounds), None, Expectation::Allow(expected)) => {
            let settings = gate.settings();
            let changes = reply::allow(&grounds, &request, &settings);
            let stays = |name: &[u8]| !changes.remove.contains(&name);
            let forged = fields.iter().find(|(name, _)| stays(name) && looks_like_identity(name));
            let token = fields.iter().find(|(name, value)| stays(name) && value.windows(3).any(|window| window == b"eyJ"));
            let keeps_token = gate.settings().credential.forward || grounds == Grounds::Unmatched { own_token: false };
            let set: BTreeMap<String, String> =
                changes.set.iter().map(|(name, value)| ((*name).into(), value.as_ref().into())).collect();
            let remove: Vec<Vec<u8>> = expected.remove.iter().map(|name| postern_vectors::bytes(name)).collect();
            match (forged, token) {
                (Some((name, _)), _) => Err(format!("leaves the client's `{}`", String::from_utf8_lossy(name))),
                (None, Some((name, _))) if !keeps_token => {
                    Err(format!("leaves the token in `{}`", String::from_utf8_lossy(name)))
                }
                _ if set != expected.set || set.len() != changes.set.len() => Err(format!("sets {:?}", changes.set)),
                _ if expected.authority != changes.authority => Err(format!("forwards the authority {:?}", changes.authority)),
                _ if remove != changes.remove => Err(format!("removes {:?}", changes.remove)),
                _ if grounds.code() != expected.grounds => Err(format!("passes for {}", grounds.code())),
                _ => Ok(()),
            }
        }
        (verdict, ..) => Err(format!("{verdict:?}")),
    }
}

/// Compares the whole reply.
fn check_reply(reason: &Reason<'_>, reply: &Reply, expected: &postern_vectors::Reply, is_grpc: bool) -> Result<(), String> {
    let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
    let headers: Vec<(&str, &str)> = reply.headers.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    let expected_headers: Vec<(&str, &str)> =
        expected.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let grpc = reply.grpc_status.map(grpc_name);
    let right = reason.code().as_str() == expected.code()
        && reason.step().as_str() == expected.step
        && reply.status == expected.status
        && headers == expected_headers
        && body == expected.body
        && reply.detail == expected.detail()
        && grpc == is_grpc.then_some(expected.grpc_status.as_str());
    if right { Ok(()) } else { Err(format!("{:?} at {:?}: {reply:?}", reason.code(), reason.step())) }
}

fn grpc_name(status: GrpcStatus) -> &'static str {
    match status {
        GrpcStatus::InvalidArgument => "INVALID_ARGUMENT",
        GrpcStatus::Unauthenticated => "UNAUTHENTICATED",
        GrpcStatus::PermissionDenied => "PERMISSION_DENIED",
        GrpcStatus::Unimplemented => "UNIMPLEMENTED",
        GrpcStatus::Unavailable => "UNAVAILABLE",
    }
}

fn looks_like_identity(name: &[u8]) -> bool {
    let fold = |byte: &u8| if byte.is_ascii_alphanumeric() { char::from(byte.to_ascii_lowercase()) } else { '-' };
    name.iter().map(fold).collect::<String>().starts_with("x-postern-")
}

/// All vectors with the same settings go through one gate, twice. The cache must not change the verdict on any of them.
fn check_all(decide: Decide) {
    let vectors = postern_vectors::decisions();
    let mut by_settings: BTreeMap<String, Vec<&DecisionVector>> = BTreeMap::new();
    for vector in &vectors {
        by_settings.entry(format!("{:?}", vector.settings)).or_default().push(vector);
    }
    let mut wrong = Vec::new();
    for alike in by_settings.values() {
        let gate = gate(alike.first().and_then(|vector| vector.settings.as_ref()));
        for (vector, round) in alike.iter().map(|vector| (vector, 1)).chain(alike.iter().map(|vector| (vector, 2))) {
            if let Err(got) = run(&gate, vector, decide) {
                wrong.push(format!("{}, round {round}: expected {:?}, got {got}", vector.description, vector.expect));
            }
        }
        let used = gate.take_cache_use();
        let passed = alike.iter().any(|vector| matches!(&vector.expect, Expectation::Allow(change) if !change.set.is_empty()));
        assert!(used.hits > 0 || !passed, "the second round had no cache hit");
    }
    assert!(wrong.is_empty(), "{} of {} vectors:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
}

#[test]
fn the_decision_matches_the_vectors() {
    check_all(at_once);
}

#[test]
fn the_decision_in_steps_matches_the_vectors() {
    check_all(in_steps);
}

/// The replies that no request can get while the gate has a fresh bundle.
#[test]
fn replies_without_a_usable_bundle() {
    for (reason, name) in
        [(Reason::NotReady, "not_ready"), (Reason::Overloaded, "overloaded"), (Reason::StaleBundle, "stale: bundle")]
    {
        for (content_type, is_grpc) in [(&b"text/plain"[..], false), (b"application/grpc", true)] {
            let headers = [(&b"content-type"[..], content_type)];
            let request = Request { method: b"GET", path: b"/", authority: b"", headers: &headers, client_address: &|| None };
            let reply = reply::deny(&reason, &request);
            check_reply(&reason, &reply, &postern_vectors::replies()[name], is_grpc).unwrap();
        }
    }
}

/// Every reply of `replies.json` is expected by a vector.
#[test]
fn every_reply_is_expected_by_a_vector() {
    let vectors = postern_vectors::decisions();
    let expected: BTreeSet<&str> = vectors
        .iter()
        .filter_map(|vector| match &vector.expect {
            Expectation::Allow(_) => None,
            Expectation::Deny(name) | Expectation::DenyGrpc(name) => Some(name.as_str()),
        })
        .chain(["not_ready", "overloaded", "stale: bundle"])
        .collect();
    assert_eq!(expected, postern_vectors::replies().keys().map(String::as_str).collect());
}

/// Checks the status, the type, the content type and the challenge of every reply.
#[test]
fn replies_are_problem_details() {
    for (name, reply) in postern_vectors::replies() {
        assert_eq!(reply.body["status"], reply.status, "{name}");
        assert_eq!(reply.body["type"], "about:blank", "{name}");
        assert_eq!(reply.headers[0], ("content-type".into(), "application/problem+json".into()), "{name}");
        assert_eq!(reply.headers[1], ("cache-control".into(), "no-store".into()), "{name}");
        let is_challenged = reply.headers.iter().any(|(name, _)| name == "www-authenticate");
        assert!(is_challenged || reply.status != 401, "{name}: RFC 9110 section 11.6.1");
        assert!(name == reply.code() || name.starts_with(&format!("{}: ", reply.code())), "{name}");
    }
}

#[test]
fn removed_trailers_match_the_vectors() {
    for vector in postern_vectors::trailers() {
        let names: Vec<Vec<u8>> = vector.trailers.iter().map(|name| postern_vectors::bytes(name)).collect();
        let fields: Vec<(&[u8], &[u8])> = names.iter().map(|name| (name.as_slice(), &b"value"[..])).collect();
        let gate = gate(vector.settings.as_ref());
        let settings = gate.settings();
        let remove: Vec<Vec<u8>> = vector.remove.iter().map(|name| postern_vectors::bytes(name)).collect();
        assert_eq!(reply::removed_trailers(&fields, &settings), remove, "{}", vector.description);
    }
}

#[test]
fn descriptions_are_unique() {
    let mut seen = BTreeSet::new();
    for vector in postern_vectors::decisions() {
        assert!(seen.insert(vector.description.clone()), "{}", vector.description);
    }
}
