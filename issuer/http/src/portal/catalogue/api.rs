//! The page of an API.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use postern_token::ApiReference;

use super::about::{Link, about};
use super::found::{Found, path};
use super::reader::{Reader, unknown};
use super::{TagLink, encoded, text, title};
use crate::documentation::{Documentation, FirstCall};
use crate::markdown::Markdown;
use crate::messages::Message;
use crate::pages::session::Browser;
use crate::pages::{Page, Site, respond};
use crate::paths;
use crate::portal::Frame;
use crate::portal::choices::lifetime;
use postern_model::{ApiRecord, Tier};
use postern_openapi_import::Description;
use postern_operations::{self as operations, Act};
use postern_service::Service;

/// How many operations a page shows.
const PAGE: usize = 100;

/// How many of the member's applications are offered.
const MAX_APPLICATIONS: u32 = 100;

#[derive(Template)]
#[template(path = "portal/api.html")]
pub(super) struct ApiPage {
    site: Site,
    frame: Frame,
    reference: String,
    title: String,
    description: Option<Markdown>,
    tags: Vec<TagLink>,
    about: Vec<(&'static str, Link)>,
    tiers: Vec<TierView>,
    /// The applications of the member that are not subscribed: id and name.
    applications: Vec<(String, String)>,
    /// Whether any of the member's applications is subscribed.
    is_subscribed: bool,
    /// This page as the sign-in page continues to it.
    next_query: String,
    first_call: Option<FirstCall>,
    /// The hosts of the API, with commas; empty if it has every host.
    hosts: String,
    documentation: Documentation,
    /// Where the try-out sends its requests.
    gateway: Option<String>,
    is_first_page: bool,
    /// Where the next page of operations begins.
    next: Option<usize>,
    problem: Option<Message>,
}

pub(super) struct TierView {
    name: String,
    description: String,
    limit: Option<Message>,
    needs_approval: bool,
}

impl Page for ApiPage {
    fn has_script(&self) -> bool {
        true
    }

    fn status(&self) -> StatusCode {
        if self.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
    }

    fn scripts_connect_to(&self) -> Option<&str> {
        self.gateway.as_deref()
    }
}

/// `GET /portal/apis/{name}/{version}`, and with `.md` after the version the same in Markdown.
pub(crate) async fn show(
    State(service): State<Arc<Service>>,
    Path((name, version)): Path<(String, String)>,
    browser: Browser,
) -> Response {
    if let Some(version) = version.strip_suffix(".md") {
        return text::api(&service, &browser, &name, version).await;
    }
    let path = path(&name, &version);
    let reader = match Reader::of(&service, &browser, &path).await {
        Ok(reader) => reader,
        Err(response) => return response,
    };
    let Ok(reference) = ApiReference::parse(format!("{name}/{version}")) else { return unknown(reader.site()) };
    let from = browser.query().and_then(|query| query.value("from").and_then(|text| text.parse().ok())).unwrap_or_default();
    page(&reader, reference, from, None).await
}

/// The page with the operations from a number on, or with what was wrong with the last action.
pub(super) async fn page(reader: &Reader, reference: ApiReference<'static>, from: usize, problem: Option<Message>) -> Response {
    let is_member = reader.is_member();
    let shown = reference.clone();
    let read = move |act: &Act<'_>| {
        let found = Found::read(act, &shown)?;
        let applications = if is_member { operations::list_applications(act, None, MAX_APPLICATIONS)? } else { Vec::new() };
        let is_open = |application: &&operations::ApplicationDetails| {
            !application.subscriptions.iter().any(|subscription| subscription.api.as_str() == shown.as_str())
        };
        let open: Vec<_> = applications
            .iter()
            .filter(is_open)
            .map(|details| (details.application.id.to_string(), details.application.name.as_str().to_owned()))
            .collect();
        let is_subscribed = open.len() < applications.len();
        // Here, because it is a thread for work that takes long.
        let description = found.description();
        let info = description.as_ref().map(Description::info).unwrap_or_default();
        let operations = found.operations(description.as_ref());
        let first_call = FirstCall::of(operations.iter().map(|operation| (found.api.document.context.as_str(), operation)));
        let next = Some(from.saturating_add(PAGE)).filter(|next| *next < operations.len());
        let operations = operations.into_iter().skip(from).take(PAGE).collect();
        let documentation = Documentation::of_api(&found.api.document.context, operations, description.as_ref());
        let title = title(&found.summary());
        Ok((title, found.api, found.tiers, open, is_subscribed, info, first_call, next, documentation))
    };
    let (title, api, tiers, applications, is_subscribed, info, first_call, next, documentation) = match reader.read(read).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let document = &api.document;
    respond(&ApiPage {
        site: reader.site().clone(),
        frame: reader.frame(),
        title,
        description: api.text.description.as_ref().map(|text| Markdown::below(1, text.as_str())),
        tags: api.text.tags.iter().map(TagLink::of).collect(),
        about: about(&info),
        tiers: tiers.iter().map(|tier| tier_view(&api, tier)).collect(),
        applications,
        is_subscribed,
        next_query: encoded(&path(&document.name, &document.version)),
        first_call,
        hosts: document.hosts.as_ref().map(|hosts| hosts.join(", ")).unwrap_or_default(),
        documentation,
        gateway: reader.site().gateway().map(str::to_owned),
        is_first_page: from == 0,
        next,
        problem,
        reference: reference.as_str().to_owned(),
    })
}

fn tier_view(api: &ApiRecord, tier: &Tier) -> TierView {
    let limit = tier.limit.map(|limit| {
        let period = lifetime(Some(limit.seconds.into()));
        Message::new("tier-limited").with("requests", u64::from(limit.requests)).with("period", period)
    });
    TierView {
        name: tier.name.to_string(),
        description: tier.description.clone().unwrap_or_default(),
        limit,
        needs_approval: api.approval || tier.approval,
    }
}
