//! The steps: what passes, and a refusal for each thing that the decision checks.

use std::net::SocketAddr;

use anyhow::Result;
use serde_json::{Value, json};

use super::checks::{SOAP, anything, nothing_forged, soap_arrived, tells_nothing, tells_who_calls};
use super::{Expected, Step};
use crate::demo::{DOMAIN, Demo};
use postern_test_harness::client::{Request, Response};
use postern_test_harness::clock::now;
use postern_test_harness::sample_api::ORDERS;

/// Names that a client may not speak under, in the spellings that servers take for the same.
const FORGED: [&str; 6] =
    ["x-postern-user", "X-Postern-Tier", "x_postern_application", "x-postern_key-type", "X_POSTERN_USER", "x-postern-anything"];

/// Every step, in its order.
pub(super) fn all(demo: &Demo) -> Result<Vec<Step>> {
    let ask = Ask { demo };
    let last = ask.step(
        "and a right token still passes",
        ask.order(&ask.demo.tokens.production),
        Expected::From("production"),
        tells_who_calls,
    );
    Ok([requests(&ask), tokens(&ask)?, rights(&ask)?, places(&ask), vec![last]].into_iter().flatten().collect())
}

/// Makes steps for one demo.
struct Ask<'a> {
    demo: &'a Demo,
}

impl Ask<'_> {
    /// The request that a right token is good for.
    fn order(&self, token: &str) -> Request {
        self.demo.request("GET", ORDERS).bearer(token)
    }

    /// The right token with other claims.
    fn claims(&self, claims: &Value) -> Result<String> {
        self.demo.remint.with_claims(claims)
    }

    fn step(
        &self,
        name: &'static str,
        request: Request,
        expected: Expected,
        check: fn(&Response, &Demo) -> Result<(), String>,
    ) -> Step {
        Step { name, request, place: self.gateway(), expected, check }
    }

    fn refused(&self, name: &'static str, request: Request, status: u16, code: &'static str) -> Step {
        self.step(name, request, Expected::Refused(status, code), anything)
    }

    fn gateway(&self) -> SocketAddr {
        self.demo.envoy.address()
    }
}

/// What a request is, whatever its token.
fn requests(ask: &Ask<'_>) -> Vec<Step> {
    let forge = |request: Request| FORGED.iter().fold(request, |request, name| request.header(*name, "forged"));
    let forged = forge(ask.order(&ask.demo.tokens.production));
    let forged_public = forge(ask.demo.request("GET", "/pizza/1.0.0/menu"));
    vec![
        ask.step("a right token passes", ask.order(&ask.demo.tokens.production), Expected::From("production"), tells_who_calls),
        ask.step(
            "so does one from the token endpoint",
            ask.order(&ask.demo.tokens.obtained),
            Expected::From("production"),
            tells_who_calls,
        ),
        ask.step(
            "a public resource needs no token",
            ask.demo.request("GET", "/pizza/1.0.0/menu"),
            Expected::From("production"),
            tells_nothing,
        ),
        ask.step("what a client says in identity headers never arrives", forged, Expected::From("production"), nothing_forged),
        ask.step("nor does it on a public resource", forged_public, Expected::From("production"), nothing_forged),
        ask.step(
            "a SOAP call passes with its body untouched",
            ask.demo
                .request("POST", "/pizza/1.0.0/soap")
                .bearer(&ask.demo.tokens.production)
                .body("text/xml; charset=utf-8", SOAP),
            Expected::From("production"),
            soap_arrived,
        ),
        ask.refused(
            "a method that the resource does not take is refused",
            ask.demo.request("DELETE", ORDERS).bearer(&ask.demo.tokens.production),
            405,
            "method_not_allowed",
        ),
        ask.refused(
            "a path without an API is refused",
            ask.demo.request("GET", "/pizza/3.0.0/menu").bearer(&ask.demo.tokens.production),
            404,
            "no_such_api",
        ),
        ask.refused("one that differs in case is refused", ask.demo.request("GET", "/pizza/1.0.0/MENU"), 404, "no_such_api"),
        ask.refused(
            "a path that two servers could read differently is refused",
            ask.demo.request("GET", "/pizza/1.0.0/menu;x=1"),
            400,
            "bad_path",
        ),
    ]
}

