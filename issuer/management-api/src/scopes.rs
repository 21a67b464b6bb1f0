//! `/api/v1/scopes`: scopes that are bound to roles of users.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::response::Response;
use postern_token::Scopes;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::etag::{IfNoneMatch, Precondition};
use super::pagination::{Listing, Page, PageParameters};
use super::path::Segment;
use super::query::{Nothing, Query};
use super::values::roles;
use crate::problem::ApiProblem;
use postern_model::UserRole;
use postern_operations::{self as operations, Act};

/// A scope and the roles that it is bound to
#[derive(Serialize, ToSchema)]
#[schema(as = Scope)]
struct ScopeView {
    /// The scope
    scope: String,
    /// Users with one of these roles may have the scope. Empty: every user
    roles: Vec<String>,
}

impl ScopeView {
    fn new(scope: &str, roles: &[UserRole]) -> Self {
        Self { scope: scope.to_owned(), roles: roles.iter().map(ToString::to_string).collect() }
    }

    /// A scope with its roles out of `bindings`; none when it is not bound.
    fn of(bindings: &BTreeMap<String, Vec<UserRole>>, scope: &str) -> Self {
        Self::new(scope, bindings.get(scope).map(Vec::as_slice).unwrap_or_default())
    }
}

impl From<&(String, Vec<UserRole>)> for ScopeView {
    fn from((scope, roles): &(String, Vec<UserRole>)) -> Self {
        Self::new(scope, roles)
    }
}

/// The roles to bind a scope to
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BoundScope)]
pub(super) struct BoundScopeBody {
    /// Users with one of these roles may have the scope. Empty: every user
    #[schema(value_type = Vec<String>, max_items = 100, example = json!(["editors"]))]
    roles: Vec<UserRole>,
}

impl ReadFields for BoundScopeBody {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        if !fields.has("roles") {
            fields.problem("roles", "is missing", problems);
        }
        let mut roles = roles(fields, problems)?;
        roles.sort();
        roles.dedup();
        Some(Self { roles })
    }
}

/// A scope in a path.
pub(super) struct NamedScope(String);

impl FromStr for NamedScope {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let one = Scopes::parse(text).is_ok_and(|scopes| scopes.iter().count() == 1);
        if one { Ok(Self(text.to_owned())) } else { Err("a scope is visible ASCII characters but `\"` and `\\`") }
    }
}

/// List the scopes that are bound to roles, with their roles
#[utoipa::path(get, path = "/api/v1/scopes", tag = "users", params(PageParameters),
    responses((status = 200, body = Listing<ScopeView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let bindings: Vec<_> = call.read(operations::list_scope_roles).await?.into_iter().collect();
    let listing: Listing<ScopeView> = page.cut(&bindings, |(scope, _)| scope.clone());
    call.answer(Answer::ok(&listing))
}

/// Show the roles that a scope is bound to. The scope need not belong to an API
#[utoipa::path(get, path = "/api/v1/scopes/{scope}", tag = "users",
    params(("scope" = String, Path, description = "The scope"), IfNoneMatch),
    responses((status = 200, body = ScopeView), (status = 304)))]
pub(super) async fn show(
    call: Call,
    Segment(NamedScope(scope)): Segment<NamedScope>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let bindings = call.read(operations::list_scope_roles).await?;
    call.answer(Answer::resource(&ScopeView::of(&bindings, &scope)))
}

/// Replace the roles that a scope is bound to. Tokens that exist keep their scopes until they are renewed
#[utoipa::path(put, path = "/api/v1/scopes/{scope}", tag = "users", request_body = BoundScopeBody,
    params(("scope" = String, Path, description = "The scope")),
    responses((status = 200, body = ScopeView)))]
pub(super) async fn bind(
    call: Call,
    Segment(NamedScope(scope)): Segment<NamedScope>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<BoundScopeBody>,
) -> Result<Response, ApiProblem> {
    let roles = body.value.roles;
    let view = ScopeView::new(&scope, &roles);
    let bind = move |act: &Act<'_>| {
        let expected = |roles: &[UserRole]| precondition.holds(&ScopeView::new(&scope, roles));
        operations::bind_scope(act, &scope, &roles, expected)
    };
    call.write(bind).await?;
    call.answer(Answer::resource(&view))
}
