//! `/api/v1/user-stores/{store}/users/{name}/sessions`: the sessions of a user.

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::call::Call;
use crate::pagination::{Listing, Page, PageParameters};
use crate::path::{ThreeSegments, TwoSegments};
use crate::problem::ApiProblem;
use crate::query::{Nothing, Query};
use postern_model::{SessionId, UserId, UserName, UserStoreName};
use postern_operations::{self as operations, SessionDetails};

/// A browser in which a user has signed in
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionView {
    /// The session's id
    id: String,
    /// When the user signed in (Unix time in seconds)
    created_at: u64,
    /// When the session was last used, to the minute (Unix time in seconds)
    used_at: u64,
}

impl From<&SessionDetails> for SessionView {
    fn from(session: &SessionDetails) -> Self {
        let SessionDetails { id, created_at, seen_at } = session;
        Self { id: id.as_str().to_owned(), created_at: created_at.0, used_at: seen_at.0 }
    }
}

/// The sessions that ended
#[derive(Serialize, ToSchema)]
struct EndedSessions {
    /// Their number
    ended: usize,
}

/// List a user's sessions, the oldest first
#[utoipa::path(get, path = "/api/v1/user-stores/{store}/users/{name}/sessions", tag = "users",
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name"),
        PageParameters),
    responses((status = 200, body = Listing<SessionView>), (status = 404, description = "`no_such_user_store` or `no_such_user`")))]
pub(crate) async fn list(
    call: Call,
    TwoSegments(store, name): TwoSegments<UserStoreName, UserName>,
    Query(page): Query<Page<String>>,
) -> Result<Response, ApiProblem> {
    let sessions = call.read(move |act| operations::list_user_sessions(act, &UserId { name, store })).await?;
    // The session of a cursor may have ended by now, so the cursor holds when it began.
    let listing: Listing<SessionView> =
        page.cut(&sessions, |session| format!("{:020}.{}", session.created_at.0, session.id.as_str()));
    call.answer(Answer::ok(&listing))
}

/// End a session of a user. Grants and tokens stay
#[utoipa::path(delete, path = "/api/v1/user-stores/{store}/users/{name}/sessions/{id}", tag = "users",
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name"),
        ("id" = String, Path, description = "The session's id")),
    responses((status = 200, body = EndedSessions),
        (status = 404, description = "`no_such_user_store`, `no_such_user` or `no_such_session`")))]
pub(crate) async fn end(
    call: Call,
    ThreeSegments(store, name, id): ThreeSegments<UserStoreName, UserName, SessionId>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let user = UserId { name, store };
    let ended = call.write(move |act| operations::end_user_sessions(act, &user, Some(&id))).await?;
    call.answer(Answer::ok(&EndedSessions { ended }))
}

/// End all sessions of a user. Grants and tokens stay
#[utoipa::path(delete, path = "/api/v1/user-stores/{store}/users/{name}/sessions", tag = "users",
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name")),
    responses((status = 200, body = EndedSessions), (status = 404, description = "`no_such_user_store` or `no_such_user`")))]
pub(crate) async fn end_all(
    call: Call,
    TwoSegments(store, name): TwoSegments<UserStoreName, UserName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let user = UserId { name, store };
    let ended = call.write(move |act| operations::end_user_sessions(act, &user, None)).await?;
    call.answer(Answer::ok(&EndedSessions { ended }))
}
