//! `/api/v1/member-requests`: users who ask to become developers.

use axum::response::Response;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::idempotency::IdempotencyKey;
use super::members::MemberView;
use super::pagination::{Listing, Page, PageParameters};
use super::path::{Segment, location};
use super::query::{Nothing, Query};
use crate::problem::ApiProblem;
use postern_model::{MemberName, MemberRequest, UserId};
use postern_operations::{self as operations, Act};

/// A user who asks to become a member with the role `developer`
#[derive(Serialize, ToSchema)]
#[schema(as = MemberRequest)]
struct MemberRequestView {
    /// The user's account
    account: String,
    /// When the user asked (Unix time in seconds)
    requested_at: u64,
}

impl From<&MemberRequest> for MemberRequestView {
    fn from(request: &MemberRequest) -> Self {
        Self { account: request.account.to_string(), requested_at: request.requested_at.0 }
    }
}

/// The approval of a request
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    /// The name of the new member. Absent: the user's name without the user store
    #[schema(value_type = Option<String>, nullable = false, pattern = "^[a-z0-9._@-]{1,64}$")]
    name: Option<MemberName>,
}

impl ReadFields for Approval {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self { name: fields.optional_parsed("name", problems) })
    }
}

/// List the requests of users to become developers, by account
#[utoipa::path(get, path = "/api/v1/member-requests", tag = "members", params(PageParameters),
    responses((status = 200, body = Listing<MemberRequestView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let mut requests = call.read(operations::list_member_requests).await?;
    let key = |request: &MemberRequest| request.account.to_string();
    requests.sort_by_cached_key(key);
    let listing: Listing<MemberRequestView> = page.cut(&requests, key);
    call.answer(Answer::ok(&listing))
}

/// Approve a request: the user becomes a member with the role `developer`
#[utoipa::path(post, path = "/api/v1/member-requests/{account}/approve", tag = "members", request_body = Approval,
    params(("account" = String, Path, description = "The user's account"), IdempotencyKey),
    responses((status = 201, body = MemberView), (status = 404, description = "`no_such_member_request` or `no_such_user`"),
        (status = 409, description = "`member_name_taken`, `member_name_unusable` or `account_taken`")))]
pub(super) async fn approve(
    call: Call,
    Segment(account): Segment<UserId>,
    Query(Nothing): Query<Nothing>,
    body: Body<Approval>,
) -> Result<Response, ApiProblem> {
    let name = body.value.name.clone();
    let approve = move |act: &Act<'_>| {
        let member = operations::approve_member_request(act, &account, name.as_ref())?;
        Answer::created(&MemberView::from(&member), location(&["members", member.name.as_str()]))
    };
    call.create(&body, approve).await
}

/// Refuse a request. The user may ask again
#[utoipa::path(delete, path = "/api/v1/member-requests/{account}", tag = "members",
    params(("account" = String, Path, description = "The user's account")),
    responses((status = 204), (status = 404, description = "`no_such_member_request`")))]
pub(super) async fn refuse(
    call: Call,
    Segment(account): Segment<UserId>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    call.write(move |act| operations::refuse_member_request(act, &account)).await?;
    Ok(Answer::no_content())
}
