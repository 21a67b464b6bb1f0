//! The applications of the member, and new ones.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::new_application::{NewApplication, Offered};
use super::{Frame, Opened, Refusal, Sent, SignedInMember};
use crate::messages::Message;
use crate::pages::Timestamp;
use crate::pages::error_page::broken;
use crate::pages::{Page, Site, respond};
use crate::paths;
use postern_model::{ApplicationId, ApplicationState, Owner};
use postern_operations::{self as operations, ApplicationDetails};

/// How many applications a page shows.
const PAGE: u32 = 20;

#[derive(Template)]
#[template(path = "portal/applications.html")]
struct ApplicationsPage {
    site: Site,
    frame: Frame,
    entries: Vec<Entry>,
    /// Where the next page begins.
    next: Option<String>,
    is_first: bool,
    /// The number of the form.
    once: String,
    new: NewApplication,
    offered: Offered,
    problem: Option<Message>,
}

struct Entry {
    id: String,
    name: String,
    owner: Message,
    created: Timestamp,
    apis: usize,
    /// The message that names the environments with keys.
    environments: &'static str,
    is_blocked: bool,
}

impl Page for ApplicationsPage {
    fn has_script(&self) -> bool {
        true
    }

    fn status(&self) -> StatusCode {
        if self.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
    }
}

/// `GET /portal`
pub(super) async fn show(Opened { member, query }: Opened) -> Response {
    let after = query.value("after").and_then(|text| text.parse().ok());
    page(&member, after, NewApplication::default(), None).await
}

/// `POST /portal/applications`
pub(super) async fn create(Sent { member, form }: Sent) -> Response {
    let new = NewApplication::of(&form);
    let name = match new.name() {
        Ok(name) => name,
        Err(problem) => return page(&member, None, new, Some(problem)).await,
    };
    let create =
        move |act: &operations::Act<'_>| Ok(operations::create_application(act, name.clone())?.id.as_str().as_bytes().to_vec());
    match member.write_once(&form, paths::PORTAL_APPLICATIONS, create).await {
        Ok((id, _)) => Redirect::to(&member.service().at(&application_path(&String::from_utf8_lossy(&id)))).into_response(),
        Err(Refusal::Text(problem)) => page(&member, None, new, Some(problem)).await,
        Err(Refusal::Page(response)) => response,
    }
}

/// Who owns an application, in words.
pub(super) fn owner_words(owner: Option<&Owner>) -> Message {
    match owner {
        None => Message::new("owner-administrators"),
        Some(Owner::Member(member)) => Message::new("owner").with("owner", member.to_string()),
        Some(Owner::Team(team)) => Message::new("owner-team").with("team", team.to_string()),
    }
}

/// The path of an application's page.
pub(super) fn application_path(id: &str) -> String {
    paths::PORTAL_APPLICATION.replace("{id}", id)
}

/// The page, with the form for a new application as it was entered, and what was wrong with it.
pub(super) async fn page(
    member: &SignedInMember,
    after: Option<ApplicationId>,
    new: NewApplication,
    problem: Option<Message>,
) -> Response {
    let (is_first, can_change, entered) = (after.is_none(), member.can_change(), new.clone());
    let read = move |act: &operations::Act<'_>| {
        let found = operations::list_applications(act, after.as_ref(), PAGE + 1)?;
        let offered = if can_change { Offered::read(act, &entered)? } else { Offered::default() };
        Ok((found, offered))
    };
    let (mut found, offered) = match member.read(read).await {
        Ok(found) => found,
        Err(Refusal::Page(response)) => return response,
        Err(Refusal::Text(_)) => Default::default(),
    };
    let is_more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let next = found.last().filter(|_| is_more).map(|details| details.application.id.to_string());
    let Ok(once) = member.new_form() else { return broken(member.site()) };
    let entries = found.into_iter().map(entry).collect();
    respond(&ApplicationsPage {
        site: member.site().clone(),
        frame: Frame::of(member),
        entries,
        next,
        is_first,
        once,
        new,
        offered,
        problem,
    })
}

fn entry(details: ApplicationDetails) -> Entry {
    let ApplicationDetails { application, key_sets, subscriptions } = details;
    let has = |name: &str| key_sets.iter().any(|keys| keys.key_type.as_str() == name);
    Entry {
        id: application.id.to_string(),
        name: application.name.as_str().to_owned(),
        owner: owner_words(application.owner.as_ref()),
        created: application.created_at.into(),
        apis: subscriptions.len(),
        environments: match (has("production"), has("sandbox")) {
            (true, true) => "environments-both",
            (true, false) => "production",
            (false, true) => "sandbox",
            (false, false) => "none",
        },
        is_blocked: application.state == ApplicationState::Blocked,
    }
}
