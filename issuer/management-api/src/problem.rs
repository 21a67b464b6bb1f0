//! Problems of the management API (RFC 9457): every error of an operation as a status, a stable code and a sentence.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postern_token::document::Problems;
use serde::Serialize;
use utoipa::ToSchema;

use postern_http_types::challenge;
use postern_model::Issuer;
use postern_operations::{
    ApiError, ApplicationError, ConsumerKeyError, EdgeError, Error, InitialAccessTokenError, MemberError, ScopeError,
    SettingsError, SigningKeyError, SubscriptionError, TeamError, TierError, TokenError, UserError,
};
use postern_service::{Failure, Retry};

/// Why a request is refused (RFC 9457)
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// Always `about:blank`: `code` says more
    #[serde(rename = "type")]
    kind: &'static str,
    /// The reason phrase of the status
    title: &'static str,
    /// The HTTP status
    status: u16,
    /// The error's stable code, for programs
    code: &'static str,
    /// The error's message, for people
    detail: String,
    /// All wrong fields or parameters, if the error concerns any
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldProblem>,
}

/// What is wrong with one field
#[derive(Debug, Clone, Serialize, ToSchema)]
struct FieldProblem {
    /// The field's path, such as `domains[0]`; `.` is the whole body
    field: String,
    /// What is wrong with the field
    message: String,
}

/// An error response of the management API.
#[derive(Debug)]
pub(crate) struct ApiProblem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldProblem>,
    challenge: Option<String>,
    cause: Option<InternalCause>,
}

/// Why the issuer itself failed (status 500 or 503). It is an extension of the response, for a caller in the same process, and is not sent.
#[derive(Debug, Clone)]
pub struct InternalCause(pub Arc<Error>);

impl ApiProblem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), challenge: None, cause: None }
    }

    /// The stable name of the problem.
    pub(crate) const fn code(&self) -> &'static str {
        self.code
    }

    /// A query, a header or a body that cannot be parsed.
    pub(crate) fn invalid_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", detail)
    }

    /// All wrong parameters of a query.
    pub(crate) fn invalid_parameters(problems: &Problems) -> Self {
        Self { errors: fields(problems), ..Self::invalid_request(format!("the query is wrong: {problems}")) }
    }

    /// All wrong fields of a body.
    pub(crate) fn invalid_body(problems: &Problems) -> Self {
        let detail = format!("the body is wrong: {problems}");
        Self { errors: fields(problems), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_body", detail) }
    }

    /// No resource can be at this path.
    pub(crate) fn no_resource(detail: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("no resource at this path: {detail}"))
    }

    pub(crate) fn body_too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the body is larger than the limit")
    }

    pub(crate) fn not_json() -> Self {
        let detail = "send the body as `content-type: application/json`";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    pub(crate) fn not_openapi() -> Self {
        let detail = "send the document as `content-type: application/json` or `application/yaml`";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    /// The request has no credential; its challenge then names no error (RFC 6750 section 3.1).
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
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "the issuer is too busy or its database is unavailable: retry later",
        )
    }
}

fn fields(problems: &Problems) -> Vec<FieldProblem> {
    let field = |problem: &postern_token::document::Problem| FieldProblem {
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
        if let Failure::Operation(error) = &failure
            && let Some(problem) = refusal(error)
        {
            return problem;
        }
        let problem = match failure.report() {
            Retry::Later => Self::unavailable(),
            Retry::Never => Self::internal(),
        };
        let cause = match failure {
            Failure::Operation(error) => Some(InternalCause(Arc::new(error))),
            Failure::Busy | Failure::Interrupted | Failure::Encode(_) => None,
        };
        Self { cause, ..problem }
    }
}

/// The status of an error that a caller is told of, and its message without a full stop; `None` when the issuer itself is at fault.
pub fn refusal_message(error: &Error) -> Option<(StatusCode, &'static str, String)> {
    status_and_code(error).map(|(status, code)| (status, code, error.to_string()))
}

/// The problem that a client is told of; `None` when the issuer itself is at fault.
fn refusal(error: &Error) -> Option<ApiProblem> {
    let (status, code) = status_and_code(error)?;
    let mut problem = ApiProblem::new(status, code, error.to_string());
    if let Error::Api(ApiError::Invalid(problems)) = error {
        problem.errors = fields(problems);
    }
    Some(problem)
}

