//! `/api/v1/members`: members, who may use this API; and `/api/v1/me`, the caller.

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
use super::path::{Segment, location};
use super::query::{Nothing, Query};
use super::words::RoleView;
use crate::problem::ApiProblem;
use postern_model::{Actor, Member, MemberName, Role, UserId};
use postern_operations::{self as operations, Act, MemberChange};

/// A member: a person or a pipeline that uses this API
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
pub(super) struct MemberView {
    /// The member's name
    name: String,
    /// The member's role
    role: RoleView,
    /// The account of a user store with which the member signs in to the portal, such as `alice@local`. Absent: none
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    account: Option<String>,
    /// Whether the member was made because of the groups of its user, and follows them at each sign-in. A change of the member ends this
    from_groups: bool,
    /// When the member was added (Unix time in seconds)
    created_at: u64,
}

impl From<&Member> for MemberView {
    fn from(member: &Member) -> Self {
        Self {
            name: member.name.to_string(),
            role: member.role.into(),
            account: member.account.as_ref().map(ToString::to_string),
            from_groups: member.from_groups,
            created_at: member.created_at.0,
        }
    }
}

/// A member to add
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMember {
    /// The member's name
    #[schema(value_type = String, pattern = "^[a-z0-9._@-]{1,64}$")]
    name: MemberName,
    /// The member's role
    #[schema(value_type = RoleView)]
    role: Role,
    /// The account with which the member signs in to the portal: a name, `@`, and a user store. Absent: none
    #[schema(value_type = Option<String>, nullable = false, example = "alice@local")]
    account: Option<UserId>,
}

impl ReadFields for NewMember {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let (name, role) = (fields.parsed("name", problems), fields.parsed("role", problems));
        let account = fields.optional_parsed("account", problems);
        Some(Self { name: name?, role: role?, account })
    }
}

/// A change. Absent fields stay unchanged
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedMember {
    /// The member's new role
    #[schema(value_type = Option<RoleView>, nullable = false)]
    role: Option<Role>,
    /// The new account; `null`: the member cannot sign in to the portal
    #[schema(value_type = Option<String>, example = "alice@local")]
    #[allow(clippy::option_option, reason = "what is absent and what is `null` differ")]
    account: Option<Option<UserId>>,
}

impl ReadFields for ChangedMember {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self { role: fields.optional_parsed("role", problems), account: fields.change_parsed("account", problems) })
    }
}

/// List members, by name
#[utoipa::path(get, path = "/api/v1/members", tag = "members", params(PageParameters),
    responses((status = 200, body = Listing<MemberView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let members = call.read(operations::list_members).await?;
    let listing: Listing<MemberView> = page.cut(&members, |member| member.name.to_string());
    call.answer(Answer::ok(&listing))
}

/// Add a member, without a personal access token
#[utoipa::path(post, path = "/api/v1/members", tag = "members", params(IdempotencyKey), request_body = NewMember,
    responses((status = 201, body = MemberView), (status = 404, description = "`no_such_user` or `no_such_user_store`: of `account`"),
        (status = 409, description = "`member_exists` or `account_taken`")))]
pub(super) async fn add(call: Call, Query(Nothing): Query<Nothing>, body: Body<NewMember>) -> Result<Response, ApiProblem> {
    let (name, role, account) = (body.value.name.clone(), body.value.role, body.value.account.clone());
    let add = move |act: &Act<'_>| {
        let member = operations::add_member(act, &name, role, account.as_ref())?;
        Answer::created(&MemberView::from(&member), location(&["members", name.as_str()]))
    };
    call.create(&body, add).await
}

/// Show a member
#[utoipa::path(get, path = "/api/v1/members/{name}", tag = "members",
    params(("name" = String, Path, description = "The member's name"), IfNoneMatch),
    responses((status = 200, body = MemberView), (status = 304), (status = 404, description = "`no_such_member`")))]
pub(super) async fn show(
    call: Call,
    Segment(name): Segment<MemberName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let member = call.read(move |act| operations::show_member(act, &name)).await?;
    call.answer(Answer::resource(&MemberView::from(&member)))
}

/// Change a member's role or account
#[utoipa::path(patch, path = "/api/v1/members/{name}", tag = "members", request_body = ChangedMember,
    params(("name" = String, Path, description = "The member's name")),
    responses((status = 200, body = MemberView),
        (status = 404, description = "`no_such_member`; `no_such_user` or `no_such_user_store`: of `account`"),
        (status = 409, description = "`last_administrator` or `account_taken`")))]
pub(super) async fn change(
    call: Call,
    Segment(name): Segment<MemberName>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<ChangedMember>,
) -> Result<Response, ApiProblem> {
    let change = MemberChange { role: body.value.role, account: body.value.account };
    let expected = move |member: &Member| precondition.holds(&MemberView::from(member));
    let member = call.write(move |act| operations::change_member(act, &name, &change, expected)).await?;
    call.answer(Answer::resource(&MemberView::from(&member)))
}

/// Remove a member with all personal access tokens. Applications that the member owns stay
#[utoipa::path(delete, path = "/api/v1/members/{name}", tag = "members",
    params(("name" = String, Path, description = "The member's name")),
    responses((status = 204), (status = 404, description = "`no_such_member`"),
        (status = 409, description = "`last_administrator`")))]
pub(super) async fn remove(
    call: Call,
    Segment(name): Segment<MemberName>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let expected = move |member: &Member| precondition.holds(&MemberView::from(member));
    call.write(move |act| operations::remove_member(act, &name, expected)).await?;
    Ok(Answer::no_content())
}

/// The caller
#[derive(Serialize, ToSchema)]
struct Me {
    /// The caller as the audit log names it, such as `member:alice`
    actor: String,
    /// The member's name. Absent: the caller is the operator, who has the database
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The caller's role: `administrator`, `developer` or `auditor`
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
}

/// Show the caller
#[utoipa::path(get, path = "/api/v1/me", tag = "members", responses((status = 200, body = Me)))]
pub(super) async fn show_caller(call: Call, Query(Nothing): Query<Nothing>) -> Result<Response, ApiProblem> {
    let name = match call.actor() {
        Actor::Member(name, _) => Some(name.as_str().to_owned()),
        _ => None,
    };
    let me = Me { actor: call.actor().to_string(), name, role: call.actor().role().map(Role::as_str) };
    call.answer(Answer::ok(&me))
}
