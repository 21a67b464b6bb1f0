//! Refusals of the OAuth endpoints (RFC 6749 section 5.2), as responses.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postern_http_types::challenge;
use postern_model::Issuer;
use postern_operations::{self as operations, ApplicationError, ConsumerKeyError, Error, GrantError, UserError};
use postern_service::{Failure, Retry};
use postern_token::Scopes;
use serde::Serialize;

/// Why an endpoint for clients refuses a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenError {
    InvalidRequest(&'static str),
    BodyTooLarge,
    InvalidClient,
    UnauthorizedClient(&'static str),
    UnsupportedGrantType,
    UnsupportedTokenType,
    /// The description; it may list the client's scopes.
    InvalidScope(String),
    InvalidTarget,
    /// A grant that is invalid, pending or denied.
    Grant(GrantError),
    /// Too many failed authentications; the seconds to wait.
    TooManyFailures(u64),
    /// The client's request rate is exceeded; the seconds to wait.
    TooManyRequests(u64),
    /// The address sends too many requests without a secret; the seconds to wait.
    TooManyAnonymousRequests(u64),
    /// The client has too many live tokens.
    TooManyTokens,
    /// The client has obtained too many tokens in the last hour, itself or for one user; the seconds to wait.
    TooManyTokensInAnHour(u64),
    /// Too many failed sign-ins of the user; the seconds to wait.
    TooManySignIns(u64),
    /// Too many sign-ins of the user failed in a row; waiting does not help.
    AccountLimited,
    Unavailable,
    Internal,
}

impl TokenError {
    pub(crate) fn into_response(self, issuer: &Issuer) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'static str,
            error_description: &'a str,
        }
        let (status, error, description) = self.parts();
        let mut response = (status, Json(Body { error, error_description: description })).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if self == Self::InvalidClient {
            challenge(&mut response, &format!("Basic realm=\"{issuer}\", charset=\"UTF-8\""));
        }
        if let Self::TooManyFailures(seconds)
        | Self::TooManyRequests(seconds)
        | Self::TooManyAnonymousRequests(seconds)
        | Self::TooManyTokensInAnHour(seconds)
        | Self::TooManySignIns(seconds) = self
        {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self == Self::Unavailable {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }

    fn parts(&self) -> (StatusCode, &'static str, &str) {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::InvalidRequest(description) => (bad, "invalid_request", description),
            Self::BodyTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is larger than `limits.body_bytes` allows")
            }
            Self::InvalidClient => (StatusCode::UNAUTHORIZED, "invalid_client", "the client is unknown or its secret is wrong"),
            Self::UnauthorizedClient(description) => (bad, "unauthorized_client", description),
            Self::UnsupportedGrantType => (bad, "unsupported_grant_type", "the grant type is not supported"),
            Self::UnsupportedTokenType => (
                bad,
                "unsupported_token_type",
                "the token was minted before tokens could be revoked: it cannot be revoked, and expires by itself",
            ),
            Self::InvalidScope(description) => (bad, "invalid_scope", description),
            Self::TooManyFailures(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "too many failed client authentications: try again later")
            }
            Self::TooManyRequests(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "the client sends too many requests: reuse its token until it expires",
            ),
            Self::TooManySignIns(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "too many failed sign-ins of that user: try again later")
            }
            Self::AccountLimited => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "too many sign-ins of that user failed in a row: an administrator can unlock the user",
            ),
            Self::TooManyAnonymousRequests(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "too many requests without a client secret come from this address: try again later",
            ),
            Self::TooManyTokens => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "the client has too many live tokens: reuse its tokens, or revoke those that it does not need",
            ),
            Self::TooManyTokensInAnHour(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "the client has obtained too many tokens in the last hour: use each token until it expires, and ask for longer validities",
            ),
            Self::Grant(GrantError::TooManyDevices) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "too many devices of the client wait for a decision of their users: try again later",
            ),
            Self::Grant(error) => grant_error_parts(*error),
            Self::InvalidTarget => (bad, "invalid_target", "no tokens are issued for that resource"),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "the issuer is unavailable: try again")
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "the issuer failed; its log says why"),
        }
    }
}

