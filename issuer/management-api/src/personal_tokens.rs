//! `/api/v1/members/{name}/tokens`: the credentials with which members use this API.

use axum::response::Response;
use postern_token::UnixSeconds;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::etag::{IfNoneMatch, Precondition};
use super::idempotency::IdempotencyKey;
use super::pagination::{Listing, Page, PageParameters};
use super::path::{Named, NamedTwice, to};
use super::query::{Nothing, Query};
use super::values::timestamp;
use crate::problem::ApiProblem;
use postern_model::{MemberName, PersonalAccessToken, PersonalAccessTokenDescription, PersonalAccessTokenId};
use postern_operations::{self as operations, Act, NewPersonalToken};

/// What is known of a personal access token
#[derive(Serialize, ToSchema)]
#[schema(as = PersonalToken)]
struct PersonalTokenView {
    /// Its id, which is no secret
    id: String,
    /// Whose it is
    member: String,
    /// What its owner calls it
    description: String,
    /// When it was created, in seconds since 1970
    created_at: u64,
    /// When it runs out, in seconds since 1970; absent when it never does
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
    /// The personal access token, which is shown this once
    personal_token: String,
}

/// What a new personal access token is to be
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// What it is for
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    description: PersonalAccessTokenDescription,
    /// When it is to run out, in seconds since 1970; absent means never
    #[schema(value_type = Option<u64>, nullable = false)]
    expires_at: Option<UnixSeconds>,
}

impl ReadFields for NewToken {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let description = fields.parsed("description", problems);
        let expires_at = timestamp(fields, "expires_at", problems);
        Some(Self { description: description?, expires_at })
    }
}

/// List what is known of a member's personal access tokens, the oldest first
#[utoipa::path(get, path = "/api/v1/members/{name}/tokens", tag = "members",
    params(("name" = String, Path, description = "The member's name"), PageParameters),
    responses((status = 200, body = Listing<PersonalTokenView>), (status = 404, description = "`no_such_member`")))]
pub(super) async fn list(
    call: Call,
    Named(name): Named<MemberName>,
    Query(page): Query<Page<String>>,
) -> Result<Response, ApiProblem> {
    let tokens = call.read(move |act| operations::list_personal_tokens(act, &name)).await?;
    // What a cursor names may be gone by now; its moment is not.
    let listing: Listing<PersonalTokenView> =
        page.cut(&tokens, |token| format!("{:020}.{}", token.created_at.0, token.id.as_str()));
    call.answer(Answer::told(&listing))
}

/// Create a personal access token; it is shown this once
#[utoipa::path(post, path = "/api/v1/members/{name}/tokens", tag = "members", request_body = NewToken,
    params(("name" = String, Path, description = "The member's name"), IdempotencyKey),
    responses((status = 201, body = CreatedPersonalToken), (status = 404, description = "`no_such_member`"),
        (status = 422, description = "`invalid_body`, `expires_in_the_past` or `idempotency_key_reused`")))]
pub(super) async fn create(
    call: Call,
    Named(member): Named<MemberName>,
    Query(Nothing): Query<Nothing>,
    body: Body<NewToken>,
) -> Result<Response, ApiProblem> {
    let NewToken { description, expires_at } = &body.value;
    let new = NewPersonalToken { member, description: description.clone(), expires_at: *expires_at };
    let create = move |act: &Act<'_>| {
        let (token, secret) = operations::create_personal_token(act, &new)?;
        let location = to(&["members", token.member.as_str(), "tokens", token.id.as_str()]);
        let view = CreatedPersonalToken { known: PersonalTokenView::from(&token), personal_token: secret.expose().to_owned() };
        Ok(Answer::created(&view, location)?.with_secret())
    };
    call.create(&body, create).await
}

/// Show what is known of a personal access token
#[utoipa::path(get, path = "/api/v1/members/{name}/tokens/{id}", tag = "members",
    params(("name" = String, Path, description = "The member's name"), ("id" = String, Path, description = "The token's id"),
        IfNoneMatch),
    responses((status = 200, body = PersonalTokenView), (status = 304),
        (status = 404, description = "`no_such_member` or `no_such_personal_token`")))]
pub(super) async fn show(
    call: Call,
    NamedTwice(member, id): NamedTwice<MemberName, PersonalAccessTokenId>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let token = call.read(move |act| operations::show_personal_token(act, &member, &id)).await?;
    call.answer(Answer::one(&PersonalTokenView::from(&token)))
}

/// Remove a personal access token; nobody gets in with it from now on
#[utoipa::path(delete, path = "/api/v1/members/{name}/tokens/{id}", tag = "members",
    params(("name" = String, Path, description = "The member's name"), ("id" = String, Path, description = "The token's id")),
    responses((status = 204), (status = 404, description = "`no_such_member` or `no_such_personal_token`")))]
pub(super) async fn remove(
    call: Call,
    NamedTwice(member, id): NamedTwice<MemberName, PersonalAccessTokenId>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let expected = move |token: &PersonalAccessToken| precondition.holds(&PersonalTokenView::from(token));
    call.write(move |act| operations::remove_personal_token(act, &member, &id, expected)).await?;
    Ok(Answer::done())
}
