//! Deletes an application, after a question.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::application::{Found, page, unknown};
use super::applications::application_path;
use super::confirm::ConfirmPage;
use super::{Opened, Refusal, Sent};
use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use postern_model::ApplicationId;
use postern_operations as operations;

/// `GET /portal/applications/{id}/delete`
pub(super) async fn ask(Path(id): Path<String>, Opened { member, .. }: Opened) -> Response {
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(member.site()) };
    let application = id.clone();
    let found = match member.read(move |act| Found::read(act, &application)).await {
        Ok(found) => found,
        Err(refusal) => return refusal.or(|_| unknown(member.site())),
    };
    let title = Message::new("delete-title").with("application", found.details.application.name.as_str());
    let (action, back) = (paths::PORTAL_DELETE.replace("{id}", id.as_str()), application_path(id.as_str()));
    respond(&ConfirmPage::new(&member, title, "delete-consequence").answer(action, "delete-application", back))
}

/// `POST /portal/applications/{id}/delete`
pub(super) async fn delete(Path(id): Path<String>, Sent { member, .. }: Sent) -> Response {
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(member.site()) };
    let application = id.clone();
    match member.write(move |act| operations::delete_application(act, application.as_str(), |_| true).map(drop)).await {
        Ok(()) => Redirect::to(&member.service().at(paths::PORTAL)).into_response(),
        Err(Refusal::Text(text)) => page(&member, id, None, Some(text)).await,
        Err(Refusal::Page(response)) => response,
    }
}
