//! The steps agree with the decision on every shared vector, and say what would have to change.

use std::collections::BTreeSet;
use std::net::IpAddr;

use postern_token::UnixSeconds;
use postern_vectors::{DecisionVector, Expectation, Forge, TokenSpec};
use serde_json::{Value, json};

use super::steps;
use crate::request::Request;
use crate::tests::gate;
use crate::{Gate, explain};

const NOW: u64 = 1_800_000_000;

fn states(steps: &Value) -> Vec<&str> {
    steps.as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect()
}

fn expected_states(expectation: &Expectation) -> Vec<&'static str> {
    let at = |name: &str| crate::Step::ALL.iter().position(|step| step.as_str() == name).unwrap();
    let (passed, failed) = match expectation {
        Expectation::Allow(change) if change.grounds == "token" => (12, 0),
        Expectation::Allow(_) => (3, 0),
        _ => (at(&expectation.reply().unwrap().step), 1),
    };
    [vec!["passed"; passed], vec!["failed"; failed], vec!["not_reached"; 12 - passed - failed]].concat()
}

/// The steps of the decision on `vector`, and the tokens that it holds.
fn steps_of(vector: &DecisionVector) -> Value {
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
    let (gate, now) = (gate(vector.settings.as_ref()), UnixSeconds(NOW));
    let decision = gate.decide(&request, now);
    steps(&gate, &request, &decision, now)
}

#[test]
fn the_steps_of_every_vector_end_where_its_decision_does() {
    let vectors = postern_vectors::decisions();
    let mut changed = BTreeSet::new();
    for vector in &vectors {
        let steps = steps_of(vector);
        assert_eq!(states(&steps), expected_states(&vector.expect), "{}: {steps}", vector.description);
        for step in steps.as_array().unwrap() {
            let (state, read) = (&step["state"], step["read"].as_array().unwrap());
            assert_eq!(step["change"].is_string(), state == "failed", "{}: {step}", vector.description);
            assert!(!read.is_empty() || state == "not_reached", "{}: {step}", vector.description);
            let unverified = read.iter().filter(|fact| fact["unverified"] == true).count();
            let may_be = (step["step"] == "token" && state == "failed") || (step["step"] == "claims" && state == "not_reached");
            assert!(may_be || unverified == 0, "{}: {step}", vector.description);
            if let Some(change) = step["change"].as_str() {
                assert!(change.ends_with('.'), "{}: {change}", vector.description);
                changed.insert(step["step"].as_str().unwrap().to_owned());
            }
        }
        let token = vector.token.as_ref().map(|spec| Forge::new(NOW).token(spec)).unwrap_or_default();
        let signature = token.rsplit('.').next().filter(|signature| signature.len() > 20);
        assert!(signature.is_none_or(|signature| !steps.to_string().contains(signature)), "{}", vector.description);
    }
    assert!(vectors.len() > 1_000 && changed.len() == 11, "{} vectors, {changed:?}", vectors.len());
}

/// The explanation of a request with this token.
fn explained(gate: &Gate, (method, path): (&str, &str), token: Option<&TokenSpec>, headers: &[[&str; 2]]) -> Value {
    let mut headers: Vec<[String; 2]> = headers.iter().map(|pair| pair.map(str::to_owned)).collect();
    headers.push(["host".into(), "api.example".into()]);
    if let Some(spec) = token {
        headers.push(["authorization".into(), format!("Bearer {}", Forge::new(NOW).token(spec))]);
    }
    let request = json!({"method": method, "path": path, "headers": headers, "source": "192.0.2.7"});
    explain::explain_steps(gate, request.to_string().as_bytes(), UnixSeconds(NOW)).unwrap()
}

fn spec(changes: &Value) -> TokenSpec {
    serde_json::from_value(changes.clone()).unwrap()
}

fn step<'a>(answer: &'a Value, name: &str) -> &'a Value {
    answer["steps"].as_array().unwrap().iter().find(|step| step["step"] == name).unwrap()
}

fn fact<'a>(answer: &'a Value, at: &str, name: &str) -> &'a str {
    let read = step(answer, at)["read"].as_array().unwrap();
    read.iter()
        .find(|fact| fact["name"] == name)
        .and_then(|fact| fact["value"].as_str())
        .unwrap_or_else(|| panic!("{at} {name}: {answer}"))
}

