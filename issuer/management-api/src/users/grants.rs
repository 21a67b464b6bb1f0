//! `/api/v1/user-stores/{store}/users/{name}/grants`: a user's grants to applications.

use axum::response::Response;
use postern_token::Scopes;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::call::Call;
use crate::pagination::{Listing, Page, PageParameters};
use crate::path::{ThreeSegments, TwoSegments};
use crate::problem::ApiProblem;
use crate::query::{Nothing, Query};
use crate::tokens::RevokedView;
use postern_model::{GrantId, GrantOrigin, UserGrant, UserId, UserName, UserStoreName};
use postern_operations as operations;

/// A user's grant to a client: one access token at a time, which the client can renew
#[derive(Serialize, ToSchema)]
#[schema(as = UserGrant)]
struct GrantView {
    /// The grant's id
    id: String,
    /// The application's id
    application: String,
    /// The consumer key of the application's client
    consumer_key: String,
    /// How it was given
    origin: GrantOriginView,
    /// The granted scopes, separated by spaces. Absent: none
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope: Option<String>,
    /// When it was given (Unix time in seconds)
    created_at: u64,
    /// When the application last got a token with it (Unix time in seconds)
    used_at: u64,
}

/// How a grant was given
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UserGrantOrigin)]
#[serde(rename_all = "snake_case")]
enum GrantOriginView {
    /// The user signed in and consented in a browser
    AuthorizationCode,
    /// The user allowed a device that has no browser
    DeviceCode,
    /// The user gave the application the password
    Password,
}

impl From<GrantOrigin> for GrantOriginView {
    fn from(value: GrantOrigin) -> Self {
        match value {
            GrantOrigin::AuthorizationCode => Self::AuthorizationCode,
            GrantOrigin::DeviceCode => Self::DeviceCode,
            GrantOrigin::Password => Self::Password,
        }
    }
}

impl From<&UserGrant> for GrantView {
    fn from(grant: &UserGrant) -> Self {
        Self {
            id: grant.id.as_str().to_owned(),
            application: grant.application.to_string(),
            consumer_key: grant.consumer_key.to_string(),
            origin: grant.origin.into(),
            scope: grant.scopes.as_ref().map(Scopes::to_string),
            created_at: grant.created_at.0,
            used_at: grant.used_at.0,
        }
    }
}

/// List a user's grants that have not ended, the oldest first
#[utoipa::path(get, path = "/api/v1/user-stores/{store}/users/{name}/grants", tag = "users",
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name"),
        PageParameters),
    responses((status = 200, body = Listing<GrantView>), (status = 404, description = "`no_such_user_store` or `no_such_user`")))]
pub(crate) async fn list(
    call: Call,
    TwoSegments(store, name): TwoSegments<UserStoreName, UserName>,
    Query(page): Query<Page<String>>,
) -> Result<Response, ApiProblem> {
    let grants = call.read(move |act| operations::list_user_grants(act, &UserId { name, store })).await?;
    // The grant of a cursor may have ended by now, so the cursor holds its creation time.
    let listing: Listing<GrantView> = page.cut(&grants, |grant| format!("{:020}.{}", grant.created_at.0, grant.id.as_str()));
    call.answer(Answer::ok(&listing))
}

/// End a grant, and revoke its refresh token and its access token
#[utoipa::path(delete, path = "/api/v1/user-stores/{store}/users/{name}/grants/{id}", tag = "users",
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name"),
        ("id" = String, Path, description = "The grant's id")),
    responses((status = 200, body = RevokedView),
        (status = 404, description = "`no_such_user_store`, `no_such_user` or `no_such_grant`")))]
pub(crate) async fn end(
    call: Call,
    ThreeSegments(store, name, id): ThreeSegments<UserStoreName, UserName, GrantId>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let user = UserId { name, store };
    let revoked = call.write(move |act| operations::end_grant(act, &user, &id)).await?;
    call.answer(Answer::ok(&RevokedView::from(revoked)))
}
