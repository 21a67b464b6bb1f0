//! Header and payload of a token as facts. Until the signature is verified, each of them is marked.

use postern_token::{Node, UnixSeconds};

use super::case::Case;
use super::facts::{Facts, listed, node_text};
use super::time_text::time;
use crate::decision::Step;

/// The claims that hold a time.
const TIMES: [&str; 3] = ["exp", "nbf", "iat"];

/// The claims that later steps show, if they are reached.
const OF_LATER_STEPS: [(&str, Step); 7] = [
    ("status", Step::Status),
    ("key_type", Step::Environment),
    ("kind", Step::Environment),
    ("apis", Step::Subscription),
    ("scope", Step::Scope),
    ("domains", Step::Domain),
    ("ips", Step::Address),
];

/// A parameter of the token's header, if it is text.
pub(super) fn parameter(case: &Case<'_>, wanted: &str) -> Option<String> {
    text_member(case.parts[0].as_deref()?, wanted)
}

/// A claim of the token, verified or not, if it is text.
pub(super) fn claim(case: &Case<'_>, wanted: &str) -> Option<String> {
    text_member(case.parts[1].as_deref()?, wanted)
}

/// The names of the claims in the token's payload; `None` if it is no JSON object.
pub(super) fn claim_names(case: &Case<'_>) -> Option<Vec<String>> {
    match Node::parse(case.parts[1].as_deref()?) {
        Ok(Node::Object(members)) => Some(members.into_iter().map(|(name, _)| name.into_owned()).collect()),
        _ => None,
    }
}

/// Every parameter of the header, and what is known about the signing key.
pub(super) fn header(case: &Case<'_>, facts: &mut Facts) {
    add_members(case, case.parts[0].as_deref(), "header", |_| true, facts);
    let Some(kid) = parameter(case, "kid") else { return };
    let found = case.gate.issuers().iter().filter_map(|issuer| Some((issuer.keys.find(&kid)?, issuer)));
    let found = found.map(|(key, issuer)| format!("{} with {}", issuer.name, key.algorithm().as_str()));
    facts.add("issuers with a signing key of this kid", listed(found));
}

/// The claims; those that a later step shows are left out.
pub(super) fn claims(case: &Case<'_>, facts: &mut Facts) {
    let last = case.last_step();
    let is_shown_later = |name: &str| OF_LATER_STEPS.iter().any(|(own, step)| *own == name && *step <= last);
    add_members(case, case.parts[1].as_deref(), "claims", |name| !is_shown_later(name), facts);
}

fn add_members(case: &Case<'_>, part: Option<&[u8]>, what: &str, is_shown: impl Fn(&str) -> bool, facts: &mut Facts) {
    let mut add = |name: &str, value: String| {
        if case.is_verified() { facts.add(name, value) } else { facts.add_unverified(name, value) }
    };
    let Some(part) = part else { return add(what, "not base64url without padding, or missing".into()) };
    match Node::parse(part) {
        Ok(Node::Object(members)) => {
            for (name, value) in members.iter().filter(|(name, _)| is_shown(name)) {
                let text = match value {
                    Node::Whole(seconds) if TIMES.contains(&&**name) => time(UnixSeconds(*seconds), case.now),
                    value => node_text(value).into_owned(),
                };
                add(name, text);
            }
        }
        Ok(_) => add(what, "not a JSON object".into()),
        Err(error) => add(what, format!("not JSON: {error}")),
    }
}

fn text_member(json: &[u8], wanted: &str) -> Option<String> {
    let Ok(Node::Object(members)) = Node::parse(json) else { return None };
    members.into_iter().find_map(|(name, value)| match value {
        Node::Text(text) if name == wanted => Some(text.into_owned()),
        _ => None,
    })
}
