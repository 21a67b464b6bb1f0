//! Where errors become HTTP responses: as RFC 6749 section 5.2 has it at the token endpoint, as RFC 9457 elsewhere.

mod management;
mod registration;

use std::fmt::Write as _;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use postern_model::Issuer;
use postern_operations::{self as operations, Error, GrantError, UserError};
use postern_storage::StorageError;

pub use management::InternalCause;
pub(super) use management::{ApiProblem, ProblemDocument};
pub(super) use registration::RegistrationError;

/// An operation that gave no value.
#[derive(Debug)]
pub(super) enum Failure {
    /// It says why.
    Operation(Error),
    /// Others that write took too long.
    Busy,
    /// Its thread ended before it did.
    Interrupted,
}

impl Failure {
    /// Logs a failure that is not the client's fault, and says whether it may pass.
    pub(super) fn report(&self) -> Trouble {
        match self {
            Self::Operation(Error::Storage(
                error @ (StorageError::Unavailable(_) | StorageError::Gone { .. } | StorageError::File { .. }),
            )) => {
                tracing::error!(cause = chain(error), "the database cannot be used");
                Trouble::Passing
            }
            Self::Operation(Error::User(error @ (UserError::Directory(_) | UserError::Hash(_)))) => {
                tracing::error!(cause = chain(error), "who a user is cannot be found out");
                Trouble::Passing
            }
            Self::Busy => {
                tracing::error!("the database is too slow for those who want to write");
                Trouble::Passing
            }
            Self::Operation(error) => {
                tracing::error!(cause = chain(error), "an operation failed");
                Trouble::Lasting
            }
            Self::Interrupted => {
                tracing::error!("an operation was interrupted");
                Trouble::Lasting
            }
        }
    }
}

/// Whether a failure may pass.
pub(super) enum Trouble {
    Passing,
    Lasting,
}

/// An error and what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

/// Why an endpoint for clients does not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenError {
    InvalidRequest(&'static str),
    BodyTooLarge,
    InvalidClient,
    UnauthorizedClient(&'static str),
    UnsupportedGrantType,
    UnsupportedTokenType,
    InvalidScope,
    InvalidTarget,
    /// What a user gave, or did not give.
    Grant(GrantError),
    /// So many seconds must pass before the next try.
    TooManyFailures(u64),
    /// The same, for a client that asks too often.
    TooManyRequests(u64),
    /// The same, for the user whose password it tells.
    TooManySignIns(u64),
    Unavailable,
    Internal,
}

impl TokenError {
    pub(super) fn into_response(self, issuer: &Issuer) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
            error_description: &'static str,
        }
        let (status, error, description) = self.parts();
        let mut response = (status, Json(Body { error, error_description: description })).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if self == Self::InvalidClient {
            challenge(&mut response, &format!("Basic realm=\"{issuer}\", charset=\"UTF-8\""));
        }
        if let Self::TooManyFailures(seconds) | Self::TooManyRequests(seconds) | Self::TooManySignIns(seconds) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self == Self::Unavailable {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }

    const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::InvalidRequest(description) => (bad, "invalid_request", description),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is larger than 64 KiB"),
            Self::InvalidClient => {
                (StatusCode::UNAUTHORIZED, "invalid_client", "the client is unknown or did not prove who it is")
            }
            Self::UnauthorizedClient(description) => (bad, "unauthorized_client", description),
            Self::UnsupportedGrantType => (bad, "unsupported_grant_type", "the grant type is not supported"),
            Self::UnsupportedTokenType => {
                (bad, "unsupported_token_type", "the token was minted before tokens could be revoked; it runs out by itself")
            }
            Self::InvalidScope => (bad, "invalid_scope", "the scope is malformed or not one of the client's"),
            Self::TooManyFailures(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "the client failed too often to prove who it is: try again later",
            ),
            Self::TooManyRequests(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "the client asks too often: keep its token for as long as it lasts",
            ),
            Self::TooManySignIns(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "wrong passwords came too often for that user: try again later",
            ),
            Self::Grant(error) => of_grant(error),
            Self::InvalidTarget => (bad, "invalid_target", "no tokens are minted for that resource"),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "the issuer cannot do that right now")
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "the issuer failed; its log says why"),
        }
    }
}

