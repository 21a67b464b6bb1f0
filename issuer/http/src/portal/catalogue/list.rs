//! The list of APIs, paged and searched.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use postern_token::ApiReference;

use super::reader::Reader;
use super::{TagLink, encoded, title};
use crate::markdown::first_words;
use crate::pages::session::Browser;
use crate::pages::{Page, Site, respond};
use crate::paths;
use crate::portal::Frame;
use postern_model::ApiSummary;
use postern_operations as operations;
use postern_service::Service;

/// How many APIs a page shows.
const PAGE: usize = 20;

/// How many characters of a description are shown.
const LEAD: usize = 200;

/// The longest search.
const MAX_QUERY_LEN: usize = 1_000;

#[derive(Template)]
#[template(path = "portal/apis.html")]
struct ApisPage {
    site: Site,
    frame: Frame,
    query: String,
    entries: Vec<Entry>,
    is_first: bool,
    /// The queries of the first page and of the next one.
    first: String,
    next: Option<String>,
}

struct Entry {
    reference: String,
    title: String,
    lead: String,
    tags: Vec<TagLink>,
}

impl Page for ApisPage {
    fn has_script(&self) -> bool {
        true
    }
}

/// `GET /portal/apis`
pub(crate) async fn list(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let path =
        browser.uri.query().map_or_else(|| paths::PORTAL_APIS.to_owned(), |query| format!("{}?{query}", paths::PORTAL_APIS));
    let reader = match Reader::of(&service, &browser, &path).await {
        Ok(reader) => reader,
        Err(response) => return response,
    };
    let form = browser.query();
    let value = |name: &str| form.as_ref().and_then(|form| form.value(name).map(str::to_owned)).unwrap_or_default();
    let (query, after) = (value("q"), ApiReference::parse(value("after")).ok());
    let query = if query.len() > MAX_QUERY_LEN { String::new() } else { query.trim().to_owned() };
    let (search, begin) = (query.clone(), after.clone());
    let found = reader.read(move |act| operations::search_apis(act, &search, begin.as_ref(), PAGE + 1)).await;
    let mut found = match found {
        Ok(found) => found,
        Err(response) => return response,
    };
    let is_more = found.len() > PAGE;
    found.truncate(PAGE);
    let first = if query.is_empty() { String::new() } else { format!("?q={}", encoded(&query)) };
    let next = found.last().filter(|_| is_more).map(|last| {
        let separator = if first.is_empty() { "?" } else { "&" };
        format!("{first}{separator}after={}", encoded(&reference(last)))
    });
    respond(&ApisPage {
        site: reader.site().clone(),
        frame: reader.frame(),
        entries: found.iter().map(entry).collect(),
        is_first: after.is_none(),
        query,
        first,
        next,
    })
}

pub(super) fn reference(api: &ApiSummary) -> String {
    format!("{}/{}", api.name, api.version)
}

/// The beginning of an API's description, without markup.
pub(super) fn lead(api: &ApiSummary) -> String {
    api.text.description.as_ref().map(|text| first_words(text.as_str(), LEAD)).unwrap_or_default()
}

fn entry(api: &ApiSummary) -> Entry {
    Entry { reference: reference(api), title: title(api), lead: lead(api), tags: api.text.tags.iter().map(TagLink::of).collect() }
}