/// Requests, each with the changes of its token, the code of the refusal, and what would have to change.
type Refusals<'a> = &'a [((&'a str, &'a str), Value, &'a str, &'a str)];

fn check_changes(refusals: Refusals<'_>) {
    let gate = gate(None);
    for (request, token, code, change) in refusals {
        let token = (!token.is_null()).then(|| spec(token));
        let answer = explained(&gate, *request, token.as_ref(), &[]);
        assert_eq!(answer["code"], *code, "{answer}");
        assert_eq!(step(&answer, answer["step"].as_str().unwrap())["change"], *change);
    }
}

const ORDERS: (&str, &str) = ("GET", "/pizza/1.0.0/orders/1");

#[test]
fn each_refusal_before_the_claims_says_what_would_have_to_change() {
    check_changes(&[
        (("GET", "/pizza//x"), json!({}), "bad_path", "Send the path in normal form: the path contains `//`."),
        (
            ("GET", "/pizza/1.0.0/menu/"),
            json!({}),
            "no_such_api",
            "Call a host and a path that the bundle has: the path differs from `/menu` of the API pizza/1.0.0 only in a slash at its end.",
        ),
        (
            ("DELETE", "/pizza/1.0.0/menu"),
            json!({}),
            "method_not_allowed",
            "Use another method: the resource accepts GET, PUT, not `DELETE`.",
        ),
        (ORDERS, Value::Null, "missing_token", "Send an access token in the header `authorization: Bearer TOKEN`."),
        (
            ORDERS,
            json!({"form": "{h}.{p}"}),
            "malformed_token",
            "Send the access token exactly as the issuer gave it: the token is not three parts separated by dots.",
        ),
        (
            ORDERS,
            json!({"header": {"alg": "RS256"}}),
            "malformed_token",
            "Send a token that was signed with HS256, the algorithm of its signing key.",
        ),
        (
            ORDERS,
            json!({"claims": {"app": {"remove": true}}}),
            "malformed_token",
            "Obtain a token from the issuer: this one lacks the claims app.",
        ),
        (
            ORDERS,
            json!({"header": {"typ": "JWT"}}),
            "wrong_type",
            "Send an access token: its header must have the `typ` `at+jwt`, and this one has `JWT`.",
        ),
        (
            ORDERS,
            json!({"header": {"kid": "k9"}}),
            "unknown_key",
            "Obtain a token from an issuer of this bundle, or use a bundle that has the signing key `k9`; this one has k1, k2, es1, ed1, rs1.",
        ),
        (
            ORDERS,
            json!({"signature": "flip"}),
            "bad_signature",
            "Send the token exactly as the issuer gave it: it was changed or cut, or another key with the same `kid` signed it.",
        ),
    ]);
}

#[test]
fn each_refusal_because_of_the_claims_says_what_would_have_to_change() {
    check_changes(&[
        (
            ORDERS,
            json!({"claims": {"iss": "https://other.example"}}),
            "wrong_issuer",
            "Send a token that names the issuer whose key signed it: the key is not one of `https://other.example`.",
        ),
        (
            ORDERS,
            json!({"claims": {"aud": "https://other.example"}}),
            "wrong_audience",
            "Obtain a token whose `aud` contains `https://api.example`; this one has https://other.example.",
        ),
        (
            ORDERS,
            json!({"claims": {"exp": {"now": -180}}}),
            "expired",
            "Obtain a new token: this one expired at 2027-01-15 07:57:00 UTC (3 minutes ago).",
        ),
        (
            ORDERS,
            json!({"claims": {"nbf": {"now": 600}}}),
            "not_yet_valid",
            "Wait until the token is valid, at 2027-01-15 08:10:00 UTC (in 10 minutes), or correct the clocks.",
        ),
        (
            ORDERS,
            json!({"claims": {"status": {"status_list": {"idx": 1, "uri": "https://issuer.example/status/1"}}}}),
            "stale",
            "Use a current bundle: it does not hold the list `https://issuer.example/status/1`.",
        ),
        (
            ORDERS,
            json!({"claims": {"key_type": "sandbox"}}),
            "wrong_environment",
            "Obtain a token for production, or call a gateway of the token's environment.",
        ),
        (("GET", "/pizza/1.0.0/me"), json!({}), "wrong_kind", "Send a user token."),
        (
            ORDERS,
            json!({"claims": {"apis": {"pasta/1": "gold"}}}),
            "not_subscribed",
            "Subscribe the application `app-1` to `pizza/1.0.0`, and obtain a new token.",
        ),
        (
            ("POST", "/pizza/1.0.0/orders/1/refund"),
            json!({}),
            "insufficient_scope",
            "Obtain a token that also has these scopes: refunds.",
        ),
        (
            ("GET", "/pizza/1.0.0/widget"),
            json!({}),
            "domain_not_allowed",
            "Send one of the headers `origin`, `referer`, `domain`, with the domain of the page that sends the request.",
        ),
        (
            ORDERS,
            json!({"claims": {"ips": ["10.0.0.0/8"]}}),
            "address_not_allowed",
            "Call from an address that the token allows (10.0.0.0/8); the client's address is 192.0.2.7.",
        ),
    ]);
}

