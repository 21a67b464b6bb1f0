//! What would have to change for the failed step of a decision to pass.

use postern_token::bundle::Auth;
use postern_token::{DomainPattern, Scopes, StatusReference, TokenError};

use super::case::Case;
use super::facts::listed;
use super::read::{auth_text, environment_text, operation};
use super::time_text::{duration, time};
use super::token_text::{claim, claim_names, parameter};
use crate::decision::{DomainProblem, Reason};

/// The claims that every token needs.
const REQUIRED: [&str; 10] = ["iss", "aud", "iat", "jti", "client_id", "sub", "kind", "key_type", "app", "apis"];

/// One or two sentences that begin with what to do.
pub(super) fn change(case: &Case<'_>, reason: &Reason<'_>) -> String {
    let why = || case.gate.cause(reason, case.request).map_or_else(String::new, |cause| cause.text);
    match reason {
        Reason::NotReady | Reason::Overloaded => "Try again shortly.".into(),
        Reason::StaleBundle => "The gateway must hear from its issuer again.".into(),
        Reason::BadPath(_) => format!("Send the path in normal form: {}.", why()),
        Reason::NoSuchApi => format!("Call a host and a path that the bundle has: {}.", why()),
        Reason::MethodNotAllowed(_) => format!("Use another method: {}.", why()),
        Reason::InvalidRequest => {
            format!("Send one token: the header `{}` must occur once, without a comma.", case.settings.credential.header)
        }
        Reason::MissingToken => missing_token(case),
        Reason::MalformedToken(error) => malformed(case, *error),
        Reason::WrongType => {
            let typ = parameter(case, "typ").map_or_else(|| "none".into(), |typ| format!("`{typ}`"));
            format!("Send an access token: its header must have the `typ` `at+jwt`, and this one has {typ}.")
        }
        Reason::UnknownKey => unknown_key(case),
        Reason::BadSignature => {
            "Send the token exactly as the issuer gave it: it was changed or cut, or another key with the same `kid` signed it."
                .into()
        }
        Reason::WrongIssuer => {
            let iss = claim(case, "iss").unwrap_or_default();
            format!("Send a token that names the issuer whose key signed it: the key is not one of `{iss}`.")
        }
        Reason::WrongAudience => {
            let audience = case.issuer().map_or("", |(_, issuer)| &issuer.audience);
            let held = case.claims().map_or_else(String::new, |claims| listed(&claims.aud));
            format!("Obtain a token whose `aud` contains `{audience}`; this one has {held}.")
        }
        Reason::Expired => {
            let exp = case.claims().and_then(|claims| claims.exp).map_or_else(String::new, |exp| time(exp, case.now));
            format!("Obtain a new token: this one expired at {exp}.")
        }
        Reason::NotYetValid => not_yet_valid(case),
        Reason::ValidityTooLong => too_long(case),
        Reason::Revoked => "Obtain a new token: this one is revoked, and stays so.".into(),
        Reason::UnknownStatus => {
            let status = case.claims().and_then(|claims| claims.status.as_ref());
            status.map_or_else(String::new, |reference| unknown_status(case, reference))
        }
        Reason::WrongEnvironment => {
            let serves = environment_text(case.gate.environment());
            format!("Obtain a token for {serves}, or call a gateway of the token's environment.")
        }
        Reason::WrongKind => {
            format!("Send {}.", auth_text(operation(case).map_or(Auth::Any, |operation| operation.auth)))
        }
        Reason::NotSubscribed => {
            let application = case.claims().map_or("", |claims| claims.app.as_str());
            let api = case.decision.api.map_or("", |api| api.as_str());
            format!("Subscribe the application `{application}` to `{api}`, and obtain a new token.")
        }
        Reason::IssuerNotTrusted => {
            let issuer = case.issuer().map_or("", |(_, issuer)| &issuer.name);
            format!(
                "The limits of the trusted issuer `{issuer}` in the bundle must include the token's application, consumer key, \
                 user and scopes, and the API."
            )
        }
        Reason::InsufficientScope(needed) => missing_scopes(case, needed),
        Reason::DomainNotAllowed(problem) => domain(case, *problem),
        Reason::AddressNotAllowed => {
            let allowed = case.claims().and_then(|claims| claims.ips.as_ref()).map_or_else(String::new, listed);
            let address = (case.request.client_address)();
            let address = address.map_or_else(|| "unknown".into(), |address| address.to_string());
            format!("Call from an address that the token allows ({allowed}); the client's address is {address}.")
        }
    }
}

fn missing_token(case: &Case<'_>) -> String {
    let settings = &case.settings.credential;
    let scheme = settings.scheme.as_ref().map_or_else(String::new, |scheme| format!("{scheme} "));
    format!("Send an access token in the header `{}: {scheme}TOKEN`.", settings.header)
}

