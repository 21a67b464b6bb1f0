//! The second factor of a user.

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::view::UserView;
use crate::answer::Answer;
use crate::call::Call;
use crate::etag::Precondition;
use crate::path::TwoSegments;
use crate::problem::ApiProblem;
use crate::query::{Nothing, Query};
use postern_model::{User, UserId, UserName, UserStoreName};
use postern_operations::{self as operations, SecondFactorDetails};

/// A user's second factor
#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactor)]
struct SecondFactorView {
    /// When the user set it up (Unix time in seconds). Absent: the user has none
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    since: Option<u64>,
    /// The number of recovery codes that the user has not used
    recovery_codes: u64,
}

impl From<SecondFactorDetails> for SecondFactorView {
    fn from(details: SecondFactorDetails) -> Self {
        Self { since: details.since.map(|since| since.0), recovery_codes: details.recovery_codes }
    }
}

/// Show a user's second factor
#[utoipa::path(get, path = "/api/v1/user-stores/{store}/users/{name}/second-factor", tag = "users",
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name")),
    responses((status = 200, body = SecondFactorView), (status = 404, description = "`no_such_user_store` or `no_such_user`")))]
pub(crate) async fn show(
    call: Call,
    TwoSegments(store, name): TwoSegments<UserStoreName, UserName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let details = call.read(move |act| operations::show_second_factor(act, &UserId { name, store })).await?;
    call.answer(Answer::ok(&SecondFactorView::from(details)))
}

/// Remove a user's second factor and recovery codes, for a user who has lost them, and end the user's sessions
#[utoipa::path(delete, path = "/api/v1/user-stores/{store}/users/{name}/second-factor", tag = "users",
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name")),
    responses((status = 204),
        (status = 404, description = "`no_such_user_store`, `no_such_user` or `no_second_factor`")))]
pub(crate) async fn reset(
    call: Call,
    TwoSegments(store, name): TwoSegments<UserStoreName, UserName>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let of = store.clone();
    let expected = move |user: &User| precondition.holds(&UserView::new(&of, user));
    call.write(move |act| operations::reset_second_factor(act, &UserId { name, store }, expected)).await?;
    Ok(Answer::no_content())
}
