//! Problems of the management API (RFC 9457): every error of an operation as a status, a stable code and a sentence.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postern_token::bundle::Problems;
use serde::Serialize;
use utoipa::ToSchema;

use postern_http_types::challenge;
use postern_model::Issuer;
use postern_operations::{Error, UserError};
use postern_service::{Failure, Retry, chain};

/// Why a request is refused (RFC 9457)
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// Always `about:blank`: `code` says more
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words
    title: &'static str,
    /// The status
    status: u16,
    /// What it is, for programs: it never changes its meaning
    code: &'static str,
    /// What it is, for people
    detail: String,
    /// What is wrong with each field or parameter, where it is about some of them
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldProblem>,
}

/// What is wrong with one field
#[derive(Debug, Clone, Serialize, ToSchema)]
struct FieldProblem {
    /// The field's path, such as `domains[0]`; `.` is the whole body
    field: String,
    /// What is wrong with it
    message: String,
}

/// Why the management API does not do what it was asked.
#[derive(Debug)]
pub(crate) struct ApiProblem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldProblem>,
    challenge: Option<String>,
    cause: Option<OperatorsWords>,
}

/// What a refusal says to whoever has the database: the error as the command line has it, with all that caused it. It goes along with a
/// response inside this process, and is no part of what is sent.
#[derive(Debug, Clone)]
pub struct OperatorsWords(pub String);

impl ApiProblem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), challenge: None, cause: None }
    }

    /// A query, a header or a body's form that cannot be understood.
    pub(crate) fn invalid_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", detail)
    }

    /// Parameters of the query that make no sense, all of them.
    pub(crate) fn invalid_parameters(problems: &Problems) -> Self {
        Self { errors: fields(problems), ..Self::invalid_request(format!("the query is wrong: {problems}")) }
    }

    /// A body whose fields make no sense, all of them.
    pub(crate) fn invalid_body(problems: &Problems) -> Self {
        let detail = format!("the body is wrong: {problems}");
        Self { errors: fields(problems), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_body", detail) }
    }

    /// A path that names nothing.
    pub(crate) fn nothing_called(detail: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("nothing can be there: {detail}"))
    }

    pub(crate) fn body_too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the body is larger than the issuer takes")
    }

    pub(crate) fn not_json() -> Self {
        let detail = "send the body as `content-type: application/json`";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    pub(crate) fn not_openapi() -> Self {
        let detail = "send the document as `content-type: application/json` or `application/yaml`";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    /// The request brings no credential, of which it is then told no error (RFC 6750 section 3.1).
    pub(crate) fn missing_token(issuer: &Issuer) -> Self {
        let detail = "send a personal access token: `Authorization: Bearer ppat_…`";
        let challenge = Some(format!("Bearer realm=\"{issuer}\""));
        Self { challenge, ..Self::new(StatusCode::UNAUTHORIZED, "missing_token", detail) }
    }

    pub(crate) fn unknown_token(issuer: &Issuer) -> Self {
        let detail = "the personal access token is unknown or has expired";
        let challenge = Some(format!("Bearer realm=\"{issuer}\", error=\"invalid_token\""));
        Self { challenge, ..Self::new(StatusCode::UNAUTHORIZED, "unknown_token", detail) }
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the issuer failed; its log says why")
    }

    fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the issuer cannot do that right now: try it again")
    }
}

