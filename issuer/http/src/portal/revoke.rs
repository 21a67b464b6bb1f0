//! Revokes every token of an application, after a question.

use axum::extract::Path;
use axum::response::Response;

use super::application::{Found, page, unknown};
use super::applications::application_path;
use super::confirm::ConfirmPage;
use super::{Opened, Refusal, Sent};
use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use postern_model::ApplicationId;
use postern_operations as operations;

/// `GET /portal/applications/{id}/revoke`
pub(super) async fn ask(Path(id): Path<String>, Opened { member, .. }: Opened) -> Response {
    let Ok(id) = id.parse::<ApplicationId>() else { return unknown(member.site()) };
    let application = id.clone();
    match member.read(move |act| Found::read(act, &application)).await {
        Ok(found) => {
            let title = Message::new("revoke-title").with("application", found.details.application.name.as_str());
            let (action, back) = (paths::PORTAL_REVOKE.replace("{id}", id.as_str()), application_path(id.as_str()));
            respond(&ConfirmPage::new(&member, title, "revoke-consequence").answer(action, "revoke-all", back))
        }
        Err(Refusal::Page(response)) => response,
        Err(Refusal::Text(_)) => unknown(member.site()),
    }
}

/// `POST /portal/applications/{id}/revoke`
pub(super) async fn revoke(Path(id): Path<String>, Sent { member, .. }: Sent) -> Response {
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
