//! Refusals of client registration (RFC 7591 section 3.2.2; RFC 6750 section 3.1 for the initial access token).

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postern_token::document::Problems;
use serde::Serialize;

use postern_http_types::challenge;
use postern_model::Issuer;
use postern_operations::{Error, InitialAccessTokenError, TokenError};
use postern_service::{Failure, Retry};

/// Why a client is not registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RegistrationError {
    /// No initial access token; the challenge then has no error code.
    MissingToken,
    /// The initial access token is unknown, used up or expired.
    UnknownToken,
    /// Too many invalid initial access tokens from this address: the time to wait.
    TooManyFailures(Duration),
    /// The request cannot be understood.
    InvalidRequest(&'static str),
    BodyTooLarge,
    /// A redirect URI is wrong, or one is missing.
    InvalidRedirectUri(String),
    /// Anything else is wrong.
    InvalidMetadata(String),
    Unavailable,
    Internal,
}

impl RegistrationError {
    /// Every problem of a client's metadata. The code for redirect URIs takes precedence.
    pub(crate) fn of(problems: &Problems) -> Self {
        let redirect_uris = problems.iter().any(|problem| problem.field.starts_with("redirect_uris"));
        if redirect_uris { Self::InvalidRedirectUri(problems.to_string()) } else { Self::InvalidMetadata(problems.to_string()) }
    }

    pub(crate) fn into_response(self, issuer: &Issuer) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
            error_description: String,
        }
        let challenged = match &self {
            // A request without a credential gets a challenge without an error code.
            Self::MissingToken => Some(format!("Bearer realm=\"{issuer}\"")),
            Self::UnknownToken => Some(format!("Bearer realm=\"{issuer}\", error=\"invalid_token\"")),
            _ => None,
        };
        let retry_after = match &self {
            Self::TooManyFailures(wait) => Some(wait.as_secs() + 1),
            Self::Unavailable => Some(1),
            _ => None,
        };
        let (status, error, error_description) = self.parts();
        let mut response = (status, Json(Body { error, error_description })).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(text) = challenged {
            challenge(&mut response, &text);
        }
        response
    }

    fn parts(self) -> (StatusCode, &'static str, String) {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::MissingToken => {
                (StatusCode::UNAUTHORIZED, "invalid_token", "send an initial access token: `Authorization: Bearer preg_…`".into())
            }
            Self::UnknownToken => {
                (StatusCode::UNAUTHORIZED, "invalid_token", "the initial access token is unknown, used up, or has expired".into())
            }
            Self::TooManyFailures(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "too many invalid initial access tokens: try again later".into(),
            ),
            Self::InvalidRequest(description) => (bad, "invalid_request", description.into()),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is larger than the limit".into()),
            Self::InvalidRedirectUri(description) => (bad, "invalid_redirect_uri", description),
            Self::InvalidMetadata(description) => (bad, "invalid_client_metadata", description),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "the issuer is unavailable: try again".into())
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "the issuer failed; its log says why".into()),
        }
    }
}

impl From<Failure> for RegistrationError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Operation(Error::InitialAccessToken(InitialAccessTokenError::Invalid)) => Self::UnknownToken,
            // The metadata decides the content of the client's tokens; too much of it would make tokens larger than edges accept.
            Failure::Operation(error @ (Error::Token(TokenError::Sign(_)) | Error::Scope(_))) => {
                Self::InvalidMetadata(error.to_string())
            }
            other => match other.report() {
                Retry::Later => Self::Unavailable,
                Retry::Never => Self::Internal,
            },
        }
    }
}
