//! `/api/v1/scopes`: the rules for scopes; `/api/v1/waiting-scopes` and the approval of scopes of key sets.

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
use super::keys::HeldScopeView;
use super::pagination::{Listing, Page, PageParameters};
use super::path::{Segment, ThreeSegments};
use super::query::{Nothing, Query};
use super::values::{member_roles, roles};
use super::words::{KeyTypeView, NamedKeyType, RoleView};
use crate::problem::ApiProblem;
use postern_model::{ApplicationId, HolderRule, Role, ScopeDescription, ScopeRule, UserRole, WaitingScope};
use postern_operations::{self as operations, Act};

/// A scope and its rules
#[derive(Serialize, ToSchema)]
#[schema(as = Scope)]
pub(super) struct ScopeView {
    /// The scope
    scope: String,
    /// Users with one of these roles may have the scope. Empty: every user
    roles: Vec<String>,
    /// Applications whose owner has one of these roles may have the scope. Empty: every application
    member_roles: Vec<RoleView>,
    /// Whether an administrator must approve the scope for each key set
    approval: bool,
    /// What the scope allows, for people
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 300, example = "Place orders and read them")]
    description: Option<String>,
}

impl ScopeView {
    pub(super) fn new(scope: &str, rule: &ScopeRule) -> Self {
        Self {
            scope: scope.to_owned(),
            roles: rule.roles.iter().map(ToString::to_string).collect(),
            member_roles: rule.holders.member_roles.iter().copied().map(RoleView::from).collect(),
            approval: rule.holders.approval,
            description: rule.description.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&(String, ScopeRule)> for ScopeView {
    fn from((scope, rule): &(String, ScopeRule)) -> Self {
        Self::new(scope, rule)
    }
}

/// The rules for a scope
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BoundScope)]
pub(super) struct BoundScopeBody {
    /// Users with one of these roles may have the scope. Empty: every user
    #[schema(value_type = Vec<String>, max_items = 100, example = json!(["editors"]))]
    roles: Vec<UserRole>,
    /// Applications whose owner has one of these roles may have the scope. Absent or empty: every application
    #[schema(value_type = Option<Vec<RoleView>>, nullable = false)]
    member_roles: Vec<Role>,
    /// Whether an administrator must approve the scope for each key set. Absent: no
    #[schema(value_type = Option<bool>, nullable = false, default = false)]
    approval: bool,
    /// What the scope allows, for people. Absent: what the documents of APIs say
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 300)]
    description: Option<ScopeDescription>,
}

impl BoundScopeBody {
    pub(super) fn rule(self) -> ScopeRule {
        let Self { roles, member_roles, approval, description } = self;
        ScopeRule { roles, holders: HolderRule { member_roles, approval }, description }
    }
}

impl ReadFields for BoundScopeBody {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        if !fields.has("roles") {
            fields.problem("roles", "is missing", problems);
        }
        let roles = roles(fields, problems);
        let member_roles = member_roles(fields, problems).unwrap_or_default();
        let approval = fields.optional("approval", problems).unwrap_or(false);
        let description = fields.optional_parsed("description", problems);
        let mut roles = roles?;
        roles.sort();
        roles.dedup();
        Some(Self { roles, member_roles, approval, description })
    }
}

/// A scope in a path.
pub(super) struct NamedScope(pub(super) String);

impl FromStr for NamedScope {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let one = Scopes::parse(text).is_ok_and(|scopes| scopes.iter().count() == 1);
        if one { Ok(Self(text.to_owned())) } else { Err("a scope must be visible ASCII characters except `\"` and `\\`") }
    }
}

/// List the scopes that have rules, with their rules
#[utoipa::path(get, path = "/api/v1/scopes", tag = "scopes", params(PageParameters),
    responses((status = 200, body = Listing<ScopeView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let rules: Vec<_> = call.read(operations::list_scope_rules).await?.into_iter().collect();
    let listing: Listing<ScopeView> = page.cut(&rules, |(scope, _)| scope.clone());
    call.answer(Answer::ok(&listing))
}

/// Show the rules for a scope. The scope need not belong to an API
#[utoipa::path(get, path = "/api/v1/scopes/{scope}", tag = "scopes",
    params(("scope" = String, Path, description = "The scope"), IfNoneMatch),
    responses((status = 200, body = ScopeView), (status = 304)))]
pub(super) async fn show(
    call: Call,
    Segment(NamedScope(scope)): Segment<NamedScope>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let rule = call.read(operations::list_scope_rules).await?.remove(&scope).unwrap_or_default();
    call.answer(Answer::resource(&ScopeView::new(&scope, &rule)))
}