fn malformed(case: &Case<'_>, error: TokenError) -> String {
    let what = match error {
        TokenError::Claims => return malformed_claims(case),
        TokenError::Algorithm => match parameter(case, "kid").and_then(|kid| Some(algorithm_of(case, &kid)?.to_owned())) {
            Some(algorithm) => {
                return format!("Send a token that was signed with {algorithm}, the algorithm of its signing key.");
            }
            None => "its header has no `alg`".into(),
        },
        error => error.to_string(),
    };
    format!("Send the access token exactly as the issuer gave it: {what}.")
}

fn malformed_claims(case: &Case<'_>) -> String {
    let names = claim_names(case).unwrap_or_default();
    let missing: Vec<&str> = REQUIRED.into_iter().filter(|name| !names.iter().any(|own| own == name)).collect();
    if names.iter().any(|name| name == "cnf") {
        return "Obtain a token without the claim `cnf`: the gateway takes only bearer tokens.".into();
    }
    match missing.as_slice() {
        [] => "Obtain a token from the issuer: a claim has the wrong type or occurs twice.".into(),
        missing => format!("Obtain a token from the issuer: this one lacks the claims {}.", listed(missing)),
    }
}

fn algorithm_of(case: &Case<'_>, kid: &str) -> Option<&'static str> {
    case.gate.issuers().iter().find_map(|issuer| issuer.keys.find(kid)).map(|key| key.algorithm().as_str())
}

fn unknown_key(case: &Case<'_>) -> String {
    let Some(kid) = parameter(case, "kid") else {
        return "Send an access token of the issuer: the header of this one names no signing key (`kid`).".into();
    };
    if algorithm_of(case, &kid).is_some() {
        return format!("Obtain a token for the environment of the signing key `{kid}`, which signs no others.");
    }
    let kids = listed(case.gate.issuers().iter().flat_map(|issuer| issuer.keys.kids()));
    format!(
        "Obtain a token from an issuer of this bundle, or use a bundle that has the signing key `{kid}`; this one has {kids}."
    )
}

fn not_yet_valid(case: &Case<'_>) -> String {
    let Some(claims) = case.claims() else { return String::new() };
    let start = claims.nbf.map_or(claims.iat, |nbf| nbf.max(claims.iat));
    format!("Wait until the token is valid, at {}, or correct the clocks.", time(start, case.now))
}

fn too_long(case: &Case<'_>) -> String {
    let Some(claims) = case.claims() else { return String::new() };
    let lasts = claims.exp.map(|exp| duration(exp.0.saturating_sub(claims.iat.0)));
    let lasts = lasts.map_or_else(|| "this one never expires".into(), |lasts| format!("this one lasts {lasts}"));
    format!("Obtain a token with a shorter validity: {lasts}.")
}

fn unknown_status(case: &Case<'_>, StatusReference { index, uri }: &StatusReference<'_>) -> String {
    let Some((at, issuer)) = case.issuer() else { return String::new() };
    let held = case.gate.status_list(uri);
    let why = match held {
        None => format!("it does not hold the list `{uri}`"),
        Some(held) if held.issuer != at => format!("the list `{uri}` belongs to another issuer than `{}`", issuer.name),
        Some(held) if held.list.is_none() => format!("the list `{uri}` is named but missing"),
        Some(held) if case.now >= held.usable_until => {
            format!("the list `{uri}` could be used until {}", time(held.usable_until, case.now))
        }
        Some(held) => {
            let entries = held.list.as_ref().map_or(0, postern_token::StatusList::len);
            format!("the list `{uri}` has {entries} entries, and the token's index is {index}")
        }
    };
    format!("Use a current bundle: {why}.")
}

fn missing_scopes(case: &Case<'_>, needed: &Scopes<'_>) -> String {
    let held = |scope: &&str| case.claims().and_then(|claims| claims.scope.as_ref()).is_some_and(|scopes| scopes.contains(scope));
    let missing = needed.iter().filter(|scope| !held(scope));
    format!("Obtain a token that also has these scopes: {}.", listed(missing))
}

fn domain(case: &Case<'_>, problem: DomainProblem) -> String {
    let header = case.settings.client_domain_header.as_deref();
    let headers = listed(["origin", "referer"].into_iter().chain(header).map(|name| format!("`{name}`")));
    match problem {
        DomainProblem::Missing => {
            format!("Send one of the headers {headers}, with the domain of the page that sends the request.")
        }
        DomainProblem::Unreadable => {
            format!("Send the domain once, in a form such as `https://app.example`, in one of {headers}.")
        }
        DomainProblem::Conflicting => {
            format!("Leave out the header `{}`, or let it agree with `origin`.", header.unwrap_or_default())
        }
        DomainProblem::NotListed => {
            let domains = case.claims().and_then(|claims| claims.domains.as_ref());
            let allowed = domains.map_or_else(String::new, |own| listed(own.iter().map(DomainPattern::as_str)));
            format!("Call from a domain that the token allows: {allowed}.")
        }
    }
}
