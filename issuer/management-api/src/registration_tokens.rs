//! `/api/v1/registration-tokens`: initial access tokens, with which clients register themselves (RFC 7591).

use axum::response::Response;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::etag::{IfNoneMatch, Precondition};
use super::idempotency::IdempotencyKey;
use super::pagination::{Listing, Page, PageParameters};
use super::path::{Segment, location};
use super::query::{Nothing, Query};
use super::values::{expiry, whole};
use crate::problem::ApiProblem;
use postern_model::{MemberName, PersonalAccessTokenDescription, RegistrationToken, RegistrationTokenId};
use postern_operations::{self as operations, Act, Expiry, NewRegistrationToken};

/// An initial access token, without the token itself. Clients register themselves with it
#[derive(Serialize, ToSchema)]
#[schema(as = RegistrationToken)]
struct RegistrationTokenView {
    /// The token's id, which is not secret
    id: String,
    /// The member who will own the registered clients. Absent: the administrators
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    owner: Option<String>,
    /// What the token is for
    description: String,
    /// How many more clients can be registered with it
    registrations: u64,
    /// When it was created (Unix time in seconds)
    created_at: u64,
    /// When it expires (Unix time in seconds). Absent: never
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_at: Option<u64>,
}

impl From<&RegistrationToken> for RegistrationTokenView {
    fn from(token: &RegistrationToken) -> Self {
        Self {
            id: token.id.as_str().to_owned(),
            owner: token.owner.as_ref().map(MemberName::to_string),
            description: token.description.clone(),
            registrations: token.registrations,
            created_at: token.created_at.0,
            expires_at: token.expires_at.map(|moment| moment.0),
        }
    }
}

/// A new initial access token
#[derive(Serialize, ToSchema)]
struct CreatedRegistrationToken {
    #[serde(flatten)]
    known: RegistrationTokenView,
    /// The initial access token. It is shown only once
    registration_token: String,
}

/// An initial access token to create
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRegistrationToken)]
pub(super) struct RegistrationTokenBody {
    /// What the token is for
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    description: PersonalAccessTokenDescription,
    /// How many clients can be registered with it. Absent: one
    #[schema(value_type = Option<u64>, nullable = false, minimum = 1, maximum = 1_000_000, default = 1)]
    registrations: u64,
    /// The owner of the registered clients. Absent: the calling developer, or else the administrators
    #[schema(value_type = Option<String>, nullable = false, pattern = "^[a-z0-9._@-]{1,64}$")]
    owner: Option<MemberName>,
    /// When the token expires (Unix time in seconds). Absent: after 90 days; `null`: never
    #[schema(value_type = Option<u64>)]
    expires_at: Expiry,
}

impl ReadFields for RegistrationTokenBody {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let description = fields.parsed("description", problems);
        let registrations = whole(fields, "registrations", problems).unwrap_or(1);
        let owner = fields.optional_parsed("owner", problems);
        let expires_at = expiry(fields, problems);
        Some(Self { description: description?, registrations, owner, expires_at })
    }
}

/// List initial access tokens, the oldest first. A developer sees only their own
#[utoipa::path(get, path = "/api/v1/registration-tokens", tag = "applications", params(PageParameters),
    responses((status = 200, body = Listing<RegistrationTokenView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let mut tokens = call.read(operations::list_registration_tokens).await?;
    // The token of a cursor may be removed by now, so the cursor holds its creation time.
    let key = |token: &RegistrationToken| format!("{:020}.{}", token.created_at.0, token.id.as_str());
    tokens.sort_by_cached_key(key);
    let listing: Listing<RegistrationTokenView> = page.cut(&tokens, key);
    call.answer(Answer::ok(&listing))
}

/// Create an initial access token, with which clients register themselves (RFC 7591). It is shown only once
#[utoipa::path(post, path = "/api/v1/registration-tokens", tag = "applications", params(IdempotencyKey), request_body = RegistrationTokenBody,
    responses((status = 201, body = CreatedRegistrationToken), (status = 404, description = "`no_such_member`"),
        (status = 422, description = "`invalid_body`, `registrations_out_of_range`, `expires_in_the_past` or `idempotency_key_reused`")))]
pub(super) async fn create(
    call: Call,
    Query(Nothing): Query<Nothing>,
    body: Body<RegistrationTokenBody>,
) -> Result<Response, ApiProblem> {
    let RegistrationTokenBody { description, registrations, owner, expires_at } = &body.value;
    let (description, owner) = (description.clone(), owner.clone());
    let new = NewRegistrationToken { owner, description, registrations: *registrations, expiry: *expires_at };
    let create = move |act: &Act<'_>| {
        let (token, secret) = operations::create_registration_token(act, &new)?;
        let known = RegistrationTokenView::from(&token);
        let view = CreatedRegistrationToken { known, registration_token: secret.expose().to_owned() };
        Ok(Answer::created(&view, location(&["registration-tokens", token.id.as_str()]))?.with_secret())
    };
    call.create(&body, create).await
}

/// Show an initial access token, without the token itself
#[utoipa::path(get, path = "/api/v1/registration-tokens/{id}", tag = "applications",
    params(("id" = String, Path, description = "The token's id"), IfNoneMatch),
    responses((status = 200, body = RegistrationTokenView), (status = 304),
        (status = 404, description = "`no_such_registration_token`")))]
pub(super) async fn show(
    call: Call,
    Segment(id): Segment<RegistrationTokenId>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let token = call.read(move |act| operations::show_registration_token(act, &id)).await?;
    call.answer(Answer::resource(&RegistrationTokenView::from(&token)))
}

/// Remove an initial access token. Clients registered with it stay
#[utoipa::path(delete, path = "/api/v1/registration-tokens/{id}", tag = "applications",
    params(("id" = String, Path, description = "The token's id")),
    responses((status = 204), (status = 404, description = "`no_such_registration_token`")))]
pub(super) async fn remove(
    call: Call,
    Segment(id): Segment<RegistrationTokenId>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let expected = move |token: &RegistrationToken| precondition.holds(&RegistrationTokenView::from(token));
    call.write(move |act| operations::remove_registration_token(act, &id, expected)).await?;
    Ok(Answer::no_content())
}
