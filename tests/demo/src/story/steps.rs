//! The steps with single requests: allowed ones, and a refusal for each check of the decision.

use std::net::SocketAddr;

use anyhow::Result;
use serde_json::{Value, json};

use super::checks::{
    SOAP, anything, has_no_forged_header, has_no_identity_headers, has_the_unchanged_body, identifies_the_caller,
};
use super::{Expected, Step};
use crate::demo::{DOMAIN, Demo};
use postern_test_harness::client::{Request, Response};
use postern_test_harness::clock::now;
use postern_test_harness::sample_api::ORDERS;

/// Names of identity headers, which a client must not set. Envoy itself refuses those with an underscore, which some servers treat as equal.
const FORGED: [&str; 3] = ["x-postern-user", "X-Postern-Tier", "x-postern-anything"];

/// All steps, in order.
pub(super) fn all(demo: &Demo) -> Result<Vec<Step>> {
    let builder = StepBuilder { demo };
    let last = builder.step(
        "a valid token still passes",
        builder.order(&builder.demo.tokens.production),
        Expected::From("production"),
        identifies_the_caller,
    );
    Ok([requests(&builder), tokens(&builder)?, rights(&builder)?, restrictions(&builder), vec![last]]
        .into_iter()
        .flatten()
        .collect())
}

/// Makes steps for one demo.
struct StepBuilder<'a> {
    demo: &'a Demo,
}

impl StepBuilder<'_> {
    /// A request for which the valid token has all rights.
    fn order(&self, token: &str) -> Request {
        self.demo.request("GET", ORDERS).bearer(token)
    }

    /// The valid token with other claims.
    fn claims(&self, claims: &Value) -> Result<String> {
        self.demo.remint()?.with_claims(claims)
    }

    fn step(
        &self,
        name: &'static str,
        request: Request,
        expected: Expected,
        check: fn(&Response, &Demo) -> Result<(), String>,
    ) -> Step {
        Step { name, request, address: self.gateway(), expected, check }
    }

    fn refused(&self, name: &'static str, request: Request, status: u16, code: &'static str) -> Step {
        self.step(name, request, Expected::Refused(status, code), anything)
    }

    fn gateway(&self) -> SocketAddr {
        self.demo.envoy.address()
    }
}

/// Steps about requests, whatever their token.
fn requests(builder: &StepBuilder<'_>) -> Vec<Step> {
    let forge = |request: Request| FORGED.iter().fold(request, |request, name| request.header(*name, "forged"));
    let forged = forge(builder.order(&builder.demo.tokens.production));
    let forged_public = forge(builder.demo.request("GET", "/pizza/1.0.0/menu"));
    vec![
        builder.step(
            "a valid token passes",
            builder.order(&builder.demo.tokens.production),
            Expected::From("production"),
            identifies_the_caller,
        ),
        builder.step(
            "a token from the token endpoint passes",
            builder.order(&builder.demo.tokens.obtained),
            Expected::From("production"),
            identifies_the_caller,
        ),
        builder.step(
            "a public resource needs no token",
            builder.demo.request("GET", "/pizza/1.0.0/menu"),
            Expected::From("production"),
            has_no_identity_headers,
        ),
        builder.step("identity headers of the client are removed", forged, Expected::From("production"), has_no_forged_header),
        builder.step(
            "they are removed on a public resource too",
            forged_public,
            Expected::From("production"),
            has_no_forged_header,
        ),
        builder.step(
            "a header name with an underscore is refused",
            builder.order(&builder.demo.tokens.production).header("x_postern_user", "forged"),
            Expected::RefusedByEnvoy(400),
            anything,
        ),
        builder.step(
            "a SOAP request passes with its body unchanged",
            builder
                .demo
                .request("POST", "/pizza/1.0.0/soap")
                .bearer(&builder.demo.tokens.production)
                .body("text/xml; charset=utf-8", SOAP),
            Expected::From("production"),
            has_the_unchanged_body,
        ),
        builder.refused(
            "a method that the resource does not allow is refused",
            builder.demo.request("DELETE", ORDERS).bearer(&builder.demo.tokens.production),
            405,
            "method_not_allowed",
        ),
        builder.refused(
            "a path without an API is refused",
            builder.demo.request("GET", "/pizza/3.0.0/menu").bearer(&builder.demo.tokens.production),
            404,
            "no_such_api",
        ),
        builder.refused(
            "a path that differs in case is refused",
            builder.demo.request("GET", "/pizza/1.0.0/MENU"),
            404,
            "no_such_api",
        ),
        builder.refused(
            "a path that two servers could read differently is refused",
            builder.demo.request("GET", "/pizza/1.0.0/menu;x=1"),
            400,
            "bad_path",
        ),
    ]
}

