//! Revokes every token of an application, after a question.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use super::application::{Found, page, unknown};
use super::applications::application_path;
use super::confirm::ConfirmPage;
use super::{Frame, Refusal, SignedInMember};
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
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(&service) };
    if let Some(response) = member.if_it_changes_nothing() {
        return response;
    }
    let application = id.clone();
    match member.read(move |act| Found::read(act, &application)).await {
        Ok(found) => respond(&ConfirmPage {
            site: member.site(),
            frame: Frame::of(&member),
            title: format!("Revoke all tokens of {}", found.details.application.name.as_str()),
            consequence: "Every token of this application, in production and in the sandbox, is refused from now on: those that you copied \
                          from here, those that its programs obtained, and those of its users. Programs with the consumer key and the \
                          consumer secret can get new ones.",
            action: paths::PORTAL_REVOKE.replace("{id}", id.as_str()),
            field: None,
            button: "Revoke all tokens",
            back: application_path(id.as_str()),
        }),
        Err(Refusal::Page(response)) => response,
        Err(Refusal::Text(_)) => unknown(&service),
    }
}

/// `POST /portal/applications/{id}/revoke`
pub(crate) async fn revoke(State(service): State<Arc<Service>>, Path(id): Path<String>, browser: Browser) -> Response {
    let (member, _) = match SignedInMember::with_form(&service, browser).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(&service) };
    let application = id.clone();
    match member.write(move |act| operations::revoke_all_tokens(act, &application)).await {
        Ok(revoked) => {
            let count = revoked.count;
            let notice = match count {
                0 => "There was no active token.".to_owned(),
                1 => "1 token is revoked.".to_owned(),
                count => format!("{count} tokens are revoked."),
            };
            page(&member, id, Some(&notice), None).await
        }
        Err(Refusal::Text(text)) => page(&member, id, None, Some(text)).await,
        Err(Refusal::Page(response)) => response,
    }
}
