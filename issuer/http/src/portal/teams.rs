//! Teams, whose members own applications together: the teams of a developer, and for administrators and auditors all of them.

use axum::response::Response;

use super::confirm::ConfirmPage;
use super::{Cell, EntryForm, Field, Listing, Opened, Outcome, Row, Sent, SignedInMember, refusal};
use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use postern_http_types::Form;
use postern_model::{MemberName, PersonalAccessTokenDescription, Team, TeamName};
use postern_operations::{self as operations, Act};

const COLUMNS: [&str; 3] = ["team", "description", "members"];

/// `GET /portal/teams`
pub(super) async fn show(Opened { member, .. }: Opened) -> Result<Response, Response> {
    page(&member, None, Outcome::Nothing).await
}

/// `POST /portal/teams`
pub(super) async fn create(Sent { member, form }: Sent) -> Result<Response, Response> {
    let (name, description) = match read(&form) {
        Ok(read) => read,
        Err(problem) => return page(&member, Some(&form), Outcome::Wrong(problem)).await,
    };
    let done = Message::new("team-created").with("team", name.to_string());
    let outcome = member.run(move |act| operations::create_team(act, &name, description), |_| done).await?;
    let sent = matches!(outcome, Outcome::Wrong(_)).then_some(&form);
    page(&member, sent, outcome).await
}

/// `GET /portal/teams/members?team=`
pub(super) async fn show_members(Opened { member, query }: Opened) -> Result<Response, Response> {
    match named(&query) {
        Some(team) => members_page(&member, team, None, Outcome::Nothing).await,
        None => page(&member, None, Outcome::Wrong("choose-row".into())).await,
    }
}

/// `POST /portal/teams/members`
pub(super) async fn add_member(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(team) = named(&form) else { return page(&member, None, Outcome::Wrong("choose-row".into())).await };
    let name: Result<MemberName, _> = form.value("member").unwrap_or_default().trim().parse();
    let name = match name {
        Ok(name) => name,
        Err(error) => {
            let problem = refusal("wrong_member", &error.to_string());
            return members_page(&member, team, Some(&form), Outcome::Wrong(problem)).await;
        }
    };
    let done = Message::new("team-member-added").with("member", name.to_string());
    let to = team.clone();
    let outcome = member.run(move |act| operations::add_team_member(act, &to, &name), |_| done).await?;
    members_page(&member, team, None, outcome).await
}

/// `GET /portal/teams/members/remove?team=&member=`
pub(super) async fn ask_member(Opened { member, query }: Opened) -> Response {
    let text = |name: &str| query.value(name).unwrap_or_default().to_owned();
    let (team, name) = (text("team"), text("member"));
    let title = Message::new("team-member-remove-title").with("member", &name).with("team", &team);
    let question = ConfirmPage::new(&member, title, "team-member-remove-consequence");
    let team_page =
        team.parse().map_or_else(|_| paths::PORTAL_TEAMS.to_owned(), |team| address(paths::PORTAL_TEAM_MEMBERS, &team));
    let answer = question.answer(paths::PORTAL_TEAM_MEMBER_REMOVE.to_owned(), "remove", team_page);
    respond(&answer.field("team", team).field("member", name))
}

/// `POST /portal/teams/members/remove`
pub(super) async fn remove_member(Sent { member, form }: Sent) -> Result<Response, Response> {
    let name: Option<MemberName> = form.value("member").and_then(|text| text.parse().ok());
    let Some((team, name)) = named(&form).zip(name) else {
        return page(&member, None, Outcome::Wrong("choose-row".into())).await;
    };
    let done = Message::new("team-member-removed").with("member", name.to_string());
    let from = team.clone();
    let outcome = member.run(move |act| operations::remove_team_member(act, &from, &name), |_| done).await?;
    members_page(&member, team, None, outcome).await
}

