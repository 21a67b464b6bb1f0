//! Subscribes an application to an API, and ends a subscription after a question.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use postern_token::ApiReference;

use super::application::{Found, page, subscribed_to, unknown};
use super::applications::application_path;
use super::confirm::ConfirmPage;
use super::offers;
use super::{Opened, Refusal, Sent, SignedInMember};
use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use postern_model::ApplicationId;
use postern_operations as operations;

/// `POST /portal/applications/{id}/subscribe`
pub(super) async fn subscribe(Path(id): Path<String>, Sent { member, form }: Sent) -> Response {
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(member.site()) };
    let Some((api, tier)) = form.value("api").and_then(offers::chosen) else {
        return page(&member, id, None, Some("choose-api".into())).await;
    };
    let (application, next) = (id.clone(), subscribed_to(&member, &id, &api));
    let done = member.write(move |act| operations::subscribe(act, &application, &api, &tier).map(drop)).await;
    after(&member, id, &next, done).await
}

/// `GET /portal/applications/{id}/unsubscribe?api=`
pub(super) async fn ask(Path(id): Path<String>, Opened { member, query }: Opened) -> Response {
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(member.site()) };
    let api = query.value("api").unwrap_or_default().to_owned();
    let application = id.clone();
    let found = match member.read(move |act| Found::read(act, &application)).await {
        Ok(found) => found,
        Err(Refusal::Page(response)) => return response,
        Err(Refusal::Text(_)) => return unknown(member.site()),
    };
    if !found.details.subscriptions.iter().any(|subscription| subscription.api.as_str() == api) {
        return page(&member, id, None, Some("no-subscription".into())).await;
    }
    let title = Message::new("unsubscribe-title").with("api", &api);
    let (action, back) = (paths::PORTAL_UNSUBSCRIBE.replace("{id}", id.as_str()), application_path(id.as_str()));
    let question = ConfirmPage::new(&member, title, "unsubscribe-consequence").answer(action, "unsubscribe-button", back);
    respond(&question.field("api", api))
}

/// `POST /portal/applications/{id}/unsubscribe`
pub(super) async fn unsubscribe(Path(id): Path<String>, Sent { member, form }: Sent) -> Response {
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(member.site()) };
    let Some(api) = form.value("api").and_then(|text| ApiReference::parse(text.to_owned()).ok()) else {
        return page(&member, id, None, Some("choose-api".into())).await;
    };
    let (application, next) = (id.clone(), member.service().at(&application_path(id.as_str())));
    let done = member.write(move |act| operations::unsubscribe(act, &application, &api, |_| true).map(drop)).await;
    after(&member, id, &next, done).await
}

/// Continues to `next`, or shows on the application's page what was wrong.
async fn after(member: &SignedInMember, id: ApplicationId, next: &str, done: Result<(), Refusal>) -> Response {
    match done {
        Ok(()) => Redirect::to(next).into_response(),
        Err(Refusal::Text(text)) => page(member, id, None, Some(text)).await,
        Err(Refusal::Page(response)) => response,
    }
}