/// The status and the stable code of an error; `None` when the issuer itself is at fault.
const fn status_and_code(error: &Error) -> Option<(StatusCode, &'static str)> {
    let (missing, conflict, invalid) = (StatusCode::NOT_FOUND, StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY);
    Some(match error {
        Error::Forbidden { .. } => (StatusCode::FORBIDDEN, "forbidden"),
        Error::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, "changed"),
        Error::ExpiryInThePast => (invalid, "expires_in_the_past"),
        Error::IdempotencyKeyReused => (invalid, "idempotency_key_reused"),
        Error::Application(error) => match error {
            ApplicationError::NotFound(_) | ApplicationError::NameNotFound(_) => (missing, "no_such_application"),
            ApplicationError::AmbiguousName { .. } => (conflict, "several_applications"),
            ApplicationError::Blocked(_) => (conflict, "application_blocked"),
        },
        Error::Api(error) => match error {
            ApiError::NotFound(_) => (missing, "no_such_api"),
            ApiError::NoOpenApi(_) => (missing, "no_openapi_document"),
            ApiError::Invalid(_) => (invalid, "invalid_api"),
            ApiError::AlreadyExists(_) => (conflict, "api_exists"),
            ApiError::Renamed(_) => (conflict, "api_renamed"),
            ApiError::InUse { .. } => (conflict, "api_in_use"),
            ApiError::Overlaps { .. } => (conflict, "api_overlaps"),
        },
        Error::Tier(error) => match error {
            TierError::NotFound { .. } => (missing, "no_such_tier"),
            TierError::AlreadyExists(_) => (conflict, "tier_exists"),
            TierError::InUse(_) => (conflict, "tier_in_use"),
            TierError::Offered { .. } => (conflict, "tier_offered"),
        },
        Error::Subscription(error) => match error {
            SubscriptionError::AlreadyExists { .. } => (conflict, "already_subscribed"),
            SubscriptionError::NotFound { .. } => (missing, "not_subscribed"),
            SubscriptionError::TierNotOffered { .. } => (invalid, "tier_not_offered"),
            // RFC 6585 section 3.
            SubscriptionError::VersionRequired => (StatusCode::PRECONDITION_REQUIRED, "precondition_required"),
        },
        Error::ConsumerKey(error) => match error {
            ConsumerKeyError::AlreadyExist { .. } => (conflict, "keys_exist"),
            ConsumerKeyError::NotFound { .. } => (missing, "no_keys"),
            ConsumerKeyError::SecretNotFound(_) => (missing, "no_such_secret"),
            ConsumerKeyError::TooManySecrets { .. } => (conflict, "too_many_secrets"),
            ConsumerKeyError::LastSecret => (conflict, "last_secret"),
            ConsumerKeyError::GrantTypeNotAllowed => (invalid, "grant_not_allowed"),
            ConsumerKeyError::InvalidClient => return None,
        },
        Error::Scope(error) => of_scope(error),
        Error::Token(error) => match error {
            TokenError::NotFound => (missing, "no_such_token"),
            TokenError::UnlimitedValidityForbidden => (invalid, "forever_forbidden"),
            TokenError::ValidityTooLong { .. } => (invalid, "validity_too_long"),
            TokenError::ScopeNotAllowed { .. } => (invalid, "scope_not_allowed"),
            // The claims hold what the client requested: too much of it makes a token that no edge accepts.
            TokenError::Sign(_) => (invalid, "token_too_large"),
            // Only clients at the token endpoint get these errors.
            TokenError::TooMany(_) | TokenError::TooManyInAnHour { .. } | TokenError::StatusListDeleted => return None,
        },
        Error::SigningKey(error) => return of_signing_key(error),
        Error::Member(error) => return of_member(error),
        Error::Team(error) => of_team(error),
        Error::InitialAccessToken(error) => match error {
            InitialAccessTokenError::NotFound(_) => (missing, "no_such_registration_token"),
            InitialAccessTokenError::RegistrationsOutOfRange => (invalid, "registrations_out_of_range"),
            InitialAccessTokenError::Invalid => return None,
        },
        Error::Edge(error) => match error {
            EdgeError::KeyNotFound(_) => (missing, "no_such_edge_key"),
            EdgeError::KeyAlreadyExists(_) => (conflict, "edge_key_exists"),
            EdgeError::UnknownKey | EdgeError::InvalidBundle(_) => return None,
        },
        Error::Settings(error) => match error {
            SettingsError::OutOfRange { .. } => (invalid, "policy_out_of_range"),
            SettingsError::AlreadyInitialised | SettingsError::NotInitialised => return None,
        },
        Error::User(error) => match error {
            UserError::NoSuchUser(_) => (missing, "no_such_user"),
            UserError::NoSuchStore(_) => (missing, "no_such_user_store"),
            UserError::NoSecondFactor(_) => (missing, "no_second_factor"),
            UserError::NoSuchSession => (missing, "no_such_session"),
            UserError::NoAccess => (missing, "no_such_access"),
            UserError::NoSuchGrant => (missing, "no_such_grant"),
            UserError::UserExists(_) => (conflict, "user_exists"),
            UserError::KeptElsewhere(_) => (conflict, "users_kept_elsewhere"),
            UserError::Password(_) => (invalid, "password_not_allowed"),
            UserError::WrongCredentials
            | UserError::NoSession
            | UserError::Throttled { .. }
            | UserError::TooManyFailures
            | UserError::NotConfigured(_)
            | UserError::Moved(_)
            | UserError::Hash(_)
            | UserError::Directory(_)
            | UserError::Provider(_)
            | UserError::NoProvider(_)
            | UserError::StaleSignIn
            | UserError::WrongCode
            | UserError::SecondFactorOff
            | UserError::SecondFactorRequired
            | UserError::SecondFactorExists
            | UserError::SamePassword
            | UserError::SignInRefused(_)
            | UserError::NameTaken(_)
            | UserError::Locked(_) => return None,
        },
        // The endpoints for clients have their own responses for these.
        Error::Grant(_) | Error::Entropy(_) | Error::Storage(_) => return None,
    })
}

