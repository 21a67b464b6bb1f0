//! The page for users who are no members, and their request for access.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::refusal;
use crate::pages::error_page::{failed, problem};
use crate::pages::next_page::NextPage;
use crate::pages::session::{Browser, csrf_token};
use crate::pages::{Ask, Page, Site, respond};
use crate::paths;
use postern_management_api::refusal_message;
use postern_operations::{self as operations, Error, MemberError, MembershipOffer, UserError};
use postern_secrets::PlainSecret;
use postern_service::{Failure, Service};

/// Says that the user is no member, and what the user can do about it.
#[derive(Template)]
#[template(path = "portal/not_a_member.html")]
struct NotAMember {
    site: Site,
    /// The user's account.
    user: String,
    offer: MembershipOffer,
    csrf: String,
}

impl Page for NotAMember {
    fn status(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }
}

/// The page for a user who is no member.
pub(super) async fn not_a_member(service: &Arc<Service>, site: Site, session: PlainSecret, error: &MemberError) -> Response {
    let csrf = csrf_token(&session);
    let offer = move |service: &Service| operations::membership_offer(&service.act_for_stranger(), &session);
    let offer = match service.read(offer).await {
        Ok(offer) => offer,
        Err(failure) => return failed(&site, &failure),
    };
    let user = if let MemberError::NotAMember(user) = error { user.to_string() } else { String::new() };
    respond(&NotAMember { site, user, offer, csrf })
}

/// `POST /portal/access`
pub(crate) async fn request(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let sign_in = || Redirect::to(&NextPage::of(paths::PORTAL, None).sign_in(&service)).into_response();
    let site = browser.site(&service);
    let Some(session) = browser.session() else { return sign_in() };
    if let Err(problem) = browser.form(&service) {
        return problem.page(&site);
    }
    let request = move |service: &Service| operations::request_membership(&service.act_for_stranger(), &session);
    match service.write(request).await {
        // The page says what has changed.
        Ok(()) => Redirect::to(&service.at(paths::PORTAL)).into_response(),
        Err(Failure::Operation(Error::User(UserError::NoSession))) => sign_in(),
        Err(failure) => {
            let refused = if let Failure::Operation(error) = &failure { refusal_message(error) } else { None };
            match refused {
                Some((_, code, text)) => problem(&site, StatusCode::CONFLICT, "not-possible", refusal(code, &text), Ask::Issuer),
                None => failed(&site, &failure),
            }
        }
    }
}
