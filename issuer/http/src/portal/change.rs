//! The name of an application, its owner, and for administrators whether it is blocked.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::application::unknown;
use super::applications::application_path;
use super::entry_page::EntryPage;
use super::{EntryForm, Field, Opened, Outcome, Sent, SignedInMember, refusal};
use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use postern_http_types::Form;
use postern_model::{ApplicationId, ApplicationName, ApplicationState, MemberName, Owner, Team, TeamName};
use postern_operations::{self as operations, ApplicationChange};

/// `GET /portal/applications/{id}/change`
pub(super) async fn show(Path(id): Path<String>, Opened { member, .. }: Opened) -> Result<Response, Response> {
    let id = id.parse().map_err(|_| unknown(member.site()))?;
    page(&member, id, None, None).await
}

/// `POST /portal/applications/{id}/change`
pub(super) async fn change(Path(id): Path<String>, Sent { member, form }: Sent) -> Result<Response, Response> {
    let id: ApplicationId = id.parse().map_err(|_| unknown(member.site()))?;
    let change = match read(&form, member.is_administrator()) {
        Ok(change) => change,
        Err(problem) => return page(&member, id, Some(&form), Some(problem)).await,
    };
    let application = id.clone();
    let change = move |act: &operations::Act<'_>| operations::change_application(act, &application, change, |_| true);
    match member.run(change, |_| Message::new("done")).await? {
        Outcome::Wrong(problem) => page(&member, id, Some(&form), Some(problem)).await,
        _ => Ok(Redirect::to(&member.service().at(&application_path(id.as_str()))).into_response()),
    }
}

fn read(form: &Form, is_administrator: bool) -> Result<ApplicationChange, Message> {
    let name: Result<ApplicationName, _> = form.value("name").unwrap_or_default().trim().parse();
    let name = Some(name.map_err(|error| refusal("wrong_name", &error.to_string()))?);
    let team: Option<Result<TeamName, _>> = form.value("team").map(|text| text.trim().parse());
    let team = team.transpose().map_err(|error| refusal("wrong_team", &error.to_string()))?;
    if !is_administrator {
        // Other fields are an administrator's; the operation refuses them too.
        let owner = team.map(|team| Some(Owner::Team(team)));
        return Ok(ApplicationChange { name, owner, ..ApplicationChange::default() });
    }
    let owner: Option<Result<MemberName, _>> = form.value("owner").map(|text| text.trim().parse());
    let owner = owner.transpose().map_err(|error| refusal("wrong_member", &error.to_string()))?;
    let owner = match (owner, team) {
        (Some(_), Some(_)) => return Err(Message::new("owner-twice")),
        (Some(member), None) => Some(Owner::Member(member)),
        (None, team) => team.map(Owner::Team),
    };
    let is_blocked = form.value("blocked").is_some();
    let state = if is_blocked { ApplicationState::Blocked } else { ApplicationState::Active };
    Ok(ApplicationChange { name, owner: Some(owner), state: Some(state), ..ApplicationChange::default() })
}

async fn page(
    member: &SignedInMember,
    id: ApplicationId,
    sent: Option<&Form>,
    problem: Option<Message>,
) -> Result<Response, Response> {
    let read =
        move |act: &operations::Act<'_>| Ok((operations::show_application(act, &id)?.application, operations::list_teams(act)?));
    let (application, teams) = member.fetch(read).await?;
    let owner = application.owner.as_ref();
    let path = paths::PORTAL_CHANGE.replace("{id}", application.id.as_str());
    let form =
        EntryForm::new(path, "save").field(Field::text("name", "application-name").required().value(application.name.as_str()));
    let form = if member.is_administrator() {
        let is_blocked = application.state == ApplicationState::Blocked;
        let named = |name: Option<String>| name.unwrap_or_default();
        let member = named(owner.and_then(Owner::member).map(ToString::to_string));
        let team = named(owner.and_then(Owner::team).map(ToString::to_string));
        form.field(Field::text("owner", "owner-name").hint("owner-hint").value(member))
            .field(Field::text("team", "team").hint("owner-team-hint").value(team))
            .field(Field::check("blocked", "application-block").value(if is_blocked { "on" } else { "" }))
    } else if teams.is_empty() {
        form
    } else {
        form.field(hand_over(&teams))
    };
    let above = (
        application_path(application.id.as_str()),
        Message::new("to-application").with("application", application.name.as_str()),
    );
    Ok(respond(&EntryPage::new(member, "application-change".into(), above, form.filled(sent), problem)))
}

/// The own teams to which the application can be given.
fn hand_over(teams: &[Team]) -> Field {
    let unchanged = (String::new(), Message::new("owner-unchanged"));
    let team = |team: &Team| {
        let name = team.name.to_string();
        (name.clone(), Message::new("team-named").with("team", name))
    };
    let choices = [unchanged].into_iter().chain(teams.iter().map(team)).collect();
    Field { is_required: false, ..Field::choice("team", "owner-give", choices) }.hint("owner-give-hint")
}
