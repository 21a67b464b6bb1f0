//! `/api/v1/applications`

use axum::response::Response;
use postern_token::document::{Fields, Problems};
use utoipa::ToSchema;

use super::answer::Answer;
use super::application_view::{ApplicationStateView, ApplicationView, ListedView};
use super::body::{Body, ReadFields};
use super::call::Call;
use super::etag::{IfNoneMatch, Precondition};
use super::idempotency::IdempotencyKey;
use super::pagination::{Limit, Listing, Page};
use super::path::{Segment, location};
use super::query::{Nothing, Query};
use super::tokens::RevokedView;
use super::values::{validity, word};
use crate::problem::ApiProblem;
use postern_model::{Application, ApplicationId, ApplicationName, ApplicationState, MemberName, Owner, TeamName};
use postern_operations::{self as operations, Act, ApplicationChange};

/// A new application
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewApplication {
    /// A display name, without control characters and without white space at either end
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "Pizza app")]
    name: ApplicationName,
}

impl ReadFields for NewApplication {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self { name: fields.parsed("name", problems)? })
    }
}

/// A change of an application. Absent fields stay unchanged
#[derive(ToSchema)]
#[schema(as = ApplicationChange)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it documents a body that is read as another type")]
struct ChangedFields {
    /// The new display name
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    name: Option<String>,
    /// Validity in seconds of application tokens, for keys generated after the change. Negative: they never expire
    #[schema(maximum = 3_153_600_000_i64, nullable = false)]
    application_validity: Option<i64>,
    /// Validity in seconds of user tokens. Negative: they never expire
    #[schema(maximum = 3_153_600_000_i64, nullable = false)]
    user_validity: Option<i64>,
    /// Whether the application can get tokens. Blocking it revokes its tokens. Administrators only
    #[schema(value_type = Option<ApplicationStateView>, nullable = false)]
    state: Option<String>,
    /// The member who owns the application; `null`: the administrators. Administrators only. Not together with `team`
    #[schema(pattern = "^[a-z0-9._@-]{1,64}$")]
    owner: Option<String>,
    /// The team that owns the application. Whoever is no administrator must be in the team
    #[schema(nullable = false, pattern = "^[a-z0-9._-]{1,64}$")]
    team: Option<String>,
    /// Whether the application may use the password grant (RFC 6749 section 4.3). Administrators only
    #[schema(nullable = false)]
    passwords: Option<bool>,
}

/// The new owner in the fields `owner` and `team`.
#[allow(clippy::option_option, reason = "no change and no owner differ")]
fn owner(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Option<Owner>> {
    let member = fields.change_parsed::<MemberName>("owner", problems);
    let team = fields.optional_parsed::<TeamName>("team", problems);
    match (member, team) {
        (Some(_), Some(_)) => {
            fields.problem("team", "must not be given together with `owner`: an application has one owner", problems);
            None
        }
        (None, Some(team)) => Some(Some(Owner::Team(team))),
        (member, None) => member.map(|member| member.map(Owner::Member)),
    }
}

impl ReadFields for ApplicationChange {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let expected = "must be `active` or `blocked`";
        Some(Self {
            name: fields.optional_parsed("name", problems),
            application_validity: validity(fields, "application_validity", problems),
            user_validity: validity(fields, "user_validity", problems),
            state: word(fields, "state", ApplicationState::parse, expected, problems),
            owner: owner(fields, problems),
            passwords: fields.optional("passwords", problems),
        })
    }
}

/// List applications with their keys and subscriptions, the oldest first. A developer sees their own and those of their teams
#[utoipa::path(get, path = "/api/v1/applications", tag = "applications", params(Limit, ("after" = Option<String>, Query, description = "`next` of the previous page", pattern = "^app_[0-9a-z]{1,64}$")),
    responses((status = 200, body = Listing<ListedView>), (status = 404, description = "`no_such_application`: of `after`")))]
pub(super) async fn list(call: Call, Query(page): Query<Page<ApplicationId>>) -> Result<Response, ApiProblem> {
    let (after, limit) = (page.after.clone(), page.one_more());
    let found = call.read(move |act| operations::list_applications(act, after.as_ref(), limit)).await?;
    let listing: Listing<ListedView> = page.show(&found, |details| details.application.id.to_string());
    call.answer(Answer::ok(&listing))
}

/// Create an application, owned by the caller
#[utoipa::path(post, path = "/api/v1/applications", tag = "applications", params(IdempotencyKey),
    request_body = NewApplication, responses((status = 201, body = ApplicationView)))]
pub(super) async fn create(
    call: Call,
    Query(Nothing): Query<Nothing>,
    body: Body<NewApplication>,
) -> Result<Response, ApiProblem> {
    let name = body.value.name.clone();
    let create = move |act: &Act<'_>| {
        let application = operations::create_application(act, name.clone())?;
        let location = location(&["applications", application.id.as_str()]);
        Answer::created(&ApplicationView::from(&application), location)
    };
    call.create(&body, create).await
}

/// Show an application
#[utoipa::path(get, path = "/api/v1/applications/{id}", tag = "applications",
    params(("id" = String, Path, description = "The application's id"), IfNoneMatch),
    responses((status = 200, body = ApplicationView), (status = 304, description = "Not modified"),
        (status = 404, description = "`no_such_application`")))]
pub(super) async fn show(
    call: Call,
    Segment(id): Segment<ApplicationId>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let details = call.read(move |act| operations::show_application(act, &id)).await?;
    call.answer(Answer::resource(&ApplicationView::from(&details.application)))
}

/// Change an application
#[utoipa::path(patch, path = "/api/v1/applications/{id}", tag = "applications",
    params(("id" = String, Path, description = "The application's id")), request_body = ChangedFields,
    responses((status = 200, body = ApplicationView), (status = 404, description = "`no_such_application`, `no_such_member` or `no_such_team`")))]
pub(super) async fn change(
    call: Call,
    Segment(id): Segment<ApplicationId>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<ApplicationChange>,
) -> Result<Response, ApiProblem> {
    let change = move |act: &Act<'_>| {
        let expected = |application: &Application| precondition.holds(&ApplicationView::from(application));
        operations::change_application(act, &id, body.value, expected)
    };
    let (application, _) = call.write(change).await?;
    call.answer(Answer::resource(&ApplicationView::from(&application)))
}

/// Delete an application with its key sets and subscriptions, and revoke its tokens. The records of its tokens are kept
#[utoipa::path(delete, path = "/api/v1/applications/{id}", tag = "applications",
    params(("id" = String, Path, description = "The application's id")),
    responses((status = 200, body = RevokedView), (status = 404, description = "`no_such_application`")))]
pub(super) async fn remove(
    call: Call,
    Segment(id): Segment<ApplicationId>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let remove = move |act: &Act<'_>| {
        // The operation takes names too, and an application may be named like the id of another one.
        operations::show_application(act, &id)?;
        let expected =
            |application: &Application| application.id == id && precondition.holds(&ApplicationView::from(application));
        operations::delete_application(act, id.as_str(), expected)
    };
    let (_, revoked) = call.write(remove).await?;
    call.answer(Answer::ok(&RevokedView::from(revoked)))
}
