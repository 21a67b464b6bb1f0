//! `/api/v1/tiers`: tiers, the service levels of subscriptions.

use axum::response::Response;
use postern_token::Node;
use postern_token::document::{At, Fields, Problems, Read};
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
use super::values::Whole;
use crate::problem::ApiProblem;
use postern_model::{Tier, TierDescription, TierLimit, TierName};
use postern_operations::{self as operations, Act, TierChange};

/// A tier: a service level of subscriptions
#[derive(Serialize, ToSchema)]
#[schema(as = Tier)]
#[serde(deny_unknown_fields)]
pub(super) struct TierView {
    /// The tier's name, which is in tokens
    #[schema(pattern = "^[a-z0-9_-]{1,64}$", example = "gold")]
    name: String,
    /// A description for people
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    description: Option<String>,
    /// The rate limit, for information: it is enforced by the configuration of the edges. Absent: none
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    limit: Option<LimitView>,
    /// Whether subscriptions at the tier need approval. Absent: no
    #[schema(required = false, default = false)]
    approval: bool,
}

/// A rate limit
#[derive(Serialize, ToSchema)]
#[schema(as = TierLimit)]
#[serde(deny_unknown_fields)]
struct LimitView {
    /// Maximum number of requests
    #[schema(minimum = 1, maximum = 4_294_967_295_i64)]
    requests: u32,
    /// The period in seconds
    #[schema(minimum = 1, maximum = 4_294_967_295_i64)]
    seconds: u32,
}

impl From<&Tier> for TierView {
    fn from(tier: &Tier) -> Self {
        let limit = tier.limit.map(|TierLimit { requests, seconds }| LimitView { requests, seconds });
        Self { name: tier.name.to_string(), description: tier.description.clone(), limit, approval: tier.approval }
    }
}

/// The limit of a tier in a body.
struct LimitBody(TierLimit);

impl Default for LimitBody {
    fn default() -> Self {
        Self(TierLimit { requests: 1, seconds: 1 })
    }
}

impl ReadFields for LimitBody {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let mut number = |name: &'static str| {
            let Whole(number) = fields.required(name, problems);
            let small = u32::try_from(number).ok().filter(|number| *number > 0);
            if small.is_none() {
                fields.problem(name, "must be 1 to 4294967295", problems);
            }
            small
        };
        let (requests, seconds) = (number("requests"), number("seconds"));
        Some(Self(TierLimit { requests: requests?, seconds: seconds? }))
    }
}

impl Read for LimitBody {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        Self::from_node(node, at, problems).unwrap_or_default()
    }
}

/// A new tier.
pub(super) struct NewTier(pub(super) Tier);

impl ReadFields for NewTier {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let name = fields.parsed("name", problems);
        let description = fields.optional_parsed::<TierDescription>("description", problems).map(String::from);
        let limit = fields.optional("limit", problems).map(|LimitBody(limit)| limit);
        let approval = fields.optional("approval", problems).unwrap_or(false);
        Some(Self(Tier { name: name?, description, limit, approval }))
    }
}

/// A change of a tier. Absent fields stay unchanged
#[derive(ToSchema)]
#[schema(as = TierChange)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it documents a body that is read as another type")]
struct ChangedFields {
    /// A description for people; `null`: none
    #[schema(min_length = 1, max_length = 1000)]
    description: Option<String>,
    /// The rate limit; `null`: none
    limit: Option<LimitView>,
    /// Whether new subscriptions at the tier need approval
    #[schema(nullable = false)]
    approval: Option<bool>,
}

impl ReadFields for TierChange {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let description = fields.change_parsed::<TierDescription>("description", problems);
        let limit = fields.change("limit", problems).map(|limit| limit.map(|LimitBody(limit)| limit));
        let approval = fields.optional("approval", problems);
        Some(Self { description: description.map(|description| description.map(Into::into)), limit, approval })
    }
}

/// List tiers, by name
#[utoipa::path(get, path = "/api/v1/tiers", tag = "tiers", params(PageParameters),
    responses((status = 200, body = Listing<TierView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let mut tiers = call.read(operations::list_tiers).await?;
    tiers.sort_by(|one, other| one.name.cmp(&other.name));
    let listing: Listing<TierView> = page.cut(&tiers, |tier| tier.name.to_string());
    call.answer(Answer::ok(&listing))
}

/// Add a tier
#[utoipa::path(post, path = "/api/v1/tiers", tag = "tiers", params(IdempotencyKey), request_body = TierView,
    responses((status = 201, body = TierView), (status = 409, description = "`tier_exists`")))]
pub(super) async fn create(call: Call, Query(Nothing): Query<Nothing>, body: Body<NewTier>) -> Result<Response, ApiProblem> {
    let tier = body.value.0.clone();
    let create = move |act: &Act<'_>| {
        operations::add_tier(act, &tier)?;
        Answer::created(&TierView::from(&tier), location(&["tiers", tier.name.as_str()]))
    };
    call.create(&body, create).await
}

/// Show a tier
#[utoipa::path(get, path = "/api/v1/tiers/{name}", tag = "tiers",
    params(("name" = String, Path, description = "The tier's name"), IfNoneMatch),
    responses((status = 200, body = TierView), (status = 304, description = "Not modified"),
        (status = 404, description = "`no_such_tier`")))]
pub(super) async fn show(
    call: Call,
    Segment(name): Segment<TierName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let tier = call.read(move |act| operations::show_tier(act, &name)).await?;
    call.answer(Answer::resource(&TierView::from(&tier)))
}

/// Change a tier: its description, its limit, or whether its subscriptions need approval
#[utoipa::path(patch, path = "/api/v1/tiers/{name}", tag = "tiers",
    params(("name" = String, Path, description = "The tier's name")), request_body = ChangedFields,
    responses((status = 200, body = TierView), (status = 404, description = "`no_such_tier`")))]
pub(super) async fn change(
    call: Call,
    Segment(name): Segment<TierName>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<TierChange>,
) -> Result<Response, ApiProblem> {
    let expected = move |tier: &Tier| precondition.holds(&TierView::from(tier));
    let tier = call.write(move |act| operations::change_tier(act, &name, body.value, expected)).await?;
    call.answer(Answer::resource(&TierView::from(&tier)))
}

/// Remove a tier that has no subscriptions and that no API offers by name
#[utoipa::path(delete, path = "/api/v1/tiers/{name}", tag = "tiers",
    params(("name" = String, Path, description = "The tier's name")),
    responses((status = 204), (status = 404, description = "`no_such_tier`"), (status = 409, description = "`tier_in_use`")))]
pub(super) async fn remove(
    call: Call,
    Segment(name): Segment<TierName>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let expected = move |tier: &Tier| precondition.holds(&TierView::from(tier));
    call.write(move |act| operations::remove_tier(act, &name, expected)).await?;
    Ok(Answer::no_content())
}
