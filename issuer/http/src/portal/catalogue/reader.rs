//! Who reads the catalogue: a member, a program of a member, or, if the catalogue is public, everyone.

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::pages::error_page::{failed, problem};
use crate::pages::next_page::NextPage;
use crate::pages::session::Browser;
use crate::pages::{Ask, OWN_RESOURCE, Site};
use crate::portal::{Frame, SignedInMember};
use postern_model::{Actor, Member};
use postern_operations::{self as operations, Act, ApiError, Error, MemberError};
use postern_service::{Failure, Service};

/// A reader of the catalogue.
pub(super) struct Reader {
    service: Arc<Service>,
    site: Site,
    who: Who,
}

enum Who {
    Member(Box<SignedInMember>),
    /// The owner of a personal access token.
    Program(Box<Member>),
    Visitor,
}

impl Reader {
    /// The reader of a page. Otherwise the response, as that of [`SignedInMember::of`].
    pub(super) async fn of(service: &Arc<Service>, browser: &Browser, path: &str) -> Result<Self, Response> {
        let is_public = service.options.portal.is_catalogue_public;
        let who = match browser.session() {
            None if is_public => Who::Visitor,
            _ => match SignedInMember::of(service, browser, Some(&NextPage::of(path, None))).await {
                Ok(member) => Who::Member(Box::new(member)),
                // Such as a user who is no member, or whose session has ended.
                Err(_) if is_public => Who::Visitor,
                Err(response) => return Err(response),
            },
        };
        Ok(Self { service: Arc::clone(service), site: browser.site(service), who })
    }

    /// The member as a reader.
    pub(super) fn of_member(member: SignedInMember) -> Self {
        let (service, site) = (Arc::clone(member.service()), member.site().clone());
        Self { service, site, who: Who::Member(Box::new(member)) }
    }

    /// The reader of a text, which may also be a program with a personal access token.
    pub(super) async fn of_text(service: &Arc<Service>, browser: &Browser, path: &str) -> Result<Self, Response> {
        let site = browser.site(service);
        let Some(token) = browser.bearer() else {
            let is_known = service.options.portal.is_catalogue_public || browser.session().is_some();
            return if is_known { Self::of(service, browser, path).await } else { Err(unauthorized()) };
        };
        let Ok(token) = token else { return Err(unauthorized()) };
        match service.read(move |service| operations::authenticate_member(&service.act(), &token)).await {
            Ok(member) => Ok(Self { service: Arc::clone(service), site, who: Who::Program(Box::new(member)) }),
            Err(Failure::Operation(Error::Member(MemberError::InvalidCredential))) => Err(unauthorized()),
            Err(failure) => Err(failed(&site, &failure)),
        }
    }

    pub(super) const fn service(&self) -> &Arc<Service> {
        &self.service
    }

    pub(super) const fn site(&self) -> &Site {
        &self.site
    }

    /// Whether the reader has signed in to the portal.
    pub(super) const fn is_member(&self) -> bool {
        matches!(self.who, Who::Member(_))
    }

    pub(super) fn frame(&self) -> Frame {
        match &self.who {
            Who::Member(member) => Frame::of(member),
            Who::Program(_) | Who::Visitor => Frame::of_visitor(),
        }
    }

    /// Runs an operation that only reads. An API that does not exist is a page that says so.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Act<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Response> {
        let actor = match &self.who {
            Who::Member(member) => Actor::Member(member.member().name.clone(), member.member().role),
            Who::Program(member) => Actor::Member(member.name.clone(), member.role),
            Who::Visitor => Actor::Stranger,
        };
        let result = self.service.read(move |service| operation(&service.act_of(actor))).await;
        result.map_err(|failure| match failure {
            Failure::Operation(Error::Api(ApiError::NotFound(_))) => unknown(&self.site),
            failure => failed(&self.site, &failure),
        })
    }
}

/// The page for a path that names no API.
pub(super) fn unknown(site: &Site) -> Response {
    problem(site, StatusCode::NOT_FOUND, "not-found", "no-such-api-why", Ask::NoOne)
}

/// The header fields of a text. It holds texts of others, so nothing in it runs.
pub(super) const fn text_headers(media_type: &'static str) -> [(HeaderName, HeaderValue); 5] {
    [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        OWN_RESOURCE,
    ]
}

/// What a program is told that may not read.
fn unauthorized() -> Response {
    let text =
        "The catalogue of APIs is for members: send a personal access token in the header `Authorization: Bearer`, or sign in.\n";
    let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
    (StatusCode::UNAUTHORIZED, challenge, text_headers("text/plain; charset=utf-8"), text).into_response()
}
