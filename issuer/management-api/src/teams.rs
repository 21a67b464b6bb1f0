//! `/api/v1/teams`: teams, whose members own applications together.

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
use super::path::{Segment, TwoSegments, location};
use super::query::{Nothing, Query};
use crate::problem::ApiProblem;
use postern_model::{MemberName, PersonalAccessTokenDescription, Team, TeamName};
use postern_operations::{self as operations, Act};

/// A team: members who own applications together
#[derive(Serialize, ToSchema)]
#[schema(as = Team)]
struct TeamView {
    /// The team's name
    name: String,
    /// What the team is for
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<String>,
    /// When the team was created (Unix time in seconds)
    created_at: u64,
    /// The names of the members in the team
    members: Vec<String>,
}

impl From<&Team> for TeamView {
    fn from(team: &Team) -> Self {
        Self {
            name: team.name.to_string(),
            description: team.description.clone(),
            created_at: team.created_at.0,
            members: team.members.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A new team, without members
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTeam {
    /// The team's name
    #[schema(value_type = String, pattern = "^[a-z0-9._-]{1,64}$", example = "pizza")]
    name: TeamName,
    /// What the team is for
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 100)]
    description: Option<PersonalAccessTokenDescription>,
}

impl ReadFields for NewTeam {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let (name, description) = (fields.parsed("name", problems), fields.optional_parsed("description", problems));
        Some(Self { name: name?, description })
    }
}

/// A change of a team. An absent field stays unchanged
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedTeam {
    /// What the team is for; `null`: nothing
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    #[allow(clippy::option_option, reason = "what is absent and what is `null` differ")]
    description: Option<Option<PersonalAccessTokenDescription>>,
}

impl ReadFields for ChangedTeam {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self { description: fields.change_parsed("description", problems) })
    }
}

/// List teams, by name. A developer sees only the teams that the developer is in
#[utoipa::path(get, path = "/api/v1/teams", tag = "teams", params(PageParameters),
    responses((status = 200, body = Listing<TeamView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let teams = call.read(operations::list_teams).await?;
    let listing: Listing<TeamView> = page.cut(&teams, |team| team.name.to_string());
    call.answer(Answer::ok(&listing))
}

/// Create a team, without members
#[utoipa::path(post, path = "/api/v1/teams", tag = "teams", params(IdempotencyKey), request_body = NewTeam,
    responses((status = 201, body = TeamView), (status = 409, description = "`team_exists`")))]
pub(super) async fn create(call: Call, Query(Nothing): Query<Nothing>, body: Body<NewTeam>) -> Result<Response, ApiProblem> {
    let (name, description) = (body.value.name.clone(), body.value.description.clone());
    let create = move |act: &Act<'_>| {
        let team = operations::create_team(act, &name, description.clone())?;
        Answer::created(&TeamView::from(&team), location(&["teams", name.as_str()]))
    };
    call.create(&body, create).await
}

/// Show a team
#[utoipa::path(get, path = "/api/v1/teams/{name}", tag = "teams",
    params(("name" = String, Path, description = "The team's name"), IfNoneMatch),
    responses((status = 200, body = TeamView), (status = 304, description = "Not modified"),
        (status = 404, description = "`no_such_team`")))]
pub(super) async fn show(
    call: Call,
    Segment(name): Segment<TeamName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let team = call.read(move |act| operations::show_team(act, &name)).await?;
    call.answer(Answer::resource(&TeamView::from(&team)))
}

/// Change the description of a team
#[utoipa::path(patch, path = "/api/v1/teams/{name}", tag = "teams", request_body = ChangedTeam,
    params(("name" = String, Path, description = "The team's name")),
    responses((status = 200, body = TeamView), (status = 404, description = "`no_such_team`")))]
pub(super) async fn change(
    call: Call,
    Segment(name): Segment<TeamName>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<ChangedTeam>,
) -> Result<Response, ApiProblem> {
    let change = move |act: &Act<'_>| {
        let expected = |team: &Team| precondition.holds(&TeamView::from(team));
        operations::change_team(act, &name, body.value.description, expected)
    };
    let team = call.write(change).await?;
    call.answer(Answer::resource(&TeamView::from(&team)))
}

/// Delete a team. Its applications stay, without an owner
#[utoipa::path(delete, path = "/api/v1/teams/{name}", tag = "teams",
    params(("name" = String, Path, description = "The team's name")),
    responses((status = 204), (status = 404, description = "`no_such_team`")))]
pub(super) async fn remove(
    call: Call,
    Segment(name): Segment<TeamName>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let expected = move |team: &Team| precondition.holds(&TeamView::from(team));
    call.write(move |act| operations::delete_team(act, &name, expected)).await?;
    Ok(Answer::no_content())
}

/// Add a member to a team. Does nothing if the member is in it already
#[utoipa::path(put, path = "/api/v1/teams/{name}/members/{member}", tag = "teams",
    params(("name" = String, Path, description = "The team's name"), ("member" = String, Path, description = "The member's name")),
    responses((status = 200, body = TeamView), (status = 404, description = "`no_such_team` or `no_such_member`")))]
pub(super) async fn add_member(
    call: Call,
    TwoSegments(name, member): TwoSegments<TeamName, MemberName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let team = call.write(move |act| operations::add_team_member(act, &name, &member)).await?;
    call.answer(Answer::ok(&TeamView::from(&team)))
}

/// Remove a member from a team: the member no longer has the team's applications
#[utoipa::path(delete, path = "/api/v1/teams/{name}/members/{member}", tag = "teams",
    params(("name" = String, Path, description = "The team's name"), ("member" = String, Path, description = "The member's name")),
    responses((status = 200, body = TeamView), (status = 404, description = "`no_such_team` or `not_in_team`")))]
pub(super) async fn remove_member(
    call: Call,
    TwoSegments(name, member): TwoSegments<TeamName, MemberName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let team = call.write(move |act| operations::remove_team_member(act, &name, &member)).await?;
    call.answer(Answer::ok(&TeamView::from(&team)))
}