/// The same for teams.
const fn of_team(error: &TeamError) -> (StatusCode, &'static str) {
    match error {
        TeamError::NotFound(_) => (StatusCode::NOT_FOUND, "no_such_team"),
        TeamError::AlreadyExists(_) => (StatusCode::CONFLICT, "team_exists"),
        TeamError::NotInTeam { .. } => (StatusCode::NOT_FOUND, "not_in_team"),
    }
}

/// The same for members and requests.
const fn of_member(error: &MemberError) -> Option<(StatusCode, &'static str)> {
    let (missing, conflict, invalid) = (StatusCode::NOT_FOUND, StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY);
    Some(match error {
        MemberError::NotFound(_) => (missing, "no_such_member"),
        MemberError::AlreadyExists(_) => (conflict, "member_exists"),
        MemberError::LastAdministrator(_) => (conflict, "last_administrator"),
        MemberError::PersonalTokenNotFound(_) => (missing, "no_such_personal_token"),
        MemberError::OutlivesItsCreator => (invalid, "outlives_its_maker"),
        MemberError::AccountTaken(_) => (conflict, "account_taken"),
        MemberError::NameTaken { .. } => (conflict, "member_name_taken"),
        MemberError::UnusableName(_) => (conflict, "member_name_unusable"),
        MemberError::RegistrationOff => (conflict, "registration_off"),
        MemberError::TooManyRequests => (conflict, "too_many_member_requests"),
        MemberError::NoSuchRequest(_) => (missing, "no_such_member_request"),
        MemberError::NotAMember(_) | MemberError::InvalidCredential => return None,
    })
}

/// The same for signing keys and bundle keys.
const fn of_signing_key(error: &SigningKeyError) -> Option<(StatusCode, &'static str)> {
    let (missing, conflict, invalid) = (StatusCode::NOT_FOUND, StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY);
    Some(match error {
        SigningKeyError::NotFound(_) => (missing, "no_such_signing_key"),
        SigningKeyError::Retired(_) => (conflict, "signing_key_retired"),
        SigningKeyError::Active(_) => (conflict, "signing_key_signs"),
        SigningKeyError::InUse { .. } => (conflict, "signing_key_in_use"),
        SigningKeyError::SharedSecret(_) => (conflict, "signing_key_shared_secret"),
        SigningKeyError::BundleKeyNotFound(_) => (missing, "no_such_bundle_key"),
        SigningKeyError::BundleKeySigns(_) => (conflict, "bundle_key_signs"),
        SigningKeyError::BundleAlgorithm => (invalid, "bundle_key_algorithm"),
        SigningKeyError::Generate(_)
        | SigningKeyError::Unusable
        | SigningKeyError::NoMasterKey
        | SigningKeyError::WrongMasterKeyForUsers
        | SigningKeyError::WrongMasterKey { .. } => return None,
    })
}

const fn of_scope(error: &ScopeError) -> (StatusCode, &'static str) {
    match error {
        ScopeError::NotFound(_) => (StatusCode::NOT_FOUND, "no_such_scope"),
        ScopeError::VersionRequired(_) => (StatusCode::PRECONDITION_REQUIRED, "precondition_required"),
        ScopeError::NotHeld(_) => (StatusCode::NOT_FOUND, "scope_not_held"),
        ScopeError::Unknown { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "unknown_scope"),
        ScopeError::Forbidden { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "scope_forbidden"),
        ScopeError::Malformed => (StatusCode::UNPROCESSABLE_ENTITY, "scope_not_allowed"),
    }
}