/// RFC 6749 section 5.2, and RFC 8628 section 3.5.
const fn of_grant(error: GrantError) -> (StatusCode, &'static str, &'static str) {
    let (code, description) = match error {
        GrantError::Invalid(description) => ("invalid_grant", description),
        GrantError::UnknownClient | GrantError::UnknownRedirectUri => {
            ("invalid_request", "the client or its redirect URI is unknown")
        }
        GrantError::Pending => ("authorization_pending", "the user has not decided yet"),
        GrantError::SlowDown => ("slow_down", "the client asks too often: wait five seconds longer each time"),
        GrantError::Denied => ("access_denied", "the user said no"),
        GrantError::DeviceCodeExpired => ("expired_token", "nobody decided in time: begin anew"),
        GrantError::UnknownUserCode => ("invalid_grant", "no device waits for that code"),
        GrantError::PasswordsNotAllowed => {
            ("unauthorized_client", "an administrator has not allowed the application to ask for passwords")
        }
    };
    (StatusCode::BAD_REQUEST, code, description)
}

impl From<Failure> for TokenError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Operation(Error::ConsumerKey(operations::ConsumerKeyError::InvalidClient)) => Self::InvalidClient,
            Failure::Operation(Error::Token(operations::TokenError::ScopeNotAllowed)) => Self::InvalidScope,
            Failure::Operation(Error::Grant(error)) => Self::Grant(error),
            Failure::Operation(Error::ConsumerKey(operations::ConsumerKeyError::GrantTypeNotAllowed)) => {
                Self::UnauthorizedClient("the client may not use this grant type")
            }
            Failure::Operation(Error::Application(operations::ApplicationError::Blocked(_))) => {
                Self::UnauthorizedClient("the client's application is blocked")
            }
            Failure::Operation(Error::Token(operations::TokenError::UnlimitedValidityForbidden)) => {
                Self::InvalidRequest("tokens that never expire are forbidden: ask for a `validity_period` in seconds")
            }
            other => match other.report() {
                Trouble::Passing => Self::Unavailable,
                Trouble::Lasting => Self::Internal,
            },
        }
    }
}

/// Why another endpoint does not answer as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    InvalidRequest(&'static str),
    MissingEdgeKey,
    UnknownEdgeKey,
    NotFound,
    MethodNotAllowed,
    Timeout,
    Unavailable,
    Internal,
}

impl Problem {
    pub(super) fn into_response(self, issuer: &Issuer) -> Response {
        let mut response = self.into_plain_response();
        match self {
            // A request that brings no credential is told of no error (RFC 6750 section 3.1).
            Self::MissingEdgeKey => challenge(&mut response, &format!("Bearer realm=\"{issuer}\"")),
            Self::UnknownEdgeKey => challenge(&mut response, &format!("Bearer realm=\"{issuer}\", error=\"invalid_token\"")),
            _ => {}
        }
        response
    }

    /// The response where no challenge belongs to it.
    pub(super) fn into_plain_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            #[serde(rename = "type")]
            kind: &'static str,
            title: &'static str,
            status: u16,
            code: &'static str,
            detail: &'static str,
        }
        let (status, code, detail) = self.parts();
        let title = status.canonical_reason().unwrap_or_default();
        let body = Body { kind: "about:blank", title, status: status.as_u16(), code, detail };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self == Self::Unavailable {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }

    const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::InvalidRequest(detail) => (StatusCode::BAD_REQUEST, "invalid_request", detail),
            Self::MissingEdgeKey => (StatusCode::UNAUTHORIZED, "missing_edge_key", "send the edge key as a bearer token"),
            Self::UnknownEdgeKey => (StatusCode::UNAUTHORIZED, "unknown_edge_key", "the edge key is unknown"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "nothing is here"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "use a method that the header `allow` names")
            }
            Self::Timeout => (StatusCode::REQUEST_TIMEOUT, "timeout", "the request took too long"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the database cannot be used right now"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "the issuer failed; its log says why"),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Operation(Error::Edge(operations::EdgeError::UnknownKey)) => Self::UnknownEdgeKey,
            other => match other.report() {
                Trouble::Passing => Self::Unavailable,
                Trouble::Lasting => Self::Internal,
            },
        }
    }
}

/// Says how to authenticate (RFC 9110 section 11.6.1). An issuer's identifier has no quote in its normal form.
fn challenge(response: &mut Response, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
}

/// The answer where no route is.
pub(super) async fn not_found() -> Response {
    Problem::NotFound.into_plain_response()
}

/// The answer where a route is, but not for the method.
pub(super) async fn method_not_allowed() -> Response {
    Problem::MethodNotAllowed.into_plain_response()
}
