//! `/api/v1/applications/{id}/subscriptions` and `/api/v1/subscriptions/waiting`: subscriptions of applications to APIs.

use axum::response::Response;
use postern_token::ApiReference;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::etag::{IfNoneMatch, Precondition};
use super::idempotency::IdempotencyKey;
use super::pagination::{Listing, Page, PageParameters};
use super::path::{Segment, ThreeSegments, location};
use super::query::{Nothing, Query};
use super::tokens::RevokedView;
use super::values::{ApiName, word};
use crate::problem::ApiProblem;
use postern_model::{ApplicationId, Subscription, SubscriptionState, TierName};
use postern_operations::{self as operations, Act, Error, SubscriptionError};

/// A subscription of an application to an API, at a tier
#[derive(Serialize, ToSchema)]
#[schema(as = Subscription)]
struct SubscriptionView {
    /// The application's id
    application: String,
    /// The API, as `name/version`
    api: String,
    /// The tier
    tier: String,
    /// The subscription's state
    state: SubscriptionStateView,
}

impl SubscriptionView {
    fn of(application: &ApplicationId, subscription: &Subscription) -> Self {
        Self {
            application: application.to_string(),
            api: subscription.api.as_str().to_owned(),
            tier: subscription.tier.to_string(),
            state: subscription.state.into(),
        }
    }
}

impl From<&(ApplicationId, Subscription)> for SubscriptionView {
    fn from((application, subscription): &(ApplicationId, Subscription)) -> Self {
        Self::of(application, subscription)
    }
}

/// The state of a subscription
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SubscriptionState)]
#[serde(rename_all = "lowercase")]
enum SubscriptionStateView {
    /// New tokens include it
    Active,
    /// New tokens do not include it, and those that did are revoked
    Blocked,
    /// New tokens include it only after an administrator approves it
    Waiting,
}

impl From<SubscriptionState> for SubscriptionStateView {
    fn from(value: SubscriptionState) -> Self {
        match value {
            SubscriptionState::Active => Self::Active,
            SubscriptionState::Blocked => Self::Blocked,
            SubscriptionState::Waiting => Self::Waiting,
        }
    }
}

/// A new subscription
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSubscription {
    /// The API, as `name/version`
    #[schema(value_type = String, pattern = "^[A-Za-z0-9._~-]{1,100}/[A-Za-z0-9._~-]{1,100}$", example = "pizza/1.0.0")]
    api: ApiReference<'static>,
    /// The tier
    #[schema(value_type = String, pattern = "^[a-z0-9_-]{1,64}$", example = "gold")]
    tier: TierName,
}

impl ReadFields for NewSubscription {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let api = fields.parsed::<ApiName>("api", problems);
        let tier = fields.parsed("tier", problems);
        Some(Self { api: api?.0, tier: tier? })
    }
}

/// A change of a subscription. Absent fields stay unchanged
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionChange {
    /// The subscription's state. Blocking it revokes the tokens that include it. Administrators only
    #[schema(value_type = Option<SubscriptionStateView>, nullable = false)]
    state: Option<SubscriptionState>,
    /// The tier. Tokens with the previous tier are revoked
    #[schema(value_type = Option<String>, nullable = false, pattern = "^[a-z0-9_-]{1,64}$")]
    tier: Option<TierName>,
}

impl ReadFields for SubscriptionChange {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let expected = "must be `active`, `blocked` or `waiting`";
        let state = word(fields, "state", SubscriptionState::parse, expected, problems);
        Some(Self { state, tier: fields.optional_parsed("tier", problems) })
    }
}

/// List an application's subscriptions, by API
#[utoipa::path(get, path = "/api/v1/applications/{id}/subscriptions", tag = "subscriptions",
    params(("id" = String, Path, description = "The application's id"), PageParameters),
    responses((status = 200, body = Listing<SubscriptionView>), (status = 404, description = "`no_such_application`")))]
pub(super) async fn list(
    call: Call,
    Segment(id): Segment<ApplicationId>,
    Query(page): Query<Page<String>>,
) -> Result<Response, ApiProblem> {
    let details = call.read(move |act| operations::show_application(act, &id)).await?;
    let id = details.application.id;
    let mut subscriptions: Vec<_> = details.subscriptions.into_iter().map(|subscription| (id.clone(), subscription)).collect();
    subscriptions.sort_by(|(_, one), (_, other)| one.api.cmp(&other.api));
    let listing: Listing<SubscriptionView> = page.cut(&subscriptions, |(_, subscription)| subscription.api.as_str().to_owned());
    call.answer(Answer::ok(&listing))
}

/// Subscribe an application to an API. New tokens include the subscription, unless it waits for approval
#[utoipa::path(post, path = "/api/v1/applications/{id}/subscriptions", tag = "subscriptions",
    params(("id" = String, Path, description = "The application's id"), IdempotencyKey), request_body = NewSubscription,
    responses((status = 201, body = SubscriptionView),
        (status = 404, description = "`no_such_application`, `no_such_api` or `no_such_tier`"),
        (status = 409, description = "`already_subscribed`"), (status = 422, description = "`invalid_body` or `tier_not_offered`")))]