/// The most scopes that a description lists, and the most bytes of them.
const LISTED_SCOPES: usize = 20;
const LISTED_BYTES: usize = 400;

/// Lists the scopes that the client may ask for. What the client sent is not repeated, because it may be a secret in the wrong field.
fn scope_description(available: Option<&Scopes<'_>>) -> String {
    let sentence = "the scope is malformed, or the client may not have it".to_owned();
    let Some(available) = available else { return sentence };
    let mut left = LISTED_BYTES;
    let fits = |scope: &&str| {
        let rest = left.checked_sub(scope.len() + 1);
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    let listed: Vec<&str> = available.iter().take(LISTED_SCOPES).take_while(fits).collect();
    match available.iter().count().saturating_sub(listed.len()) {
        0 => format!("{sentence}: its scopes are {}", listed.join(" ")),
        more => format!("{sentence}: its scopes are {} and {more} more", listed.join(" ")),
    }
}

/// RFC 6749 section 5.2, and RFC 8628 section 3.5.
const fn grant_error_parts(error: GrantError) -> (StatusCode, &'static str, &'static str) {
    let (code, description) = match error {
        GrantError::Invalid(description) => ("invalid_grant", description),
        GrantError::UnknownClient | GrantError::UnknownRedirectUri => {
            ("invalid_request", "the client or its redirect URI is unknown")
        }
        GrantError::Pending => ("authorization_pending", "the user has not decided yet"),
        GrantError::SlowDown => ("slow_down", "the client polls too often: add five seconds to its interval"),
        GrantError::TooManyDevices => ("slow_down", "too many devices of the client wait for a decision of their users"),
        GrantError::Denied => ("access_denied", "the user denied the request"),
        GrantError::DeviceCodeExpired => ("expired_token", "the device code has expired: start again"),
        GrantError::NeedsBrowser => (
            "invalid_grant",
            "the user needs more than a password to sign in: use the authorization code grant or the device grant",
        ),
        GrantError::UnknownUserCode => ("invalid_grant", "the user code is unknown or has expired"),
        GrantError::PasswordsNotAllowed => {
            ("unauthorized_client", "an administrator has not allowed the application to ask for passwords")
        }
    };
    (StatusCode::BAD_REQUEST, code, description)
}

impl From<Failure> for TokenError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Operation(Error::ConsumerKey(ConsumerKeyError::InvalidClient)) => Self::InvalidClient,
            Failure::Operation(Error::Token(operations::TokenError::ScopeNotAllowed { available })) => {
                Self::InvalidScope(scope_description(available.as_ref()))
            }
            Failure::Operation(Error::Token(operations::TokenError::TooMany(_))) => Self::TooManyTokens,
            Failure::Operation(Error::Token(operations::TokenError::TooManyInAnHour { seconds, .. })) => {
                Self::TooManyTokensInAnHour(seconds)
            }
            Failure::Operation(Error::Grant(error)) => Self::Grant(error),
            Failure::Operation(Error::User(UserError::Throttled { seconds })) => Self::TooManySignIns(seconds),
            Failure::Operation(Error::User(UserError::TooManyFailures)) => Self::AccountLimited,
            Failure::Operation(Error::ConsumerKey(ConsumerKeyError::GrantTypeNotAllowed)) => {
                Self::UnauthorizedClient("the client may not use this grant type")
            }
            Failure::Operation(Error::Application(ApplicationError::Blocked(_))) => {
                Self::UnauthorizedClient("the client's application is blocked")
            }
            Failure::Operation(Error::Token(operations::TokenError::UnlimitedValidityForbidden)) => {
                Self::InvalidRequest("tokens that never expire are forbidden: ask for a `validity_period` in seconds")
            }
            Failure::Operation(Error::Token(operations::TokenError::ValidityTooLong { .. })) => {
                Self::InvalidRequest("the `validity_period` is longer than an administrator allows: ask for a shorter one")
            }
            other => match other.report() {
                Retry::Later => Self::Unavailable,
                Retry::Never => Self::Internal,
            },
        }
    }
}
