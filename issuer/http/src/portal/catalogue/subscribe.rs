//! Subscribes one of the member's applications to an API.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use postern_token::ApiReference;

use super::api::page;
use super::reader::{Reader, unknown};
use crate::portal::application::subscribed_to;
use crate::portal::{Refusal, Sent};
use postern_model::{ApplicationId, TierName};
use postern_operations as operations;

/// `POST /portal/apis/{name}/{version}/subscribe`: continues to the application's page.
pub(in crate::portal) async fn subscribe(Path((name, version)): Path<(String, String)>, Sent { member, form }: Sent) -> Response {
    let Ok(api) = ApiReference::parse(format!("{name}/{version}")) else { return unknown(member.site()) };
    let application = form.value("application").and_then(|text| text.parse::<ApplicationId>().ok());
    let tier = form.value("tier").and_then(|text| text.parse::<TierName>().ok());
    let (Some(application), Some(tier)) = (application, tier) else {
        return page(&Reader::of_member(member), api, 0, Some("choose-application".into())).await;
    };
    let (next, reference) = (subscribed_to(&member, &application, &api), api.clone());
    match member.write(move |act| operations::subscribe(act, &application, &reference, &tier).map(drop)).await {
        Ok(()) => Redirect::to(&next).into_response(),
        Err(Refusal::Text(text)) => page(&Reader::of_member(member), api, 0, Some(text)).await,
        Err(Refusal::Page(response)) => response,
    }
}
