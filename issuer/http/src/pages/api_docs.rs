//! `/api/docs`: the documentation of the management API, with a try-out.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::error_page::broken;
use super::page::{Page, respond};
use super::site::Site;
use crate::documentation::Documentation;
use crate::markdown::Markdown;
use crate::paths;
use postern_management_api::openapi_document;
use postern_openapi_import::Description;
use postern_service::Service;

/// The documentation of the management API.
#[derive(Template)]
#[template(path = "api_docs.html")]
struct ApiDocsPage {
    site: Site,
    title: String,
    description: Option<Markdown>,
    documentation: Documentation,
    /// Where the requests go: this site itself.
    gateway: Option<&'static str>,
}

impl Page for ApiDocsPage {
    fn scripts_connect_to(&self) -> Option<&str> {
        Some("'self'")
    }
}

/// `GET /api/docs`
pub(crate) async fn show(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    let site = Site::of(&service, &headers);
    let document = openapi_document();
    let Some(description) = Description::parse(&document) else { return broken(&site) };
    let info = description.info();
    respond(&ApiDocsPage {
        gateway: Some(""),
        title: info.title.unwrap_or_default(),
        description: info.description.as_deref().map(|text| Markdown::below(1, text)),
        documentation: Documentation::of_document(&description, "token-personal"),
        site,
    })
}