#[test]
fn every_required_claim_is_named_when_it_is_missing() {
    for claim in ["iss", "aud", "iat", "jti", "client_id", "sub", "kind", "key_type", "app", "apis"] {
        let token = spec(&json!({"claims": {claim: {"remove": true}}}));
        let answer = explained(&gate(None), ORDERS, Some(&token), &[]);
        let change = step(&answer, "token")["change"].as_str().unwrap();
        assert_eq!(change, format!("Obtain a token from the issuer: this one lacks the claims {claim}."));
    }
}

#[test]
fn a_step_shows_what_it_read() {
    let gate = gate(None);
    let token = spec(&json!({"key": "es1"}));
    let answer =
        explained(&gate, ("GET", "/pizza/1.0.0/%6frders/1?q=secret"), Some(&token), &[["origin", "https://app.example"]]);
    assert_eq!((&answer["outcome"], &answer["code"]), (&json!("allow"), &json!("token")), "{answer}");
    for (at, name, value) in [
        ("path", "normal form", "/pizza/1.0.0/orders/1"),
        ("resource", "API", "pizza/1.0.0 at /pizza/1.0.0"),
        ("resource", "resource", "/orders/*"),
        ("token", "issuers with a signing key of this kid", "https://issuer.example with ES256"),
        ("token", "signature", "valid"),
        ("claims", "exp", "2027-01-15 09:00:00 UTC (in 60 minutes)"),
        ("status", "status", "the token names no status list, so it cannot be revoked"),
        ("subscription", "tier", "gold"),
        ("scope", "needed", "orders"),
        ("domain", "header origin", "https://app.example"),
        ("address", "address of the client", "192.0.2.7"),
    ] {
        assert_eq!(fact(&answer, at, name), value, "{at} {name}");
    }
    assert!(!answer["steps"].to_string().contains("secret"));
}

#[test]
fn what_an_unverified_token_says_is_marked() {
    let answer = explained(&gate(None), ORDERS, Some(&spec(&json!({"signature": "flip"}))), &[]);
    let marked = |at: &str, name: &str| {
        let read = step(&answer, at)["read"].as_array().unwrap();
        read.iter().find(|fact| fact["name"] == name).unwrap()["unverified"] == true
    };
    assert!(marked("token", "kid") && marked("claims", "sub") && marked("claims", "scope"), "{answer}");
    assert!(!marked("token", "signature"));
    assert_eq!(fact(&answer, "token", "signature"), "not valid");
    // A missing claim is found after the signature is verified.
    let answer = explained(&gate(None), ORDERS, Some(&spec(&json!({"claims": {"app": {"remove": true}}}))), &[]);
    assert_eq!(fact(&answer, "token", "signature"), "valid");
    // The steps that would show them are not reached.
    let answer = explained(&gate(None), ORDERS, Some(&spec(&json!({"claims": {"exp": 1}}))), &[]);
    assert_eq!(fact(&answer, "claims", "scope"), "orders menu:write");
}

#[test]
fn a_public_resource_needs_no_token() {
    let answer = explained(&gate(None), ("GET", "/pizza/1.0.0/menu"), None, &[]);
    assert_eq!(answer["code"], "public");
    assert_eq!(fact(&answer, "resource", "takes"), "no token: the resource is public");
    assert_eq!(states(&answer["steps"])[2..4], ["passed", "not_reached"]);
}