/// Steps about the validity of a token.
fn tokens(builder: &StepBuilder<'_>) -> Result<Vec<Step>> {
    let now = now();
    Ok(vec![
        builder.refused("a request without a token is refused", builder.demo.request("GET", ORDERS), 401, "missing_token"),
        builder.refused(
            "a token with one changed byte is refused",
            builder.order(&one_byte_changed(&builder.demo.tokens.production)),
            401,
            "bad_signature",
        ),
        builder.refused("a malformed token is refused", builder.order("not-a-token"), 401, "malformed_token"),
        builder.refused(
            "a token of another type is refused",
            builder.order(&builder.demo.remint()?.with_header(&json!({"typ": "JWT"}))?),
            401,
            "wrong_type",
        ),
        builder.refused(
            "two credentials are refused",
            builder.order(&builder.demo.tokens.production).bearer(&builder.demo.tokens.production),
            400,
            "invalid_request",
        ),
        builder.refused(
            "an expired token is refused",
            builder.order(&builder.claims(&json!({"iat": now - 7200, "exp": now - 3600}))?),
            401,
            "expired",
        ),
        builder.refused(
            "a token that is not yet valid is refused",
            builder.order(&builder.claims(&json!({"nbf": now + 86_400, "exp": now + 90_000}))?),
            401,
            "not_yet_valid",
        ),
        builder.refused(
            "a token that was minted in the future is refused",
            builder.order(&builder.claims(&json!({"iat": now + 86_400, "exp": now + 90_000}))?),
            401,
            "not_yet_valid",
        ),
        builder.refused(
            "a token with the name of another issuer is refused",
            builder.order(&builder.claims(&json!({"iss": "https://other.example"}))?),
            401,
            "wrong_issuer",
        ),
        builder.refused(
            "a token for another audience is refused",
            builder.order(&builder.claims(&json!({"aud": "https://other.example"}))?),
            401,
            "wrong_audience",
        ),
        builder.refused("a revoked token is refused", builder.order(&builder.demo.tokens.revoked), 401, "revoked"),
        builder.refused(
            "a token with an unknown status is refused",
            builder.order(
                &builder.claims(&json!({"status": {"status_list": {"idx": 0, "uri": "https://issuer.example/status/999"}}}))?,
            ),
            503,
            "stale",
        ),
        builder.refused(
            "a token of another issuer is refused",
            builder.order(&builder.demo.tokens.other_issuer),
            401,
            "unknown_key",
        ),
    ])
}

/// Steps about the rights of a token.
fn rights(builder: &StepBuilder<'_>) -> Result<Vec<Step>> {
    let sandbox_in_production = Step {
        address: builder.demo.production_gateway.address(),
        ..builder.refused(
            "a sandbox token is refused at a gateway for production",
            builder.order(&builder.demo.tokens.sandbox),
            403,
            "wrong_environment",
        )
    };
    Ok(vec![
        builder.refused(
            "an application without a subscription is refused",
            builder.order(&builder.demo.tokens.without_subscription),
            403,
            "not_subscribed",
        ),
        builder.refused(
            "a token without the scope is refused",
            builder.order(&builder.demo.tokens.without_scope),
            403,
            "insufficient_scope",
        ),
        builder.refused(
            "an application token is refused where a user token is required",
            builder.demo.request("GET", "/pizza/1.0.0/me").bearer(&builder.demo.tokens.production),
            403,
            "wrong_kind",
        ),
        builder.refused(
            "a user token is refused where an application token is required",
            builder.demo.request("GET", "/pizza/1.0.0/stats").bearer(&builder.claims(&json!({"kind": "user", "sub": "alice"}))?),
            403,
            "wrong_kind",
        ),
        sandbox_in_production,
        builder.step(
            "a sandbox token reaches the sandbox",
            builder.order(&builder.demo.tokens.sandbox),
            Expected::From("sandbox"),
            anything,
        ),
    ])
}

/// Steps about the domains and addresses from which a token may be used.
fn restrictions(builder: &StepBuilder<'_>) -> Vec<Step> {
    vec![
        builder.step(
            "a domain-bound token passes from its domain",
            builder.order(&builder.demo.tokens.widget).header("domain", DOMAIN),
            Expected::From("production"),
            anything,
        ),
        builder.step(
            "a domain-bound token passes from a browser on its domain, which sends Origin",
            builder.order(&builder.demo.tokens.widget).header("origin", format!("https://{DOMAIN}")),
            Expected::From("production"),
            anything,
        ),
        builder.refused(
            "a domain-bound token is refused from another domain",
            builder.order(&builder.demo.tokens.widget).header("origin", format!("https://{DOMAIN}.evil.test")),
            403,
            "domain_not_allowed",
        ),
        builder.refused(
            "a domain-bound token is refused without a domain",
            builder.order(&builder.demo.tokens.widget),
            403,
            "domain_not_allowed",
        ),
        builder.refused(
            "a resource that requires a domain refuses a request without one",
            builder.demo.request("GET", "/pizza/1.0.0/widget").bearer(&builder.demo.tokens.production),
            403,
            "domain_not_allowed",
        ),
        builder.refused(
            "a token bound to addresses is refused from another",
            builder.order(&builder.demo.tokens.office),
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
