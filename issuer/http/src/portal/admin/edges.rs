//! The keys with which edges fetch their bundle.

use axum::response::Response;

use crate::messages::Message;
use crate::pages::error_page::broken;
use crate::pages::{Timestamp, respond};
use crate::paths;
use crate::portal::confirm::ConfirmPage;
use crate::portal::{Cell, EntryForm, Field, Listing, Opened, Outcome, Row, Sent, SignedInMember, refusal};
use crate::query::encoded;
use postern_http_types::Form;
use postern_model::{EdgeEnvironment, EdgeName, EdgeState, EdgeStatus};
use postern_operations::{self as operations, Act};

const COLUMNS: [&str; 6] = ["edge-name", "environment", "edge-state", "edge-heard", "edge-connected", "created-at"];

/// `GET /portal/edges`
pub(in crate::portal) async fn show(Opened { member, .. }: Opened) -> Result<Response, Response> {
    page(&member, None, Outcome::Nothing).await
}

/// `POST /portal/edges`
pub(in crate::portal) async fn create(Sent { member, form }: Sent) -> Result<Response, Response> {
    let name: Result<EdgeName, _> = form.value("edge").unwrap_or_default().trim().parse();
    let name = match name {
        Ok(name) => name,
        Err(error) => {
            let problem = refusal("wrong_edge", &error.to_string());
            return page(&member, Some(&form), Outcome::Wrong(problem)).await;
        }
    };
    let Some(environment) = form.value("environment").and_then(|text| text.parse().ok()) else {
        return page(&member, Some(&form), Outcome::Wrong("choose-row".into())).await;
    };
    let create = move |act: &Act<'_>| operations::create_edge_key(act, &name, environment);
    let outcome = member.make(&form, paths::PORTAL_EDGES, "edge-key", create).await?;
    let sent = matches!(outcome, Outcome::Wrong(_)).then_some(&form);
    page(&member, sent, outcome).await
}

/// `GET /portal/edges/remove?edge=`
pub(in crate::portal) async fn ask(Opened { member, query }: Opened) -> Result<Response, Response> {
    let Some(edge) = named(&query) else { return page(&member, None, Outcome::Wrong("choose-row".into())).await };
    let title = Message::new("edge-remove-title").with("edge", edge.as_str());
    let question = ConfirmPage::new(&member, title, "edge-remove-consequence");
    let to = (paths::PORTAL_EDGE_REMOVE.to_owned(), paths::PORTAL_EDGES.to_owned());
    Ok(respond(&question.answer(to.0, "remove", to.1).field("edge", edge.as_str().to_owned())))
}

/// `POST /portal/edges/remove`
pub(in crate::portal) async fn remove(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(edge) = named(&form) else { return page(&member, None, Outcome::Wrong("choose-row".into())).await };
    let done = Message::new("edge-removed").with("edge", edge.as_str());
    let outcome = member.run(move |act| operations::remove_edge_key(act, &edge, |_| true), |()| done).await?;
    page(&member, None, outcome).await
}

fn named(form: &Form) -> Option<EdgeName> {
    form.value("edge").and_then(|text| text.parse().ok())
}

/// The message with the name of an environment.
const fn environment_name(environment: EdgeEnvironment) -> &'static str {
    match environment {
        EdgeEnvironment::Production => "production",
        EdgeEnvironment::Sandbox => "sandbox",
        EdgeEnvironment::Both => "environments-both",
    }
}

/// Whether the edges of a key have the current bundle; how far one is behind, and since when.
fn state(status: &EdgeStatus) -> Message {
    let state = match status.state() {
        EdgeState::Unseen => return Message::new("edge-unseen"),
        EdgeState::Current => return Message::new("edge-current"),
        EdgeState::Sent => Message::new("edge-sent"),
        EdgeState::Behind => match status.revisions_behind() {
            Some(revisions) => Message::new("edge-behind").with("count", revisions),
            None => Message::new("edge-behind-unknown"),
        },
    };
    match status.behind_since() {
        Some(since) => Message::new("edge-since").with("state", state).with("time", Timestamp::from(since).words()),
        None => state,
    }
}

async fn page(member: &SignedInMember, sent: Option<&Form>, outcome: Outcome) -> Result<Response, Response> {
    let found = member.fetch(operations::list_edges).await?;
    let once = member.new_form().map_err(|_| broken(member.site()))?;
    let is_administrator = member.is_administrator();
    let row = |status: &EdgeStatus| {
        let key = &status.key;
        let environment = key.environment.unwrap_or(EdgeEnvironment::Both);
        let row = Row::new(vec![
            Cell::Text(key.name.as_str().to_owned()),
            Cell::Message(Message::new(environment_name(environment))),
            Cell::Message(state(status)),
            Cell::time_or(status.heard_at, "edge-never"),
            Cell::Text(status.connected.to_string()),
            Cell::Time(key.created_at.into()),
        ]);
        let to = format!("{}?edge={}", paths::PORTAL_EDGE_REMOVE, encoded(key.name.as_str()));
        if is_administrator { row.ending(to, "remove") } else { row }
    };
    let environments = [EdgeEnvironment::Production, EdgeEnvironment::Sandbox, EdgeEnvironment::Both];
    let choice = |environment: EdgeEnvironment| (environment.as_str().to_owned(), Message::new(environment_name(environment)));
    let form = EntryForm::new(paths::PORTAL_EDGES.to_owned(), "create")
        .heading("edge-new")
        .hidden("once", once)
        .field(Field::text("edge", "edge-name").required().hint("edge-name-hint"))
        .field(Field::choice("environment", "environment", environments.map(choice).into()))
        .filled(sent);
    let listing = Listing::new(member, "edges", &COLUMNS, "edges-none")
        .intro("edges-intro")
        .rows(found.iter().map(row).collect())
        .form(form);
    Ok(respond(&listing.outcome(outcome)))
}