/// The step at which the decision on the vector fails.
fn failed_step(description: &str) -> Value {
    let vectors = postern_vectors::decisions();
    let vector = vectors.iter().find(|vector| vector.description == description).unwrap_or_else(|| panic!("no `{description}`"));
    let steps = steps_of(vector);
    steps.as_array().unwrap().iter().find(|step| step["state"] == "failed").unwrap().clone()
}

#[test]
fn what_is_wrong_with_a_status_list_is_said() {
    for (vector, change) in [
        ("a token beyond the end of its list is stale", "has 16 entries, and the token's index is 16."),
        (
            "a token in a list that the edge does not have is stale",
            "it does not hold the list `https://issuer.example/status/elsewhere`.",
        ),
        ("a token in a list that has expired is stale", "could be used until 2023-11-14 22:13:21 UTC (3 years ago)."),
        (
            "the issuer's token is not looked up in a trusted issuer's list",
            "belongs to another issuer than `https://issuer.example`.",
        ),
        (
            "a trusted issuer's token is not looked up in the issuer's list",
            "belongs to another issuer than `https://partner.example`.",
        ),
    ] {
        let step = failed_step(vector);
        assert!(step["change"].as_str().is_some_and(|text| text.ends_with(change)), "{step}");
    }
}

/// A key of the other environment has signed such a token, so what it says is true; with an unknown key it may be false.
#[test]
fn what_a_token_says_is_marked_unless_a_key_of_the_bundle_has_signed_it() {
    for (vector, unverified) in [
        ("a key of the sandbox mints no production token", 0),
        ("a token with an unknown kid is refused", 3),
        ("a token without kid is refused", 2),
    ] {
        let step = failed_step(vector);
        let marked = step["read"].as_array().unwrap().iter().filter(|fact| fact["unverified"] == true).count();
        assert_eq!(marked, unverified, "{vector}: {step}");
    }
}

/// A fact of a step; `None` if the step has not read it.
fn fact_if_read(answer: &Value, at: &str, name: &str) -> Option<String> {
    let read = step(answer, at)["read"].as_array().unwrap();
    read.iter().find(|fact| fact["name"] == name).map(|fact| fact["value"].as_str().unwrap().to_owned())
}

#[test]
fn what_is_known_of_a_signature_is_said() {
    for (token, known) in [
        (json!({"key": "es1"}), Some("valid")),
        (json!({"signature": "flip"}), Some("not valid")),
        (json!({"header": {"kid": "k3"}}), Some("not checked")),
        // A part that cannot be decoded may be the signature.
        (json!({"form": "{h}.{p}.{s}="}), None),
    ] {
        let answer = explained(&gate(None), ORDERS, Some(&spec(&token)), &[]);
        assert_eq!(fact_if_read(&answer, "token", "signature").as_deref(), known, "{token}: {answer}");
    }
}

#[test]
fn the_longest_validity_is_that_of_the_kind_of_token() {
    let settings = json!({"bundle": {"max_validity": {"application": 86_400, "user": 7_200}}});
    for (kind, sub, longest) in [("application", "consumer-key-1", "24 hours"), ("user", "alice@local", "2 hours")] {
        let token = json!({"claims": {"kind": kind, "sub": sub}});
        let answer = explained(&gate(Some(&settings)), ORDERS, Some(&spec(&token)), &[]);
        assert_eq!(fact_if_read(&answer, "claims", "longest validity").as_deref(), Some(longest), "{answer}");
    }
}

#[test]
fn a_resource_that_requires_a_domain_says_so() {
    for (path, required) in [("/pizza/1.0.0/widget", Some("a client domain")), ("/pizza/1.0.0/orders/1", None)] {
        let answer = explained(&gate(None), ("GET", path), Some(&spec(&json!({}))), &[["origin", "https://app.example"]]);
        assert_eq!(fact_if_read(&answer, "domain", "the resource requires").as_deref(), required, "{answer}");
    }
}

#[test]
fn a_number_that_is_no_time_stays_a_number() {
    let answer = explained(&gate(None), ORDERS, Some(&spec(&json!({"claims": {"level": 5}}))), &[]);
    assert_eq!(fact(&answer, "claims", "level"), "5");
}