fn fields(problems: &Problems) -> Vec<FieldProblem> {
    let field = |problem: &postern_token::bundle::Problem| FieldProblem {
        field: problem.field.clone(),
        message: problem.message.clone(),
    };
    problems.iter().map(field).collect()
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let Self { status, code, detail, errors, challenge: text, cause } = self;
        let title = status.canonical_reason().unwrap_or_default();
        let body = ProblemDocument { kind: "about:blank", title, status: status.as_u16(), code, detail, errors };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if let Some(text) = text {
            challenge(&mut response, &text);
        }
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

impl From<Failure> for ApiProblem {
    fn from(failure: Failure) -> Self {
        let (refused, cause) = match &failure {
            Failure::Operation(error) => (refusal(error), Some(OperatorsWords(chain(error)))),
            Failure::Busy | Failure::Interrupted | Failure::Encode(_) => (None, None),
        };
        let problem = refused.unwrap_or_else(|| match failure.report() {
            Retry::Later => Self::unavailable(),
            Retry::Never => Self::internal(),
        });
        Self { cause, ..problem }
    }
}

/// What an error says to the one who asked; `None` when the issuer itself is at fault.
fn refusal(error: &Error) -> Option<ApiProblem> {
    let (missing, conflict, invalid) = (StatusCode::NOT_FOUND, StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, code) = match error {
        Error::Forbidden { .. } => (StatusCode::FORBIDDEN, "forbidden"),
        Error::Changed => (StatusCode::PRECONDITION_FAILED, "changed"),
        // RFC 6585 section 3.
        Error::Unseen => (StatusCode::PRECONDITION_REQUIRED, "precondition_required"),
        Error::NoSuchApplication(_) | Error::NoApplicationCalled(_) => (missing, "no_such_application"),
        Error::NoSuchApi(_) => (missing, "no_such_api"),
        Error::NoSuchTier { .. } => (missing, "no_such_tier"),
        Error::NoSuchToken => (missing, "no_such_token"),
        Error::NoSuchKey(_) => (missing, "no_such_signing_key"),
        Error::NoSuchSecret(_) => (missing, "no_such_secret"),
        Error::NoSuchMember(_) => (missing, "no_such_member"),
        Error::NoSuchPersonalToken(_) => (missing, "no_such_personal_token"),
        Error::NoSuchRegistrationToken(_) => (missing, "no_such_registration_token"),
        Error::NoSuchEdgeKey(_) => (missing, "no_such_edge_key"),
        Error::NotSubscribed { .. } => (missing, "not_subscribed"),
        Error::NoKeySet { .. } => (missing, "no_keys"),
        Error::KeySetExists { .. } => (conflict, "keys_exist"),
        Error::SeveralApplications { .. } => (conflict, "several_applications"),
        Error::ApplicationBlocked(_) => (conflict, "application_blocked"),
        Error::TooManySecrets { .. } => (conflict, "too_many_secrets"),
        Error::LastSecret => (conflict, "last_secret"),
        Error::MemberExists(_) => (conflict, "member_exists"),
        Error::LastAdministrator(_) => (conflict, "last_administrator"),
        Error::KeyRetired(_) => (conflict, "signing_key_retired"),
        Error::KeySigns(_) => (conflict, "signing_key_signs"),
        Error::KeyInUse { .. } => (conflict, "signing_key_in_use"),
        Error::ApiExists(_) => (conflict, "api_exists"),
        Error::ApiRenamed(_) => (conflict, "api_renamed"),
        Error::ApiInUse { .. } => (conflict, "api_in_use"),
        Error::ApiOverlaps { .. } => (conflict, "api_overlaps"),
        Error::TierExists(_) => (conflict, "tier_exists"),
        Error::TierInUse(_) => (conflict, "tier_in_use"),
        Error::AlreadySubscribed { .. } => (conflict, "already_subscribed"),
        Error::EdgeKeyExists(_) => (conflict, "edge_key_exists"),
        Error::ForeverForbidden => (invalid, "forever_forbidden"),
        Error::PolicyOutOfRange(_) => (invalid, "policy_out_of_range"),
        Error::GrantNotAllowed => (invalid, "grant_not_allowed"),
        Error::RegistrationsOutOfRange => (invalid, "registrations_out_of_range"),
        Error::ExpiresInThePast => (invalid, "expires_in_the_past"),
        Error::OutlivesItsMaker => (invalid, "outlives_its_maker"),
        Error::InvalidApi(_) => (invalid, "invalid_api"),
        Error::ScopeNotAllowed => (invalid, "scope_not_allowed"),
        Error::KeyReused => (invalid, "idempotency_key_reused"),
        // What the claims would hold comes from those who ask: too much of it makes a token that nobody takes.
        Error::Sign(_) => (invalid, "token_too_large"),
        Error::User(error) => return of_user(error),
        // Who asks is found out before anything else, by those who have words for it.
        Error::InvalidClient
        | Error::UnknownEdgeKey
        | Error::UnknownRegistrationToken
        | Error::Grant(_)
        | Error::UnknownMember
        | Error::AlreadyInitialised
        | Error::NotInitialised
        | Error::WrongMasterKey { .. }
        | Error::NoMasterKey
        | Error::StatusListGone
        | Error::GenerateKey(_)
        | Error::UnusableKeys
        | Error::InvalidBundle(_)
        | Error::Entropy(_)
        | Error::Storage(_) => return None,
    };
    let mut problem = ApiProblem::new(status, code, detail(error));
    if let Error::InvalidApi(problems) = error {
        problem.errors = fields(problems);
    }
    Some(problem)
}

/// What an error about a user says; `None` when the issuer itself is at fault, or is too busy.
fn of_user(error: &UserError) -> Option<ApiProblem> {
    let (missing, conflict, invalid) = (StatusCode::NOT_FOUND, StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, code) = match error {
        UserError::NoSuchUser(_) => (missing, "no_such_user"),
        UserError::NoSuchStore(_) => (missing, "no_such_user_store"),
        UserError::NoSuchGrant => (missing, "no_such_grant"),
        UserError::UserExists(_) => (conflict, "user_exists"),
        UserError::KeptElsewhere(_) => (conflict, "users_kept_elsewhere"),
        UserError::Password(_) => (invalid, "password_not_allowed"),
        UserError::WrongCredentials
        | UserError::NoSession
        | UserError::NotConfigured(_)
        | UserError::Moved(_)
        | UserError::Hash(_)
        | UserError::Directory(_) => return None,
    };
    Some(ApiProblem::new(status, code, error.to_string()))
}

/// The error's own sentence, or another one where that speaks of the command line.
fn detail(error: &Error) -> String {
    match error {
        Error::NoSuchApplication(id) => format!("there is no application `{id}`"),
        Error::NoApplicationCalled(name) => format!("there is no application of the id or the name `{name}`"),
        Error::NoSuchToken => "there is no token of that id".into(),
        Error::Unseen => {
            "show the subscription, and send its `ETag` as `If-Match`, not `*`: it may be at another tier than the one that you approve of".into()
        }
        Error::NoSuchKey(kid) => format!("there is no signing key `{kid}`"),
        Error::NoSuchEdgeKey(name) => format!("there is no edge key `{name}`"),
        Error::NoSuchApi(api) => format!("there is no API `{api}`"),
        Error::NoSuchTier { tier, existing } => {
            let existing: Vec<_> = existing.iter().map(|tier| format!("`{tier}`")).collect();
            format!("there is no tier `{tier}`: choose one of {}", existing.join(", "))
        }
        Error::KeySigns(kid) => format!("the signing key `{kid}` is the one that signs: sign with another first"),
        Error::KeyInUse { kid, tokens, .. } => {
            format!(
                "the signing key `{kid}` signed {tokens} tokens that live: retire it after that, or with `force`, which ends them now"
            )
        }
        Error::ApiInUse { api, subscribers } => {
            format!(
                "{subscribers} applications are subscribed to `{api}`: end these subscriptions first, or use `force`, which ends them and revokes their tokens"
            )
        }
        Error::KeySetExists { application, key_type } => {
            format!("the application `{application}` has {} keys already: regenerate its token instead", key_type.as_str())
        }
        Error::NoKeySet { application, key_type } => {
            format!("the application `{application}` has no {} keys yet: generate them first", key_type.as_str())
        }
        // What is too much of it is in what caused it.
        Error::Sign(_) => chain(error),
        other => other.to_string(),
    }
}
