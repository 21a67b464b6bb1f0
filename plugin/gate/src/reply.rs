//! Turns a decision into HTTP: the only file of the gate with status codes, challenges and header names.
//!
//! A reply holds fixed words and, for `insufficient_scope`, the scopes that the bundle names; never a byte of the request.

use std::borrow::Cow;

use postern_token::TokenError;

use crate::authority::rewritten;
use crate::decision::{Code, DomainProblem, Grounds, Identity, Reason};
use crate::request::{Request, is_named};
use crate::settings::Settings;

/// The reply to a refused request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The header fields.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// Problem details (RFC 9457).
    pub body: String,
    /// The status for a gRPC client, which gets neither the HTTP status nor the body; `None` for any other client.
    pub grpc_status: Option<GrpcStatus>,
    /// The explanation for a person.
    pub detail: &'static str,
}

/// The gRPC status codes of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are gRPC's own")]
pub enum GrpcStatus {
    InvalidArgument,
    Unauthenticated,
    PermissionDenied,
    Unimplemented,
    Unavailable,
}

impl GrpcStatus {
    /// The number of the status (gRPC, "Status codes and their use in gRPC").
    pub const fn number(self) -> u8 {
        match self {
            Self::InvalidArgument => 3,
            Self::PermissionDenied => 7,
            Self::Unimplemented => 12,
            Self::Unavailable => 14,
            Self::Unauthenticated => 16,
        }
    }
}

/// How a request that passes is changed on its way to the upstream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes<'a> {
    /// Names, as the client wrote them, of the fields to remove.
    pub remove: Vec<&'a [u8]>,
    /// Fields to add afterwards. `remove` contains every field of the client with such a name, so they can be added without a search.
    pub set: Vec<(&'a str, Cow<'a, str>)>,
    /// The authority (`:authority`, `Host`) that replaces the client's, because the judged form differs from the client's form.
    pub authority: Option<String>,
}

/// The reply to a request that was refused for `reason`.
pub fn deny(reason: &Reason<'_>, request: &Request<'_>) -> Reply {
    let code = reason.code();
    let status = status(code);
    let detail = detail(reason);
    let body = format!(
        r#"{{"type":"about:blank","title":"{}","status":{status},"code":"{}","detail":"{detail}"}}"#,
        title(status),
        code.as_str()
    );
    let mut headers =
        vec![("content-type", Cow::Borrowed("application/problem+json")), ("cache-control", Cow::Borrowed("no-store"))];
    headers.extend(challenge(reason).map(|challenge| ("www-authenticate", challenge)));
    if let Reason::MethodNotAllowed(methods) = reason {
        // RFC 9110 section 15.5.6.
        headers.push(("allow", Cow::Owned(methods.clone())));
    }
    Reply { status, headers, body, grpc_status: request.is_grpc().then_some(grpc_status(status)), detail }
}

/// The changes to a request that passes for `grounds`.
pub fn allow<'a>(grounds: &'a Grounds, request: &Request<'a>, settings: &'a Settings) -> Changes<'a> {
    let mut changes = Changes { authority: rewritten(request.authority), ..Changes::default() };
    for (name, value) in request.headers {
        if settings.removed.hold(name) || is_spent_credential(name, value, grounds, settings) {
            changes.remove.push(name);
        }
    }
    if let Grounds::Token(identity) = grounds {
        changes.set = identity_fields(identity, settings);
    }
    changes
}

/// The names of the trailers that must not reach the upstream, because it could take them for headers.
pub fn removed_trailers<'a>(trailers: &[(&'a [u8], &'a [u8])], settings: &Settings) -> Vec<&'a [u8]> {
    trailers.iter().map(|(name, _)| *name).filter(|name| settings.removed.hold(name)).collect()
}

/// Whether the field is the credential that the gate has used, which the upstream must not get.
fn is_spent_credential(name: &[u8], value: &[u8], grounds: &Grounds, settings: &Settings) -> bool {
    let credential = &settings.credential;
    let own = credential.header.as_bytes();
    if credential.forward || !is_named(name, own) {
        return false;
    }
    match (grounds, &credential.scheme) {
        // Neither the request nor the credential is for one of our APIs.
        (Grounds::Unmatched { own_token: false }, _) => false,
        (Grounds::Token(_) | Grounds::Unmatched { own_token: true }, _) | (_, None) => true,
        // Where no token is needed, a credential of another scheme may be for the upstream.
        (Grounds::Public | Grounds::Preflight, Some(scheme)) => value.split(|byte| *byte == b',').any(|part| {
            let head = part.trim_ascii().get(..scheme.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(scheme.as_bytes()))
        }),
    }
}

