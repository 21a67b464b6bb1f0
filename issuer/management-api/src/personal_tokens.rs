//! `/api/v1/members/{name}/tokens`: personal access tokens, with which members use this API.

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
use super::path::{Segment, TwoSegments, location};
use super::query::{Nothing, Query};
use super::values::expiry;
use crate::problem::ApiProblem;
use postern_model::{MemberName, PersonalAccessToken, PersonalAccessTokenDescription, PersonalAccessTokenId};
use postern_operations::{self as operations, Act, Expiry, NewPersonalToken};

/// A personal access token, without the token itself
#[derive(Serialize, ToSchema)]
#[schema(as = PersonalToken)]
struct PersonalTokenView {
    /// The token's id, which is not secret
    id: String,
    /// The member who owns the token
    member: String,
    /// The owner's description of the token
    description: String,
    /// When it was created (Unix time in seconds)
    created_at: u64,
    /// When it expires (Unix time in seconds). Absent: never
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
}

impl From<&PersonalAccessToken> for PersonalTokenView {
    fn from(token: &PersonalAccessToken) -> Self {
        Self {
            id: token.id.as_str().to_owned(),
            member: token.member.to_string(),
            description: token.description.clone(),
            created_at: token.created_at.0,
            expires_at: token.expires_at.map(|moment| moment.0),
        }
    }
}

/// A new personal access token
#[derive(Serialize, ToSchema)]
struct CreatedPersonalToken {
    #[serde(flatten)]
    known: PersonalTokenView,
    /// The personal access token. It is shown only once
    personal_token: String,
}

/// A personal access token to create
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// What the token is for
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    description: PersonalAccessTokenDescription,
    /// When the token expires (Unix time in seconds). Absent: after 90 days; `null`: never
    #[schema(value_type = Option<u64>)]
    expires_at: Expiry,
}

impl ReadFields for NewToken {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let description = fields.parsed("description", problems);
        let expires_at = expiry(fields, problems);
        Some(Self { description: description?, expires_at })
    }
}

/// List a member's personal access tokens, the oldest first
#[utoipa::path(get, path = "/api/v1/members/{name}/tokens", tag = "members",
    params(("name" = String, Path, description = "The member's name"), PageParameters),
    responses((status = 200, body = Listing<PersonalTokenView>), (status = 404, description = "`no_such_member`")))]
pub(super) async fn list(
    call: Call,
    Segment(name): Segment<MemberName>,
    Query(page): Query<Page<String>>,
) -> Result<Response, ApiProblem> {
    let tokens = call.read(move |act| operations::list_personal_tokens(act, &name)).await?;
    // The token of a cursor may be removed by now, so the cursor holds its creation time.
    let listing: Listing<PersonalTokenView> =
        page.cut(&tokens, |token| format!("{:020}.{}", token.created_at.0, token.id.as_str()));
    call.answer(Answer::ok(&listing))
}

/// Create a personal access token. It is shown only once
#[utoipa::path(post, path = "/api/v1/members/{name}/tokens", tag = "members", request_body = NewToken,
    params(("name" = String, Path, description = "The member's name"), IdempotencyKey),
    responses((status = 201, body = CreatedPersonalToken), (status = 404, description = "`no_such_member`"),
        (status = 422, description = "`invalid_body`, `expires_in_the_past` or `idempotency_key_reused`")))]
pub(super) async fn create(
    call: Call,
    Segment(member): Segment<MemberName>,
    Query(Nothing): Query<Nothing>,
    body: Body<NewToken>,
) -> Result<Response, ApiProblem> {
    let NewToken { description, expires_at } = &body.value;
    let new = NewPersonalToken { member, description: description.clone(), expiry: *expires_at };
    let create = move |act: &Act<'_>| {
        let (token, secret) = operations::create_personal_token(act, &new)?;
        let location = location(&["members", token.member.as_str(), "tokens", token.id.as_str()]);
        let view = CreatedPersonalToken { known: PersonalTokenView::from(&token), personal_token: secret.expose().to_owned() };
        Ok(Answer::created(&view, location)?.with_secret())
    };
    call.create(&body, create).await
}

/// Show a personal access token, without the token itself
#[utoipa::path(get, path = "/api/v1/members/{name}/tokens/{id}", tag = "members",
    params(("name" = String, Path, description = "The member's name"), ("id" = String, Path, description = "The token's id"),
        IfNoneMatch),
    responses((status = 200, body = PersonalTokenView), (status = 304),
        (status = 404, description = "`no_such_member` or `no_such_personal_token`")))]
pub(super) async fn show(
    call: Call,
    TwoSegments(member, id): TwoSegments<MemberName, PersonalAccessTokenId>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let token = call.read(move |act| operations::show_personal_token(act, &member, &id)).await?;
    call.answer(Answer::resource(&PersonalTokenView::from(&token)))
}

/// Remove a personal access token, which is refused from now on
#[utoipa::path(delete, path = "/api/v1/members/{name}/tokens/{id}", tag = "members",
    params(("name" = String, Path, description = "The member's name"), ("id" = String, Path, description = "The token's id")),
    responses((status = 204), (status = 404, description = "`no_such_member` or `no_such_personal_token`")))]
pub(super) async fn remove(
    call: Call,
    TwoSegments(member, id): TwoSegments<MemberName, PersonalAccessTokenId>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let expected = move |token: &PersonalAccessToken| precondition.holds(&PersonalTokenView::from(token));
    call.write(move |act| operations::remove_personal_token(act, &member, &id, expected)).await?;
    Ok(Answer::no_content())
}