pub(super) async fn create(
    call: Call,
    Segment(id): Segment<ApplicationId>,
    Query(Nothing): Query<Nothing>,
    body: Body<NewSubscription>,
) -> Result<Response, ApiProblem> {
    let NewSubscription { api, tier } = &body.value;
    let (api, tier) = (api.clone(), tier.clone());
    let create = move |act: &Act<'_>| {
        let subscription = operations::subscribe(act, &id, &api, &tier)?;
        let location = location(&["applications", id.as_str(), "subscriptions", api.name(), api.version()]);
        Answer::created(&SubscriptionView::of(&id, &subscription), location)
    };
    call.create(&body, create).await
}

/// Show an application's subscription to an API
#[utoipa::path(get, path = "/api/v1/applications/{id}/subscriptions/{name}/{version}", tag = "subscriptions",
    params(("id" = String, Path, description = "The application's id"), ("name" = String, Path, description = "The API's name"),
        ("version" = String, Path, description = "The API's version"), IfNoneMatch),
    responses((status = 200, body = SubscriptionView), (status = 304, description = "Not modified"),
        (status = 404, description = "`no_such_application` or `not_subscribed`")))]
pub(super) async fn show(
    call: Call,
    ThreeSegments(id, name, version): ThreeSegments<ApplicationId, String, String>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let api = reference(&name, &version)?;
    let show = move |act: &Act<'_>| {
        let subscriptions = operations::show_application(act, &id)?.subscriptions;
        let found = subscriptions.iter().find(|subscription| subscription.api == api);
        let view = found.map(|subscription| SubscriptionView::of(&id, subscription));
        view.ok_or(Error::Subscription(SubscriptionError::NotFound { application: id, api }))
    };
    let view = call.read(show).await?;
    call.answer(Answer::resource(&view))
}

/// Change a subscription's state or tier. To approve a waiting subscription, set its state to `active`; this requires `If-Match`, because its
/// tier may have changed
#[utoipa::path(patch, path = "/api/v1/applications/{id}/subscriptions/{name}/{version}", tag = "subscriptions",
    params(("id" = String, Path, description = "The application's id"), ("name" = String, Path, description = "The API's name"),
        ("version" = String, Path, description = "The API's version")),
    request_body = SubscriptionChange,
    responses((status = 200, body = SubscriptionView),
        (status = 404, description = "`no_such_application`, `not_subscribed` or `no_such_tier`"),
        (status = 428, description = "`precondition_required`: to approve a waiting subscription, send its `ETag` in `If-Match`")))]
pub(super) async fn change(
    call: Call,
    ThreeSegments(id, name, version): ThreeSegments<ApplicationId, String, String>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<SubscriptionChange>,
) -> Result<Response, ApiProblem> {
    let api = reference(&name, &version)?;
    let SubscriptionChange { state, tier } = body.value;
    let change = move |act: &Act<'_>| {
        let holds = |subscription: &Subscription| precondition.holds(&SubscriptionView::of(&id, subscription));
        let expected = precondition.names_a_version().then_some(&holds as &dyn Fn(&Subscription) -> bool);
        let (subscription, _) = operations::change_subscription(act, &id, &api, state, tier, expected)?;
        Ok(SubscriptionView::of(&id, &subscription))
    };
    let view = call.write(change).await?;
    call.answer(Answer::resource(&view))
}

/// End a subscription, and revoke the application's tokens that include it
#[utoipa::path(delete, path = "/api/v1/applications/{id}/subscriptions/{name}/{version}", tag = "subscriptions",
    params(("id" = String, Path, description = "The application's id"), ("name" = String, Path, description = "The API's name"),
        ("version" = String, Path, description = "The API's version")),
    responses((status = 200, body = RevokedView), (status = 404, description = "`no_such_application` or `not_subscribed`")))]
pub(super) async fn remove(
    call: Call,
    ThreeSegments(id, name, version): ThreeSegments<ApplicationId, String, String>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let api = reference(&name, &version)?;
    let remove = move |act: &Act<'_>| {
        let expected = |subscription: &Subscription| precondition.holds(&SubscriptionView::of(&id, subscription));
        operations::unsubscribe(act, &id, &api, expected)
    };
    let revoked = call.write(remove).await?;
    call.answer(Answer::ok(&RevokedView::from(revoked)))
}

/// List the subscriptions that wait for approval, by application and API
#[utoipa::path(get, path = "/api/v1/subscriptions/waiting", tag = "subscriptions",
    params(PageParameters), responses((status = 200, body = Listing<SubscriptionView>)))]
pub(super) async fn list_waiting(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let mut waiting = call.read(operations::list_waiting_subscriptions).await?;
    // Sorted by a key that stays the same while others are approved.
    let key = |(id, subscription): &(ApplicationId, Subscription)| format!("{id}/{}", subscription.api.as_str());
    waiting.sort_by_cached_key(key);
    let listing: Listing<SubscriptionView> = page.cut(&waiting, key);
    call.answer(Answer::ok(&listing))
}

fn reference(name: &str, version: &str) -> Result<ApiReference<'static>, ApiProblem> {
    ApiReference::parse(format!("{name}/{version}")).map_err(ApiProblem::no_resource)
}
