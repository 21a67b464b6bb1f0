//! The start page: links, for those who open the issuer's address in a browser. It names no version.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::page::{Page, respond};
use super::site::Site;
use crate::paths;
use postern_service::Service;

/// Links to the other pages.
#[derive(Template)]
#[template(path = "start.html")]
pub(crate) struct StartPage<'a> {
    pub(crate) site: &'a Site,
}

impl Page for StartPage<'_> {}

/// `GET /`
pub(crate) async fn show(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    respond(&StartPage { site: &Site::of(&service, &headers) })
}
