//! Subscribes one of the member's applications to an API.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use postern_token::ApiReference;

use super::api::page;
use super::found::path;
use super::reader::{Reader, unknown};
use crate::messages::Message;
use crate::pages::session::Browser;
use crate::portal::applications::application_path;
use crate::portal::{Refusal, SignedInMember};
use postern_model::{ApplicationId, TierName};
use postern_operations as operations;
use postern_service::Service;

/// `POST /portal/apis/{name}/{version}/subscribe`: continues to the application's page.
pub(crate) async fn subscribe(
    State(service): State<Arc<Service>>,
    Path((name, version)): Path<(String, String)>,
    browser: Browser,
) -> Response {
    let request = browser.without_body();
    let (member, form) = match SignedInMember::with_form(&service, browser).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let Ok(api) = ApiReference::parse(format!("{name}/{version}")) else { return unknown(member.site()) };
    let application = form.value("application").and_then(|text| text.parse::<ApplicationId>().ok());
    let tier = form.value("tier").and_then(|text| text.parse::<TierName>().ok());
    let (Some(application), Some(tier)) = (application, tier) else {
        return again(&service, &request, api, "choose-application".into()).await;
    };
    let (id, reference) = (application.clone(), api.clone());
    match member.write(move |act| operations::subscribe(act, &application, &reference, &tier).map(drop)).await {
        Ok(()) => Redirect::to(&service.at(&application_path(id.as_str()))).into_response(),
        Err(Refusal::Text(text)) => again(&service, &request, api, text).await,
        Err(Refusal::Page(response)) => response,
    }
}

/// The page of the API, with what was wrong.
async fn again(service: &Arc<Service>, browser: &Browser, api: ApiReference<'static>, problem: Message) -> Response {
    match Reader::of(service, browser, &path(api.name(), api.version())).await {
        Ok(reader) => page(&reader, api, 0, Some(problem)).await,
        Err(response) => response,
    }
}