/// `GET /portal/teams/delete?team=`
pub(super) async fn ask(Opened { member, query }: Opened) -> Response {
    let team = query.value("team").unwrap_or_default().to_owned();
    let question = ConfirmPage::new(&member, Message::new("team-delete-title").with("team", &team), "team-delete-consequence");
    let to = (paths::PORTAL_TEAM_DELETE.to_owned(), paths::PORTAL_TEAMS.to_owned());
    respond(&question.answer(to.0, "team-delete", to.1).field("team", team))
}

/// `POST /portal/teams/delete`
pub(super) async fn delete(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(team) = named(&form) else { return page(&member, None, Outcome::Wrong("choose-row".into())).await };
    let done = Message::new("team-deleted").with("team", team.to_string());
    let outcome = member.run(move |act| operations::delete_team(act, &team, |_| true), |()| done).await?;
    page(&member, None, outcome).await
}

fn named(form: &Form) -> Option<TeamName> {
    form.value("team").and_then(|text| text.parse().ok())
}

/// The name and the description of a new team.
fn read(form: &Form) -> Result<(TeamName, Option<PersonalAccessTokenDescription>), Message> {
    let name: Result<TeamName, _> = form.value("team").unwrap_or_default().trim().parse();
    let name = name.map_err(|error| refusal("wrong_team", &error.to_string()))?;
    let description: Option<Result<_, postern_model::DescriptionError>> =
        form.value("description").map(|text| text.trim().parse());
    let description = description.transpose().map_err(|error| refusal("wrong_description", &error.to_string()))?;
    Ok((name, description))
}

/// An address with the name of a team, which needs no encoding.
fn address(path: &str, team: &TeamName) -> String {
    format!("{path}?team={team}")
}

async fn page(member: &SignedInMember, sent: Option<&Form>, outcome: Outcome) -> Result<Response, Response> {
    let teams = member.fetch(operations::list_teams).await?;
    let is_administrator = member.is_administrator();
    let row = |team: &Team| {
        let row = Row::new(vec![
            Cell::Link(address(paths::PORTAL_TEAM_MEMBERS, &team.name), team.name.to_string()),
            Cell::text(team.description.as_ref()),
            Cell::list_or(&team.members, "none"),
        ]);
        if is_administrator { row.ending(address(paths::PORTAL_TEAM_DELETE, &team.name), "team-delete") } else { row }
    };
    let intro = if is_administrator { "teams-intro" } else { "teams-intro-own" };
    let listing = Listing::new(member, "teams", &COLUMNS, "teams-none").intro(intro).rows(teams.iter().map(row).collect());
    let form = EntryForm::new(paths::PORTAL_TEAMS.to_owned(), "create")
        .heading("team-new")
        .field(Field::text("team", "team").required().hint("team-name-hint"))
        .field(Field::text("description", "description"))
        .filled(sent);
    let listing = if is_administrator { listing.form(form) } else { listing };
    Ok(respond(&listing.outcome(outcome)))
}

async fn members_page(
    member: &SignedInMember,
    team: TeamName,
    sent: Option<&Form>,
    outcome: Outcome,
) -> Result<Response, Response> {
    let found = member.fetch(move |act: &Act<'_>| operations::show_team(act, &team)).await?;
    let is_administrator = member.is_administrator();
    let row = |name: &MemberName| {
        let row = Row::new(vec![Cell::Text(name.to_string())]);
        let to = format!("{}&member={name}", address(paths::PORTAL_TEAM_MEMBER_REMOVE, &found.name));
        if is_administrator { row.ending(to, "remove") } else { row }
    };
    let title = Message::new("team-named").with("team", found.name.to_string());
    let listing = Listing::new(member, title, &["member-name"], "team-empty")
        .below(paths::PORTAL_TEAMS.to_owned(), "teams")
        .rows(found.members.iter().map(row).collect());
    let form = EntryForm::new(paths::PORTAL_TEAM_MEMBERS.to_owned(), "member-add")
        .heading("team-member-new")
        .hidden("team", found.name.to_string())
        .field(Field::text("member", "member-name").required())
        .filled(sent);
    let listing = if is_administrator { listing.form(form) } else { listing };
    Ok(respond(&listing.outcome(outcome)))
}
