//! `/api/v1/user-stores/{store}/users`: the users of a store.

mod access;
mod grants;
mod second_factor;
mod sessions;
mod view;

use axum::response::Response;
use postern_token::document::{Fields, Problems};
use utoipa::ToSchema;

pub(super) use access::{
    __path_list as __path_list_access, __path_withdraw as __path_withdraw_access,
    __path_withdraw_all as __path_withdraw_all_access, list as list_access, withdraw as withdraw_access,
    withdraw_all as withdraw_all_access,
};
pub(super) use grants::{
    __path_end as __path_end_grant, __path_list as __path_list_grants, end as end_grant, list as list_grants,
};
pub(super) use second_factor::{
    __path_reset as __path_reset_second_factor, __path_show as __path_show_second_factor, reset as reset_second_factor,
    show as show_second_factor,
};
pub(super) use sessions::{
    __path_end as __path_end_session, __path_end_all as __path_end_all_sessions, __path_list as __path_list_sessions,
    end as end_session, end_all as end_all_sessions, list as list_sessions,
};
use view::{UserStateView, UserView};

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::etag::{IfNoneMatch, Precondition};
use super::idempotency::IdempotencyKey;
use super::pagination::{Limit, Listing, Page};
use super::path::{Segment, TwoSegments, location};
use super::query::{Nothing, Query};
use super::values::{roles, word};
use crate::problem::ApiProblem;
use postern_model::{User, UserId, UserName, UserRole, UserState, UserStoreName};
use postern_operations::{self as operations, Act, NewUser, PreparedPassword, PreparedUser, UserChange};
use postern_secrets::PlainSecret;

/// A user to add
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUser)]
pub(super) struct NewUserBody {
    /// The name within the store. It is stored in lower case
    #[schema(value_type = String, pattern = "^[A-Za-z0-9]([A-Za-z0-9._+@-]{0,62}[A-Za-z0-9._+-])?$", example = "alice")]
    name: UserName,
    /// The first password: at least 8 characters, not a common password, and not the name
    #[schema(value_type = String, format = Password, write_only, min_length = 8, max_length = 256)]
    password: PlainSecret,
    /// The user's roles. Absent: none
    #[schema(value_type = Option<Vec<String>>, nullable = false, max_items = 100, example = json!(["editors"]))]
    roles: Vec<UserRole>,
    /// Whether the user must choose another password at the first sign-in. Absent: false
    #[schema(value_type = Option<bool>, nullable = false)]
    must_change_password: bool,
}

impl ReadFields for NewUserBody {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let name = fields.parsed("name", problems);
        let password = PlainSecret::presented(fields.required("password", problems));
        let roles = roles(fields, problems).unwrap_or_default();
        let must_change_password = fields.optional("must_change_password", problems).unwrap_or_default();
        Some(Self { name: name?, password, roles, must_change_password })
    }
}

/// A change of a user. Absent fields stay unchanged
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserChange)]
#[allow(dead_code, reason = "it documents a body that is read as another type")]
struct ChangedFields {
    /// The user's new roles, replacing the previous ones
    #[schema(nullable = false, max_items = 100, example = json!(["editors"]))]
    roles: Option<Vec<String>>,
    /// Whether the user may sign in
    #[schema(value_type = Option<UserStateView>, nullable = false)]
    state: Option<String>,
}

impl ReadFields for UserChange {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let roles = roles(fields, problems);
        Some(Self { roles, state: word(fields, "state", UserState::parse, "must be `active` or `locked`", problems) })
    }
}

/// A user's new password
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    /// The password: at least 8 characters, not a common password, and not the name
    #[schema(value_type = String, format = Password, write_only, min_length = 8, max_length = 256)]
    password: PlainSecret,
    /// Whether the user must choose another password at the next sign-in. Absent: false
    #[schema(value_type = Option<bool>, nullable = false)]
    must_change_password: bool,
}

impl ReadFields for NewPassword {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let password = PlainSecret::presented(fields.required("password", problems));
        Some(Self { password, must_change_password: fields.optional("must_change_password", problems).unwrap_or_default() })
    }
}

/// List the users of a store, by name. An LDAP store has only the users who have signed in
#[utoipa::path(get, path = "/api/v1/user-stores/{store}/users", tag = "users",
    params(("store" = String, Path, description = "The store's name"), Limit, ("after" = Option<String>, Query, description = "`next` of the previous page", pattern = "^[a-z0-9]([a-z0-9._+@-]{0,62}[a-z0-9._+-])?$")),
    responses((status = 200, body = Listing<UserView>), (status = 404, description = "`no_such_user_store`")))]
pub(super) async fn list(
    call: Call,
    Segment(store): Segment<UserStoreName>,
    Query(page): Query<Page<UserName>>,
) -> Result<Response, ApiProblem> {
    let (after, limit, of) = (page.after.clone(), page.one_more(), store.clone());
    let users = call.read(move |act| operations::list_users(act, &of, after.as_ref(), limit)).await?;
    let users: Vec<_> = users.into_iter().map(|user| (store.clone(), user)).collect();
    let listing: Listing<UserView> = page.show(&users, |(_, user)| user.name.to_string());
    call.answer(Answer::ok(&listing))
}