/// What a token is, whatever it is for.
fn tokens(ask: &Ask<'_>) -> Result<Vec<Step>> {
    let now = now();
    Ok(vec![
        ask.refused("no token is refused", ask.demo.request("GET", ORDERS), 401, "missing_token"),
        ask.refused(
            "a token with one changed byte is refused",
            ask.order(&one_byte_changed(&ask.demo.tokens.production)),
            401,
            "bad_signature",
        ),
        ask.refused("a token that is none is refused", ask.order("not-a-token"), 401, "malformed_token"),
        ask.refused(
            "another kind of token is refused",
            ask.order(&ask.demo.remint.with_header(&json!({"typ": "JWT"}))?),
            401,
            "wrong_type",
        ),
        ask.refused(
            "two credentials are refused",
            ask.order(&ask.demo.tokens.production).bearer(&ask.demo.tokens.production),
            400,
            "invalid_request",
        ),
        ask.refused(
            "an expired token is refused",
            ask.order(&ask.claims(&json!({"iat": now - 7200, "exp": now - 3600}))?),
            401,
            "expired",
        ),
        ask.refused(
            "a token of tomorrow is refused",
            ask.order(&ask.claims(&json!({"nbf": now + 86_400, "exp": now + 90_000}))?),
            401,
            "not_yet_valid",
        ),
        ask.refused(
            "so is one minted tomorrow",
            ask.order(&ask.claims(&json!({"iat": now + 86_400, "exp": now + 90_000}))?),
            401,
            "not_yet_valid",
        ),
        ask.refused(
            "a token in another issuer's name is refused",
            ask.order(&ask.claims(&json!({"iss": "https://other.example"}))?),
            401,
            "wrong_issuer",
        ),
        ask.refused(
            "a token for somebody else is refused",
            ask.order(&ask.claims(&json!({"aud": "https://other.example"}))?),
            401,
            "wrong_audience",
        ),
        ask.refused("a revoked token is refused", ask.order(&ask.demo.tokens.revoked), 401, "revoked"),
        ask.refused(
            "a token whose status nobody here knows is refused",
            ask.order(&ask.claims(&json!({"status": {"status_list": {"idx": 0, "uri": "https://issuer.example/status/999"}}}))?),
            503,
            "stale",
        ),
        ask.refused("another issuer's token is refused", ask.order(&ask.demo.tokens.other_issuer), 401, "unknown_key"),
    ])
}

/// What a token is good for.
fn rights(ask: &Ask<'_>) -> Result<Vec<Step>> {
    let sandbox_in_production = Step {
        place: ask.demo.production_gateway.address(),
        ..ask.refused(
            "a sandbox token is refused where production alone is served",
            ask.order(&ask.demo.tokens.sandbox),
            403,
            "wrong_environment",
        )
    };
    Ok(vec![
        ask.refused(
            "an application without a subscription is refused",
            ask.order(&ask.demo.tokens.without_subscription),
            403,
            "not_subscribed",
        ),
        ask.refused("a token without the scope is refused", ask.order(&ask.demo.tokens.without_scope), 403, "insufficient_scope"),
        ask.refused(
            "an application's token is refused where a user's is asked for",
            ask.demo.request("GET", "/pizza/1.0.0/me").bearer(&ask.demo.tokens.production),
            403,
            "wrong_kind",
        ),
        ask.refused(
            "and a user's where an application's is",
            ask.demo.request("GET", "/pizza/1.0.0/stats").bearer(&ask.claims(&json!({"kind": "user", "sub": "alice"}))?),
            403,
            "wrong_kind",
        ),
        sandbox_in_production,
        ask.step("a sandbox token reaches the sandbox", ask.order(&ask.demo.tokens.sandbox), Expected::From("sandbox"), anything),
    ])
}

/// From where a token may be used.
fn places(ask: &Ask<'_>) -> Vec<Step> {
    vec![
        ask.step(
            "a domain-bound token passes from its domain",
            ask.order(&ask.demo.tokens.widget).header("domain", DOMAIN),
            Expected::From("production"),
            anything,
        ),
        ask.step(
            "and from a browser on its domain, which sends Origin",
            ask.order(&ask.demo.tokens.widget).header("origin", format!("https://{DOMAIN}")),
            Expected::From("production"),
            anything,
        ),
        ask.refused(
            "a domain-bound token is refused from another domain",
            ask.order(&ask.demo.tokens.widget).header("origin", format!("https://{DOMAIN}.evil.test")),
            403,
            "domain_not_allowed",
        ),
        ask.refused(
            "a domain-bound token is refused without a domain",
            ask.order(&ask.demo.tokens.widget),
            403,
            "domain_not_allowed",
        ),
        ask.refused(
            "a resource that asks for a domain gets one, whatever the token",
            ask.demo.request("GET", "/pizza/1.0.0/widget").bearer(&ask.demo.tokens.production),
            403,
            "domain_not_allowed",
        ),
        ask.refused(
            "a token bound to addresses is refused from another",
            ask.order(&ask.demo.tokens.office),
            403,
            "address_not_allowed",
        ),
    ]
}

/// The token with one byte of its signature changed.
fn one_byte_changed(token: &str) -> String {
    let signature = token.rfind('.').map_or(0, |dot| dot + 1);
    let change = |(at, character)| match character {
        'A' if at == signature => 'B',
        _ if at == signature => 'A',
        character => character,
    };
    token.chars().enumerate().map(change).collect()
}
