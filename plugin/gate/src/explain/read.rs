//! What each step of a decision read.

use postern_token::bundle::{Auth, ClientDomainRule, Operation};
use postern_token::{DomainPattern, KeyType, Kind, NormalPath, Status, TokenError};

use super::case::Case;
use super::facts::{Facts, listed};
use super::time_text::{duration, time};
use super::token_text;
use crate::authority::host_of;
use crate::credential::Credential;
use crate::decision::{Grounds, Reason, Step};
use crate::request::{Field, Request};

/// What `step` read. It was reached.
pub(super) fn read(case: &Case<'_>, step: Step) -> Facts {
    let mut facts = Facts::default();
    match step {
        Step::Ready => ready(case, &mut facts),
        Step::Path => path(case, &mut facts),
        Step::Resource => resource(case, &mut facts),
        Step::Credential => credential(case, &mut facts),
        Step::Token => token(case, &mut facts),
        Step::Claims => claims(case, &mut facts),
        Step::Status => status(case, &mut facts),
        Step::Environment => environment(case, &mut facts),
        Step::Subscription => subscription(case, &mut facts),
        Step::Scope => scope(case, &mut facts),
        Step::Domain => domain(case, &mut facts),
        Step::Address => address(case, &mut facts),
    }
    facts
}

/// The environment of a token or of a gateway.
pub(super) fn environment_text(environment: Option<KeyType>) -> &'static str {
    environment.map_or("production and sandbox", KeyType::as_str)
}

/// The kind of token that a resource takes.
pub(super) const fn auth_text(auth: Auth) -> &'static str {
    match auth {
        Auth::None => "no token: the resource is public",
        Auth::Application => "an application token",
        Auth::User => "a user token",
        Auth::Any => "an application token or a user token",
    }
}

fn ready(case: &Case<'_>, facts: &mut Facts) {
    facts.add("bundle of", case.gate.issuers().first().map_or("", |issuer| &issuer.name));
    facts.add("environment", environment_text(case.gate.environment()));
    facts.add("time", time(case.now, case.now).replace(" (now)", ""));
}

fn path(case: &Case<'_>, facts: &mut Facts) {
    let target = String::from_utf8_lossy(case.request.path);
    let (path, query) = target.split_once('?').map_or((&*target, None), |(path, query)| (path, Some(query)));
    facts.add("path", path);
    if query.is_some() {
        facts.add("query", "not read");
    }
    let Ok(normal) = NormalPath::of_target(case.request.path) else { return };
    facts.add("normal form", normal.as_str());
    if normal.is_unusual() {
        facts.add("as lenient servers may read it", normal.folded());
    }
}

fn resource(case: &Case<'_>, facts: &mut Facts) {
    facts.add_sent("method", Some(case.request.method));
    let host = host_of(case.request.authority).map(|host| String::from_utf8_lossy(&host).into_owned());
    facts.add("host", host.unwrap_or_else(|| String::from_utf8_lossy(case.request.authority).into_owned()));
    let Some(found) = &case.resource else { return facts.add("API", "none") };
    let context = if found.api.context.is_empty() { "/" } else { &found.api.context };
    facts.add("API", format!("{} at {context}", found.api.reference));
    if case.grounds() == Some(&Grounds::Preflight) {
        return facts.add_sent("preflight for the method", sent(case.request, "access-control-request-method"));
    }
    match (found.route, found.operation) {
        (Some(route), operation) => {
            let methods = operation.map_or(&[][..], |operation| &operation.methods);
            facts.add("resource", route.pattern.to_string());
            if operation.is_some() {
                facts.add("methods", if methods.is_empty() { "every method".into() } else { listed(methods) });
            }
        }
        (None, Some(_)) => facts.add("resource", "the whole API"),
        (None, None) => facts.add("resource", "none"),
    }
    if let Some(operation) = found.operation {
        facts.add("takes", auth_text(operation.auth));
    }
}

fn credential(case: &Case<'_>, facts: &mut Facts) {
    let settings = &case.settings.credential;
    facts.add("header", settings.header.as_str());
    facts.add("scheme", settings.scheme.as_deref().unwrap_or("none: the header holds the token alone"));
    let found = match (case.credential, case.request.field(&settings.header)) {
        (Credential::Token(token), _) => format!("a token of {} bytes", token.len()),
        (Credential::Several, _) => "more than one credential".into(),
        (Credential::None, Field::Absent) => "no such header".into(),
        (Credential::None, _) => "no token of this scheme".into(),
    };
    facts.add("found", found);
}