/// Add a user to a local store
#[utoipa::path(post, path = "/api/v1/user-stores/{store}/users", tag = "users", request_body = NewUserBody,
    params(("store" = String, Path, description = "The store's name"), IdempotencyKey),
    responses((status = 201, body = UserView), (status = 404, description = "`no_such_user_store`"),
        (status = 409, description = "`user_exists` or `users_kept_elsewhere`"),
        (status = 422, description = "`invalid_body`, `password_not_allowed` or `idempotency_key_reused`")))]
pub(super) async fn add(
    call: Call,
    Segment(store): Segment<UserStoreName>,
    Query(Nothing): Query<Nothing>,
    body: Body<NewUserBody>,
) -> Result<Response, ApiProblem> {
    let NewUserBody { name, password, roles, must_change_password } = &body.value;
    let id = UserId { name: name.clone(), store: store.clone() };
    let must_change_password = *must_change_password;
    let new = NewUser { id, password: password.clone(), roles: roles.clone(), must_change_password };
    let prepare = move |act: &Act<'_>| operations::prepare_user(act, &new);
    let add = move |act: &Act<'_>, prepared: &PreparedUser| {
        let user = operations::add_user(act, prepared)?;
        let location = location(&["user-stores", store.as_str(), "users", user.name.as_str()]);
        Answer::created(&UserView::new(&store, &user), location)
    };
    call.create_prepared(&body, prepare, add).await
}

/// Show a user
#[utoipa::path(get, path = "/api/v1/user-stores/{store}/users/{name}", tag = "users",
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name"),
        IfNoneMatch),
    responses((status = 200, body = UserView), (status = 304),
        (status = 404, description = "`no_such_user_store` or `no_such_user`")))]
pub(super) async fn show(
    call: Call,
    TwoSegments(store, name): TwoSegments<UserStoreName, UserName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let id = UserId { name, store: store.clone() };
    let user = call.read(move |act| operations::show_user(act, &id)).await?;
    call.answer(Answer::resource(&UserView::new(&store, &user)))
}

/// Change a user's roles or state. Locking a user ends all sessions, grants and tokens of the user. After a change of roles, existing tokens
/// keep their scopes until they are renewed
#[utoipa::path(patch, path = "/api/v1/user-stores/{store}/users/{name}", tag = "users", request_body = ChangedFields,
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name")),
    responses((status = 200, body = UserView), (status = 404, description = "`no_such_user_store` or `no_such_user`"),
        (status = 409, description = "`users_kept_elsewhere`: the roles are managed in LDAP")))]
pub(super) async fn change(
    call: Call,
    TwoSegments(store, name): TwoSegments<UserStoreName, UserName>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<UserChange>,
) -> Result<Response, ApiProblem> {
    let of = store.clone();
    let expected = move |user: &User| precondition.holds(&UserView::new(&of, user));
    let (id, change) = (UserId { name, store: store.clone() }, body.value);
    let user = call.write(move |act| operations::change_user(act, &id, &change, expected)).await?;
    call.answer(Answer::resource(&UserView::new(&store, &user)))
}

/// Remove a user with all sessions, grants and tokens. A user of an LDAP store can sign in again
#[utoipa::path(delete, path = "/api/v1/user-stores/{store}/users/{name}", tag = "users",
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name")),
    responses((status = 204), (status = 404, description = "`no_such_user_store` or `no_such_user`")))]
pub(super) async fn remove(
    call: Call,
    TwoSegments(store, name): TwoSegments<UserStoreName, UserName>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let id = UserId { name, store };
    let remove = move |act: &Act<'_>| {
        let expected = |user: &User| precondition.holds(&UserView::new(&id.store, user));
        operations::delete_user(act, &id, expected)
    };
    call.write(remove).await?;
    Ok(Answer::no_content())
}

/// Set a user's password, and end all sessions, grants and tokens of the user
#[utoipa::path(put, path = "/api/v1/user-stores/{store}/users/{name}/password", tag = "users", request_body = NewPassword,
    params(("store" = String, Path, description = "The store's name"), ("name" = String, Path, description = "The user's name")),
    responses((status = 204), (status = 404, description = "`no_such_user_store` or `no_such_user`"),
        (status = 409, description = "`users_kept_elsewhere`"),
        (status = 422, description = "`invalid_body` or `password_not_allowed`")))]
pub(super) async fn reset_password(
    call: Call,
    TwoSegments(store, name): TwoSegments<UserStoreName, UserName>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<NewPassword>,
) -> Result<Response, ApiProblem> {
    let of = store.clone();
    let expected = move |user: &User| precondition.holds(&UserView::new(&of, user));
    let (id, NewPassword { password, must_change_password }) = (UserId { name, store }, body.value);
    // Hashing is costly, so it is done outside the write transaction.
    let prepared: PreparedPassword = call.read(move |act| operations::prepare_password(act, &id, &password)).await?;
    call.write(move |act| operations::give_password(act, &prepared, must_change_password, expected)).await?;
    Ok(Answer::no_content())
}