/// Replace the rules for a scope. With rules, even empty ones, the scope is known although no API lists it. Existing tokens keep their
/// scopes until they are renewed. If the scope now needs approval, key sets that have it wait for approval
#[utoipa::path(put, path = "/api/v1/scopes/{scope}", tag = "scopes", request_body = BoundScopeBody,
    params(("scope" = String, Path, description = "The scope")),
    responses((status = 200, body = ScopeView)))]
pub(super) async fn bind(
    call: Call,
    Segment(NamedScope(scope)): Segment<NamedScope>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<BoundScopeBody>,
) -> Result<Response, ApiProblem> {
    let rule = body.value.rule();
    let view = ScopeView::new(&scope, &rule);
    let bind = move |act: &Act<'_>| {
        let expected = |rule: &ScopeRule| precondition.holds(&ScopeView::new(&scope, rule));
        operations::bind_scope(act, &scope, &rule, expected)
    };
    call.write(bind).await?;
    call.answer(Answer::resource(&view))
}

/// Remove the rules for a scope: every user and every application may have it
#[utoipa::path(delete, path = "/api/v1/scopes/{scope}", tag = "scopes",
    params(("scope" = String, Path, description = "The scope")),
    responses((status = 204), (status = 404, description = "`no_such_scope`")))]
pub(super) async fn remove(
    call: Call,
    Segment(NamedScope(scope)): Segment<NamedScope>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let remove = move |act: &Act<'_>| {
        let expected = |rule: &ScopeRule| precondition.holds(&ScopeView::new(&scope, rule));
        operations::remove_scope(act, &scope, expected)
    };
    call.write(remove).await?;
    Ok(Answer::no_content())
}

/// A scope of a key set that waits for approval
#[derive(Serialize, ToSchema)]
#[schema(as = WaitingScope)]
struct WaitingView {
    /// The application's id
    application: String,
    /// The key type
    key_type: KeyTypeView,
    /// The scope
    scope: String,
}

impl From<&WaitingScope> for WaitingView {
    fn from(waiting: &WaitingScope) -> Self {
        let WaitingScope { application, key_type, scope } = waiting;
        Self { application: application.to_string(), key_type: (*key_type).into(), scope: scope.clone() }
    }
}

/// List the scopes of key sets that wait for approval, by application, environment and scope
#[utoipa::path(get, path = "/api/v1/waiting-scopes", tag = "scopes", params(PageParameters),
    responses((status = 200, body = Listing<WaitingView>)))]
pub(super) async fn list_waiting(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let mut waiting = call.read(operations::list_waiting_scopes).await?;
    let key = |waiting: &WaitingScope| format!("{}/{}/{}", waiting.application, waiting.key_type.as_str(), waiting.scope);
    waiting.sort_by_cached_key(key);
    let listing: Listing<WaitingView> = page.cut(&waiting, key);
    call.answer(Answer::ok(&listing))
}

/// A decision about a scope of a key set
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ScopeDecision)]
pub(super) struct DecisionBody {
    /// Whether new tokens of the key set may hold the scope if it needs approval
    approved: bool,
}

impl ReadFields for DecisionBody {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self { approved: fields.required("approved", problems) })
    }
}

/// Approve a scope of a key set, or withdraw the approval. Existing tokens do not change. Administrators only
#[utoipa::path(patch, path = "/api/v1/applications/{id}/keys/{key_type}/scopes/{scope}", tag = "scopes",
    params(("id" = String, Path, description = "The application's id"),
        ("key_type" = inline(KeyTypeView), Path, description = "The key type"),
        ("scope" = String, Path, description = "The scope")),
    request_body = DecisionBody,
    responses((status = 200, body = HeldScopeView),
        (status = 404, description = "`no_such_application`, `no_keys` or `scope_not_held`"),
        (status = 422, description = "`invalid_body` or `scope_forbidden`")))]
pub(super) async fn decide(
    call: Call,
    ThreeSegments(id, NamedKeyType(key_type), NamedScope(scope)): ThreeSegments<ApplicationId, NamedKeyType, NamedScope>,
    Query(Nothing): Query<Nothing>,
    body: Body<DecisionBody>,
) -> Result<Response, ApiProblem> {
    let approved = body.value.approved;
    let held = call.write(move |act| operations::decide_scope(act, &id, key_type, &scope, approved)).await?;
    call.answer(Answer::ok(&HeldScopeView::from(&held)))
}
