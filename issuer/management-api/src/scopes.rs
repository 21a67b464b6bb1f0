//! `/api/v1/scopes`: which scopes are for users with certain roles alone.

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
use super::path::Named;
use super::query::{Nothing, Query};
use super::values::roles;
use crate::problem::ApiProblem;
use postern_model::UserRole;
use postern_operations::{self as operations, Act};

/// A scope, and who among users may have it
#[derive(Serialize, ToSchema)]
#[schema(as = Scope)]
struct ScopeView {
    /// The scope
    scope: String,
    /// Users with one of these roles may have it; empty means every user
    roles: Vec<String>,
}

impl ScopeView {
    fn new(scope: &str, roles: &[UserRole]) -> Self {
        Self { scope: scope.to_owned(), roles: roles.iter().map(ToString::to_string).collect() }
    }

    /// A scope as it is bound, or as one that is not.
    fn of(bindings: &BTreeMap<String, Vec<UserRole>>, scope: &str) -> Self {
        Self::new(scope, bindings.get(scope).map(Vec::as_slice).unwrap_or_default())
    }
}

impl From<&(String, Vec<UserRole>)> for ScopeView {
    fn from((scope, roles): &(String, Vec<UserRole>)) -> Self {
        Self::new(scope, roles)
    }
}

/// Who is to have a scope
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BoundScope)]
pub(super) struct ToBind {
    /// Users with one of these roles may have it; empty means every user
    #[schema(value_type = Vec<String>, max_items = 100, example = json!(["editors"]))]
    roles: Vec<UserRole>,
}

impl ReadFields for ToBind {
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

/// One scope in a path.
pub(super) struct NamedScope(String);

impl FromStr for NamedScope {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let one = Scopes::parse(text).is_ok_and(|scopes| scopes.iter().count() == 1);
        if one { Ok(Self(text.to_owned())) } else { Err("a scope is visible ASCII characters but `\"` and `\\`") }
    }
}

/// List the scopes that are bound to roles, with these
#[utoipa::path(get, path = "/api/v1/scopes", tag = "users", params(PageParameters),
    responses((status = 200, body = Listing<ScopeView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let bindings: Vec<_> = call.read(operations::list_scope_roles).await?.into_iter().collect();
    let listing: Listing<ScopeView> = page.cut(&bindings, |(scope, _)| scope.clone());
    call.answer(Answer::told(&listing))
}

/// Show which users may have a scope, which need not be one of an API
#[utoipa::path(get, path = "/api/v1/scopes/{scope}", tag = "users",
    params(("scope" = String, Path, description = "The scope"), IfNoneMatch),
    responses((status = 200, body = ScopeView), (status = 304)))]
pub(super) async fn show(
    call: Call,
    Named(NamedScope(scope)): Named<NamedScope>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let bindings = call.read(operations::list_scope_roles).await?;
    call.answer(Answer::one(&ScopeView::of(&bindings, &scope)))
}

/// Bind a scope to roles, instead of those that it is bound to; tokens that are there keep what they hold until they are renewed
#[utoipa::path(put, path = "/api/v1/scopes/{scope}", tag = "users", request_body = ToBind,
    params(("scope" = String, Path, description = "The scope")),
    responses((status = 200, body = ScopeView)))]
pub(super) async fn bind(
    call: Call,
    Named(NamedScope(scope)): Named<NamedScope>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<ToBind>,
) -> Result<Response, ApiProblem> {
    let roles = body.value.roles;
    let view = ScopeView::new(&scope, &roles);
    let bind = move |act: &Act<'_>| {
        let expected = |roles: &[UserRole]| precondition.holds(&ScopeView::new(&scope, roles));
        operations::bind_scope(act, &scope, &roles, expected)
    };
    call.write(bind).await?;
    call.answer(Answer::one(&view))
}
