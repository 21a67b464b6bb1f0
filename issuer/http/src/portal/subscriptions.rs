//! Subscribes an application to an API, and ends a subscription after a question.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use postern_token::ApiReference;

use super::application::{Found, page, unknown};
use super::applications::application_path;
use super::confirm::ConfirmPage;
use super::{Frame, Refusal, SignedInMember};
use crate::messages::Message;
use crate::pages::respond;
use crate::pages::session::Browser;
use crate::paths;
use postern_model::{ApplicationId, TierName};
use postern_operations as operations;
use postern_service::Service;

/// `POST /portal/applications/{id}/subscribe`
pub(crate) async fn subscribe(State(service): State<Arc<Service>>, Path(id): Path<String>, browser: Browser) -> Response {
    let (member, form) = match SignedInMember::with_form(&service, browser).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(member.site()) };
    let chosen = form
        .value("api")
        .and_then(|text| text.split_once(' '))
        .and_then(|(api, tier)| Some((ApiReference::parse(api.to_owned()).ok()?, tier.parse::<TierName>().ok()?)));
    let Some((api, tier)) = chosen else { return page(&member, id, None, Some("choose-api".into())).await };
    let application = id.clone();
    let done = member.write(move |act| operations::subscribe(act, &application, &api, &tier).map(drop)).await;
    after(&member, id, done).await
}

/// `GET /portal/applications/{id}/unsubscribe?api=`
pub(crate) async fn ask(State(service): State<Arc<Service>>, Path(id): Path<String>, browser: Browser) -> Response {
    let member = match SignedInMember::of(&service, &browser, &application_path(&id)).await {
        Ok(member) => member,
        Err(response) => return response,
    };
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(member.site()) };
    if let Some(response) = member.if_it_changes_nothing() {
        return response;
    }
    let api = browser.query().and_then(|query| query.value("api").map(str::to_owned)).unwrap_or_default();
    let application = id.clone();
    let found = match member.read(move |act| Found::read(act, &application)).await {
        Ok(found) => found,
        Err(Refusal::Page(response)) => return response,
        Err(Refusal::Text(_)) => return unknown(member.site()),
    };
    if !found.details.subscriptions.iter().any(|subscription| subscription.api.as_str() == api) {
        return page(&member, id, None, Some("no-subscription".into())).await;
    }
    respond(&ConfirmPage {
        site: member.site().clone(),
        frame: Frame::of(&member),
        title: Message::new("unsubscribe-title").with("api", &api),
        consequence: "unsubscribe-consequence".into(),
        action: paths::PORTAL_UNSUBSCRIBE.replace("{id}", id.as_str()),
        field: Some(("api", api)),
        button: "unsubscribe-button",
        back: application_path(id.as_str()),
    })
}

/// `POST /portal/applications/{id}/unsubscribe`
pub(crate) async fn unsubscribe(State(service): State<Arc<Service>>, Path(id): Path<String>, browser: Browser) -> Response {
    let (member, form) = match SignedInMember::with_form(&service, browser).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(member.site()) };
    let Some(api) = form.value("api").and_then(|text| ApiReference::parse(text.to_owned()).ok()) else {
        return page(&member, id, None, Some("choose-api".into())).await;
    };
    let application = id.clone();
    let done = member.write(move |act| operations::unsubscribe(act, &application, &api, |_| true).map(drop)).await;
    after(&member, id, done).await
}

/// Continues to the application's page.
async fn after(member: &SignedInMember, id: ApplicationId, done: Result<(), Refusal>) -> Response {
    match done {
        Ok(()) => Redirect::to(&member.service().at(&application_path(id.as_str()))).into_response(),
        Err(Refusal::Text(text)) => page(member, id, None, Some(text)).await,
        Err(Refusal::Page(response)) => response,
    }
}
