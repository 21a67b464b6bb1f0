//! `/api/v1/applications/{id}/subscriptions` and `/api/v1/subscriptions/waiting`: what applications may call, and at which tier.

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
use super::path::{Named, NamedThrice, to};
use super::query::{Nothing, Query};
use super::revoked::RevokedView;
use super::values::{ApiName, word};
use crate::problem::ApiProblem;
use postern_model::{ApplicationId, Subscription, SubscriptionState, TierName};
use postern_operations::{self as operations, Act, Error, SubscriptionError};

/// What an application may call, and at which tier
#[derive(Serialize, ToSchema)]
#[schema(as = Subscription)]
struct SubscriptionView {
    /// The application
    application: String,
    /// The API, as `name/version`
    api: String,
    /// The tier
    tier: String,
    /// Whether it counts
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

/// Whether a subscription counts
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SubscriptionState)]
#[serde(rename_all = "lowercase")]
enum SubscriptionStateView {
    /// Tokens that are minted now hold it
    Active,
    /// None does, and those that did were revoked
    Blocked,
    /// None does until an administrator approves of it
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

/// What is to be changed of a subscription; what is absent stays as it is
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionChange {
    /// Whether it counts: blocking it revokes the tokens that hold it. Only an administrator changes it
    #[schema(value_type = Option<SubscriptionStateView>, nullable = false)]
    state: Option<SubscriptionState>,
    /// The tier; tokens that hold the one before it are revoked
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

/// List what an application is subscribed to, by API
#[utoipa::path(get, path = "/api/v1/applications/{id}/subscriptions", tag = "subscriptions",
    params(("id" = String, Path, description = "The application's id"), PageParameters),
    responses((status = 200, body = Listing<SubscriptionView>), (status = 404, description = "`no_such_application`")))]
pub(super) async fn list(
    call: Call,
    Named(id): Named<ApplicationId>,
    Query(page): Query<Page<String>>,
) -> Result<Response, ApiProblem> {
    let details = call.read(move |act| operations::show_application(act, &id)).await?;
    let id = details.application.id;
    let mut subscriptions: Vec<_> = details.subscriptions.into_iter().map(|subscription| (id.clone(), subscription)).collect();
    subscriptions.sort_by(|(_, one), (_, other)| one.api.cmp(&other.api));
    let listing: Listing<SubscriptionView> = page.cut(&subscriptions, |(_, subscription)| subscription.api.as_str().to_owned());
    call.answer(Answer::told(&listing))
}

/// Subscribe an application to an API. Tokens that are minted from then on hold it, unless it waits for approval
#[utoipa::path(post, path = "/api/v1/applications/{id}/subscriptions", tag = "subscriptions",
    params(("id" = String, Path, description = "The application's id"), IdempotencyKey), request_body = NewSubscription,
    responses((status = 201, body = SubscriptionView),
        (status = 404, description = "`no_such_application`, `no_such_api` or `no_such_tier`"),
        (status = 409, description = "`already_subscribed`")))]
pub(super) async fn create(
    call: Call,
    Named(id): Named<ApplicationId>,
    Query(Nothing): Query<Nothing>,
    body: Body<NewSubscription>,
) -> Result<Response, ApiProblem> {
    let NewSubscription { api, tier } = &body.value;
    let (api, tier) = (api.clone(), tier.clone());
    let create = move |act: &Act<'_>| {
        let subscription = operations::subscribe(act, &id, &api, &tier)?;
        let location = to(&["applications", id.as_str(), "subscriptions", api.name(), api.version()]);
        Answer::created(&SubscriptionView::of(&id, &subscription), location)
    };
    call.create(&body, create).await
}

/// Show an application's subscription to an API
#[utoipa::path(get, path = "/api/v1/applications/{id}/subscriptions/{name}/{version}", tag = "subscriptions",
    params(("id" = String, Path, description = "The application's id"), ("name" = String, Path, description = "The API's name"),
        ("version" = String, Path, description = "The API's version"), IfNoneMatch),
    responses((status = 200, body = SubscriptionView), (status = 304, description = "It is as it was"),
        (status = 404, description = "`no_such_application` or `not_subscribed`")))]
pub(super) async fn show(
    call: Call,
    NamedThrice(id, name, version): NamedThrice<ApplicationId, String, String>,
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
    call.answer(Answer::one(&view))
}

/// Change a subscription's state or tier. One that waits is approved of by making it active, which takes an `If-Match`: it may be at another tier by now
#[utoipa::path(patch, path = "/api/v1/applications/{id}/subscriptions/{name}/{version}", tag = "subscriptions",
    params(("id" = String, Path, description = "The application's id"), ("name" = String, Path, description = "The API's name"),
        ("version" = String, Path, description = "The API's version")),
    request_body = SubscriptionChange,
    responses((status = 200, body = SubscriptionView),
        (status = 404, description = "`no_such_application`, `not_subscribed` or `no_such_tier`"),
        (status = 428, description = "`precondition_required`: one that waits is approved of as it was seen, with its `ETag` in `If-Match`")))]
pub(super) async fn change(
    call: Call,
    NamedThrice(id, name, version): NamedThrice<ApplicationId, String, String>,
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
    call.answer(Answer::one(&view))
}

/// End a subscription; every live token of the application that holds it is revoked
#[utoipa::path(delete, path = "/api/v1/applications/{id}/subscriptions/{name}/{version}", tag = "subscriptions",
    params(("id" = String, Path, description = "The application's id"), ("name" = String, Path, description = "The API's name"),
        ("version" = String, Path, description = "The API's version")),
    responses((status = 200, body = RevokedView), (status = 404, description = "`no_such_application` or `not_subscribed`")))]
pub(super) async fn remove(
    call: Call,
    NamedThrice(id, name, version): NamedThrice<ApplicationId, String, String>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let api = reference(&name, &version)?;
    let remove = move |act: &Act<'_>| {
        let expected = |subscription: &Subscription| precondition.holds(&SubscriptionView::of(&id, subscription));
        operations::unsubscribe(act, &id, &api, expected)
    };
    let revoked = call.write(remove).await?;
    call.answer(Answer::told(&RevokedView::from(revoked)))
}

/// List the subscriptions of all applications that wait for approval, by application and API
#[utoipa::path(get, path = "/api/v1/subscriptions/waiting", tag = "subscriptions",
    params(PageParameters), responses((status = 200, body = Listing<SubscriptionView>)))]
pub(super) async fn list_waiting(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let mut waiting = call.read(operations::list_waiting_subscriptions).await?;
    // By a name that stays where it is while others are approved of.
    let key = |(id, subscription): &(ApplicationId, Subscription)| format!("{id}/{}", subscription.api.as_str());
    waiting.sort_by_cached_key(key);
    let listing: Listing<SubscriptionView> = page.cut(&waiting, key);
    call.answer(Answer::told(&listing))
}

fn reference(name: &str, version: &str) -> Result<ApiReference<'static>, ApiProblem> {
    ApiReference::parse(format!("{name}/{version}")).map_err(ApiProblem::nothing_called)
}
