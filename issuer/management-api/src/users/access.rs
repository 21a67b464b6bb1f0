//! `/api/v1/user-stores/{store}/users/{name}/access`: the clients that have access to a user's account.

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
use postern_model::{ConsumerKey, UserId, UserName, UserStoreName};
use postern_operations::{self as operations, GrantDetails};

/// A client that has access to a user's account
#[derive(Serialize, ToSchema)]
#[schema(as = UserAccess)]
struct AccessView {
    /// The client's consumer key
    consumer_key: String,
    /// The application's name. Absent: the application was deleted
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    application_name: Option<String>,
    /// The scopes that the user consented to in a browser, separated by spaces. Absent: none
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    consented_scope: Option<String>,
    /// When the user consented in a browser (Unix time in seconds). Absent: never
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    consented_at: Option<u64>,
    /// The number of grants that have not ended
    grants: usize,
}

impl From<&GrantDetails> for AccessView {
    fn from(details: &GrantDetails) -> Self {
        let GrantDetails { consumer_key, application, consent, grants } = details;
        Self {
            consumer_key: consumer_key.to_string(),
            application_name: application.as_ref().map(|name| name.as_str().to_owned()),
            consented_scope: consent.as_ref().and_then(|consent| consent.scopes.as_ref()).map(Scopes::to_string),
            consented_at: consent.as_ref().map(|consent| consent.given_at.0),
            grants: grants.len(),
        }
    }
}

/// List the clients that have access to a user's account: those that the user consented to, and those with a grant
#[utoipa::path(get, path = "/api/v1/user-stores/{store}/users/{name}/access", tag = "users",
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name"),
        PageParameters),
    responses((status = 200, body = Listing<AccessView>), (status = 404, description = "`no_such_user_store` or `no_such_user`")))]
pub(crate) async fn list(
    call: Call,
    TwoSegments(store, name): TwoSegments<UserStoreName, UserName>,
    Query(page): Query<Page<String>>,
) -> Result<Response, ApiProblem> {
    let mut access = call.read(move |act| operations::list_user_access(act, &UserId { name, store })).await?;
    access.sort_by(|one, other| one.consumer_key.as_str().cmp(other.consumer_key.as_str()));
    let listing: Listing<AccessView> = page.cut(&access, |details| details.consumer_key.to_string());
    call.answer(Answer::ok(&listing))
}

/// Withdraw the access of a client to a user's account: the consent, the grants and their tokens
#[utoipa::path(delete, path = "/api/v1/user-stores/{store}/users/{name}/access/{consumer_key}", tag = "users",
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name"),
        ("consumer_key" = String, Path, description = "The client's consumer key")),
    responses((status = 200, body = RevokedView),
        (status = 404, description = "`no_such_user_store`, `no_such_user` or `no_such_access`")))]
pub(crate) async fn withdraw(
    call: Call,
    ThreeSegments(store, name, client): ThreeSegments<UserStoreName, UserName, ConsumerKey>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let user = UserId { name, store };
    let revoked = call.write(move |act| operations::withdraw_user_access(act, &user, Some(&client))).await?;
    call.answer(Answer::ok(&RevokedView::from(revoked)))
}

/// Withdraw the access of all clients to a user's account
#[utoipa::path(delete, path = "/api/v1/user-stores/{store}/users/{name}/access", tag = "users",
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name")),
    responses((status = 200, body = RevokedView), (status = 404, description = "`no_such_user_store` or `no_such_user`")))]
pub(crate) async fn withdraw_all(
    call: Call,
    TwoSegments(store, name): TwoSegments<UserStoreName, UserName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let user = UserId { name, store };
    let revoked = call.write(move |act| operations::withdraw_user_access(act, &user, None)).await?;
    call.answer(Answer::ok(&RevokedView::from(revoked)))
}
