//! Problem documents with fixed sentences (RFC 9457), and challenges (RFC 9110 section 11.6.1).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postern_model::Issuer;
use postern_operations::{EdgeError, Error};
use postern_service::{Failure, Retry};
use serde::Serialize;

/// A refusal with a fixed sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// 400: the request cannot be understood; the text says why.
    InvalidRequest(&'static str),
    /// 401: no edge key.
    MissingEdgeKey,
    /// 401: an edge key that the issuer does not know.
    UnknownEdgeKey,
    /// 403: an edge key for another environment than the requested one.
    OtherEnvironment,
    /// 404.
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 405: the endpoint takes forms only.
    PostRequired,
    /// 408: the request took too long.
    Timeout,
    /// 503: the database is unavailable; a retry may succeed.
    Unavailable,
    /// 503: the bodies of other requests take the memory for bodies; a retry may succeed.
    Overloaded,
    /// 500: the log says why.
    Internal,
}

impl Problem {
    /// The response, with a challenge where a credential is missing or wrong.
    pub fn into_response(self, issuer: &Issuer) -> Response {
        let mut response = self.into_plain_response();
        match self {
            // A request without a credential gets a challenge without an error code (RFC 6750 section 3.1).
            Self::MissingEdgeKey => challenge(&mut response, &format!("Bearer realm=\"{issuer}\"")),
            Self::UnknownEdgeKey => challenge(&mut response, &format!("Bearer realm=\"{issuer}\", error=\"invalid_token\"")),
            _ => {}
        }
        response
    }

    /// The response without a challenge.
    pub fn into_plain_response(self) -> Response {
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
        if matches!(self, Self::Unavailable | Self::Overloaded) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }

    const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::InvalidRequest(detail) => (StatusCode::BAD_REQUEST, "invalid_request", detail),
            Self::MissingEdgeKey => (StatusCode::UNAUTHORIZED, "missing_edge_key", "send the edge key as a bearer token"),
            Self::UnknownEdgeKey => (
                StatusCode::UNAUTHORIZED,
                "unknown_edge_key",
                "the edge key is unknown or was deleted: create one, and set it in the edge's configuration",
            ),
            Self::OtherEnvironment => (
                StatusCode::FORBIDDEN,
                "wrong_environment",
                "the edge key is for the other environment: create one with `postern admin edge-key create NAME --environment ENVIRONMENT`",
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "no resource at this path"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "use one of the methods in the `allow` header")
            }
            Self::PostRequired => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "use POST, with the parameters in the body and not in the URL",
            ),
            Self::Timeout => (StatusCode::REQUEST_TIMEOUT, "timeout", "the request took too long"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the database is unavailable: try again"),
            Self::Overloaded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "overloaded",
                "too many request bodies arrive at once: send yours again, without pauses",
            ),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "the issuer failed; its log says why"),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Operation(Error::Edge(EdgeError::UnknownKey)) => Self::UnknownEdgeKey,
            other => match other.report() {
                Retry::Later => Self::Unavailable,
                Retry::Never => Self::Internal,
            },
        }
    }
}

/// The answer if no route matches.
pub async fn not_found() -> Response {
    Problem::NotFound.into_plain_response()
}

/// The answer if a route matches but its method does not.
pub async fn method_not_allowed() -> Response {
    Problem::MethodNotAllowed.into_plain_response()
}
/// The same for an endpoint that takes its parameters in the body of a POST request.
pub async fn post_required() -> Response {
    Problem::PostRequired.into_plain_response()
}

/// Adds a challenge (RFC 9110 section 11.6.1). An issuer's identifier in normal form holds no quote.
pub fn challenge(response: &mut Response, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
}
