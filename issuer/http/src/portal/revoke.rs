//! Revokes every token of an application, after a question.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use super::application::{Found, page, unknown};
use super::applications::application_path;
use super::confirm::ConfirmPage;
use super::{Frame, Refusal, SignedInMember};
use crate::messages::Message;
use crate::pages::respond;
use crate::pages::session::Browser;
use crate::paths;
use postern_model::ApplicationId;
use postern_operations as operations;
use postern_service::Service;

/// `GET /portal/applications/{id}/revoke`
pub(crate) async fn ask(State(service): State<Arc<Service>>, Path(id): Path<String>, browser: Browser) -> Response {
    let member = match SignedInMember::of(&service, &browser, &application_path(&id)).await {
        Ok(member) => member,
        Err(response) => return response,
    };
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(member.site()) };
    if let Some(response) = member.if_it_changes_nothing() {
        return response;
    }
    let application = id.clone();
    match member.read(move |act| Found::read(act, &application)).await {
        Ok(found) => respond(&ConfirmPage {
            site: member.site().clone(),
            frame: Frame::of(&member),
            title: Message::new("revoke-title").with("application", found.details.application.name.as_str()),
            consequence: "revoke-consequence".into(),
            action: paths::PORTAL_REVOKE.replace("{id}", id.as_str()),
            field: None,
            button: "revoke-all",
            back: application_path(id.as_str()),
        }),
        Err(Refusal::Page(response)) => response,
        Err(Refusal::Text(_)) => unknown(member.site()),
    }
}

/// `POST /portal/applications/{id}/revoke`
pub(crate) async fn revoke(State(service): State<Arc<Service>>, Path(id): Path<String>, browser: Browser) -> Response {
    let (member, _) = match SignedInMember::with_form(&service, browser).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(member.site()) };
    let application = id.clone();
    match member.write(move |act| operations::revoke_all_tokens(act, &application)).await {
        Ok(revoked) => {
            let notice = Message::new("revoked").with("count", revoked.count);
            page(&member, id, Some(notice), None).await
        }
        Err(Refusal::Text(text)) => page(&member, id, None, Some(text)).await,
        Err(Refusal::Page(response)) => response,
    }
}