fn identity_fields<'a>(identity: &'a Identity, settings: &'a Settings) -> Vec<(&'a str, Cow<'a, str>)> {
    let names = &settings.identity_headers;
    let mut fields = Vec::with_capacity(7);
    let mut set = |name: &'a Option<String>, value: Option<&'a str>| {
        if let (Some(name), Some(value)) = (name, value) {
            fields.push((name.as_str(), Cow::Borrowed(value)));
        }
    };
    set(&names.application, Some(identity.application()));
    set(&names.client, Some(identity.client()));
    set(&names.user, identity.user());
    set(&names.tier, Some(identity.tier.as_str()));
    set(&names.key_type, Some(identity.key_type().as_str()));
    set(&names.issuer, identity.trusted_issuer());
    set(&names.scope, identity.scope().map(postern_token::Scopes::as_str));
    fields
}

/// The HTTP status of a code.
pub const fn status(code: Code) -> u16 {
    match code {
        Code::BadPath | Code::InvalidRequest => 400,
        Code::MissingToken
        | Code::MalformedToken
        | Code::WrongType
        | Code::UnknownKey
        | Code::BadSignature
        | Code::WrongIssuer
        | Code::WrongAudience
        | Code::Expired
        | Code::NotYetValid
        | Code::ValidityTooLong
        | Code::Revoked => 401,
        Code::WrongEnvironment
        | Code::WrongKind
        | Code::NotSubscribed
        | Code::IssuerNotTrusted
        | Code::InsufficientScope
        | Code::DomainNotAllowed
        | Code::AddressNotAllowed => 403,
        Code::NoSuchApi => 404,
        Code::MethodNotAllowed => 405,
        Code::NotReady | Code::Overloaded | Code::Stale => 503,
    }
}

/// The status phrase (RFC 9110 section 15), which is the title of a problem without a type of its own (RFC 9457 section 4.2.1).
const fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        _ => "Service Unavailable",
    }
}

const fn grpc_status(status: u16) -> GrpcStatus {
    match status {
        400 => GrpcStatus::InvalidArgument,
        401 => GrpcStatus::Unauthenticated,
        403 => GrpcStatus::PermissionDenied,
        404 | 405 => GrpcStatus::Unimplemented,
        _ => GrpcStatus::Unavailable,
    }
}