fn token(case: &Case<'_>, facts: &mut Facts) {
    token_text::header(case, facts);
    let signature = match case.reason() {
        Some(Reason::BadSignature) => "not valid",
        // The part that cannot be decoded may be one that is read before the signature is checked, or after it.
        Some(Reason::MalformedToken(TokenError::Encoding)) => return,
        _ if case.is_verified() => "valid",
        _ => "not checked",
    };
    facts.add("signature", signature);
}

fn claims(case: &Case<'_>, facts: &mut Facts) {
    token_text::claims(case, facts);
    if let (Some((_, issuer)), Some(claims)) = (case.issuer(), case.claims()) {
        facts.add("audience of this gateway", issuer.audience.as_str());
        facts.add("leeway", duration(case.settings.leeway_seconds));
        let max = case.gate.max_validity();
        let max = if claims.kind == Kind::User { max.user } else { max.application };
        facts.add("longest validity", max.map_or_else(|| "no limit".into(), duration));
    }
}

fn status(case: &Case<'_>, facts: &mut Facts) {
    let Some(claims) = case.claims() else { return };
    let Some(reference) = &claims.status else {
        return facts.add("status", "the token names no status list, so it cannot be revoked");
    };
    facts.add("status list", &*reference.uri);
    facts.add("status index", reference.index.to_string());
    let state = case.issuer().and_then(|(at, _)| case.gate.status(at, reference, case.now));
    facts.add(
        "status",
        match state {
            Some(Status::Valid) => "not revoked",
            Some(Status::Revoked) => "revoked",
            None => "unknown",
        },
    );
}

fn environment(case: &Case<'_>, facts: &mut Facts) {
    let Some(claims) = case.claims() else { return };
    facts.add("environment of the token", claims.key_type.as_str());
    facts.add("this gateway serves", environment_text(case.gate.environment()));
    facts.add("kind of token", claims.kind.as_str());
    if let Some(operation) = operation(case) {
        facts.add("the resource takes", auth_text(operation.auth));
    }
}

fn subscription(case: &Case<'_>, facts: &mut Facts) {
    let Some(claims) = case.claims() else { return };
    facts.add("application", claims.app.as_str());
    facts.add("subscriptions of the token", listed(claims.apis.iter().map(|(api, tier)| format!("{api} at {tier}"))));
    if let Some(api) = case.decision.api {
        facts.add("API", api.as_str());
    }
    if let Some((_, issuer)) = case.issuer()
        && issuer.trust.is_some()
    {
        facts.add("trusted issuer", issuer.name.as_str());
    }
    if let Some(Grounds::Token(identity)) = case.grounds() {
        facts.add("tier", identity.tier.as_str());
    }
}

fn scope(case: &Case<'_>, facts: &mut Facts) {
    let Some(claims) = case.claims() else { return };
    let needed = operation(case).and_then(|operation| operation.scopes.as_ref());
    facts.add("needed", needed.map_or_else(|| "none".into(), |scopes| listed(scopes.iter())));
    facts.add("held", claims.scope.as_ref().map_or_else(|| "none".into(), |scopes| listed(scopes.iter())));
}

fn domain(case: &Case<'_>, facts: &mut Facts) {
    let Some(claims) = case.claims() else { return };
    let allowed = claims.domains.as_ref();
    facts.add(
        "the token allows",
        allowed.map_or_else(|| "every domain".into(), |domains| listed(domains.iter().map(DomainPattern::as_str))),
    );
    if operation(case).is_some_and(|operation| operation.client_domain == ClientDomainRule::Required) {
        facts.add("the resource requires", "a client domain");
    }
    for name in case.settings.client_domain_header.as_deref().into_iter().chain(["origin", "referer"]) {
        facts.add_sent(&format!("header {name}"), sent(case.request, name));
    }
}

fn address(case: &Case<'_>, facts: &mut Facts) {
    let Some(claims) = case.claims() else { return };
    facts.add("the token allows", claims.ips.as_ref().map_or_else(|| "every address".into(), listed));
    let address = (case.request.client_address)();
    facts.add("address of the client", address.map_or_else(|| "unknown".into(), |address| address.to_string()));
}

/// The resource that the request matched.
pub(super) fn operation<'a>(case: &Case<'a>) -> Option<&'a Operation> {
    case.resource.as_ref()?.operation
}

fn sent<'a>(request: &Request<'a>, name: &str) -> Option<&'a [u8]> {
    match request.field(name) {
        Field::Absent => None,
        Field::Once(value) => Some(value),
        Field::Repeated => Some(b"more than once"),
    }
}