/// The challenge (RFC 6750 section 3). A request without a credential gets a challenge without an error (section 3.1).
fn challenge(reason: &Reason<'_>) -> Option<Cow<'static, str>> {
    let invalid = |description: &str| {
        Some(Cow::Owned(format!(r#"Bearer realm="api", error="invalid_token", error_description="{description}""#)))
    };
    match reason {
        Reason::MissingToken => Some(Cow::Borrowed(r#"Bearer realm="api""#)),
        Reason::InvalidRequest => Some(Cow::Borrowed(r#"Bearer realm="api", error="invalid_request""#)),
        Reason::InsufficientScope(scopes) => {
            Some(Cow::Owned(format!(r#"Bearer realm="api", error="insufficient_scope", scope="{scopes}""#)))
        }
        Reason::Expired => invalid("the token has expired"),
        Reason::ValidityTooLong => invalid("the token lasts longer than is allowed"),
        Reason::Revoked => invalid("the token has been revoked"),
        Reason::MalformedToken(_)
        | Reason::WrongType
        | Reason::UnknownKey
        | Reason::BadSignature
        | Reason::WrongIssuer
        | Reason::WrongAudience
        | Reason::NotYetValid => invalid("the token is not valid here"),
        Reason::NotReady
        | Reason::Overloaded
        | Reason::BadPath(_)
        | Reason::NoSuchApi
        | Reason::MethodNotAllowed(_)
        | Reason::StaleBundle
        | Reason::UnknownStatus
        | Reason::WrongEnvironment
        | Reason::WrongKind
        | Reason::NotSubscribed
        | Reason::IssuerNotTrusted
        | Reason::DomainNotAllowed(_)
        | Reason::AddressNotAllowed => None,
    }
}

/// What is wrong and what to change, for a person. Holds neither `"` nor `\`, because it goes into JSON without escapes.
pub const fn detail(reason: &Reason<'_>) -> &'static str {
    match reason {
        Reason::NotReady => "The gateway has no configuration yet; try again shortly.",
        Reason::Overloaded => "The gateway has too many open requests; try again shortly.",
        Reason::BadPath(_) => {
            "The path must be in normal form, without an encoded slash, double encoding, backslash, control character, `;`, or a segment that is empty or has only dots or spaces."
        }
        Reason::NoSuchApi => {
            "No API has a resource at this host and path; case matters, and so does a slash or a dot at the end."
        }
        Reason::MethodNotAllowed(_) => "The resource does not accept this method; the header allow lists those that it accepts.",
        Reason::InvalidRequest => "The request carries more than one credential; send one.",
        Reason::MissingToken => {
            "The request has no access token in the header that this gateway reads (by default: `authorization`, scheme Bearer)."
        }
        Reason::MalformedToken(error) => malformed(*error),
        Reason::WrongType => "The token is not an access token (its type is not at+jwt).",
        Reason::UnknownKey => "The token names a signing key that this gateway does not know; is it from the right issuer?",
        Reason::BadSignature => "The token's signature does not match; it was changed or truncated on the way.",
        Reason::WrongIssuer => "The token is from another issuer.",
        Reason::WrongAudience => "The token was minted for another audience.",
        Reason::Expired => "The token has expired; obtain a new one.",
        Reason::NotYetValid => "The token is not valid yet; check the clocks.",
        Reason::ValidityTooLong => {
            "The token is valid for longer than this gateway allows, or does not expire; obtain one with a shorter validity."
        }
        Reason::Revoked => "The token has been revoked; obtain a new one.",
        Reason::StaleBundle => "The gateway has not heard from its issuer for too long; try again later.",
        Reason::UnknownStatus => "The gateway cannot tell whether the token has been revoked; try again later.",
        Reason::WrongEnvironment => "The token's key type, production or sandbox, is not the one that this gateway serves.",
        Reason::WrongKind => {
            "The resource requires the other kind of token: a user token instead of an application token, or the reverse."
        }
        Reason::NotSubscribed => "The application is not subscribed to this API; subscribe and obtain a new token.",
        Reason::IssuerNotTrusted => "The token's issuer is not trusted for this application, user, scope or API.",
        Reason::InsufficientScope(_) => "The token lacks a scope that the resource asks for.",
        Reason::DomainNotAllowed(DomainProblem::Missing) => {
            "The request does not say which domain it comes from, and the token or the resource requires one."
        }
        Reason::DomainNotAllowed(DomainProblem::Unreadable) => "The request does not name exactly one domain that it comes from.",
        Reason::DomainNotAllowed(DomainProblem::Conflicting) => {
            "The header that names the request's domain does not agree with Origin; leave it out in a browser."
        }
        Reason::DomainNotAllowed(DomainProblem::NotListed) => "The token may not be used from this domain.",
        Reason::AddressNotAllowed => "The token may not be used from this address.",
    }
}

const fn malformed(error: TokenError) -> &'static str {
    match error {
        TokenError::TooLong => "The token is longer than 16 KiB.",
        TokenError::Parts => "The token is not three parts separated by dots.",
        TokenError::Encoding => "A part of the token is not base64url without padding.",
        TokenError::Header => "The token's header is not a JSON object with the right types and no name twice.",
        TokenError::Parameter => "The token's header holds a parameter that is not allowed.",
        TokenError::Algorithm => "The token's algorithm is not that of its signing key.",
        TokenError::Claims | TokenError::Type | TokenError::NoKey | TokenError::Signature => {
            "A claim of the token is missing, has the wrong type, or occurs twice."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reply_is_json_and_401_always_has_a_challenge() {
        let scopes = postern_token::Scopes::parse("orders").unwrap();
        let reasons =
            [Reason::MissingToken, Reason::Expired, Reason::BadSignature, Reason::InsufficientScope(&scopes), Reason::NoSuchApi];
        for reason in reasons {
            let request = Request { method: b"GET", path: b"/", authority: b"", headers: &[], client_address: &|| None };
            let reply = deny(&reason, &request);
            let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
            assert_eq!(body["status"], reply.status);
            assert_eq!(body["code"], reason.code().as_str());
            let challenged = reply.headers.iter().any(|(name, _)| *name == "www-authenticate");
            assert!(reply.status != 401 || challenged, "{reason:?}");
            assert_eq!(reply.grpc_status, None);
        }
    }

    #[test]
    fn grpc_statuses_have_the_numbers_of_grpc() {
        let numbers = [
            (GrpcStatus::InvalidArgument, 3),
            (GrpcStatus::PermissionDenied, 7),
            (GrpcStatus::Unimplemented, 12),
            (GrpcStatus::Unavailable, 14),
            (GrpcStatus::Unauthenticated, 16),
        ];
        for (status, number) in numbers {
            assert_eq!(status.number(), number, "{status:?}");
        }
    }
}
