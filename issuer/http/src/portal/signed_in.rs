//! The signed-in member, as whom the portal's pages act.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use sha2::{Digest as _, Sha256};

use crate::pages::error_page::{failed, problem};
use crate::pages::next_page::NextPage;
use crate::pages::session::Browser;
use crate::pages::{Ask, Site};
use crate::paths;
use postern_http_types::Form;
use postern_management_api::refusal_message;
use postern_model::{Actor, EventName, Member};
use postern_operations::{self as operations, Act, Credential, Error, IdempotentRequest, MemberError, UserError};
use postern_secrets::PlainSecret;
use postern_service::{Failure, Service};

/// A member, and the session that authenticates every act.
pub(crate) struct SignedInMember {
    service: Arc<Service>,
    member: Member,
    credential: Credential,
    session: PlainSecret,
}

impl SignedInMember {
    /// The member whose session the browser has. Otherwise the response: a redirect to the sign-in page, which continues to `path`; or a page
    /// that says that the user is no member.
    pub(super) async fn of(service: &Arc<Service>, browser: &Browser, path: &str) -> Result<Self, Response> {
        let sign_in = || Redirect::to(&NextPage::of(path, None).sign_in(service)).into_response();
        let session = browser.session().ok_or_else(sign_in)?;
        let presented = session.clone();
        let find = move |service: &Service| operations::find_signed_in_member(&service.act_for_stranger(), &presented);
        match service.read(find).await {
            Ok((member, credential)) => Ok(Self { service: Arc::clone(service), member, credential, session }),
            Err(Failure::Operation(Error::User(UserError::NoSession))) => Err(sign_in()),
            Err(Failure::Operation(Error::Member(error @ MemberError::NotAMember(_)))) => Err(no_member(service, &error)),
            Err(failure) => Err(failed(service, &failure)),
        }
    }

    pub(super) const fn service(&self) -> &Arc<Service> {
        &self.service
    }

    pub(super) fn site(&self) -> Site {
        Site::new(&self.service.settings.issuer)
    }

    pub(super) const fn member(&self) -> &Member {
        &self.member
    }

    pub(super) const fn session(&self) -> &PlainSecret {
        &self.session
    }

    /// Runs an operation that only reads.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Act<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Refusal> {
        let act = self.actor();
        let result = self.service.read(move |service| operation(&act(service))).await;
        result.map_err(|failure| Refusal::of(self, &failure))
    }

    /// Runs an operation that writes.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Act<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Refusal> {
        let act = self.actor();
        let result = self.service.write(move |service| operation(&act(service))).await;
        result.map_err(|failure| Refusal::of(self, &failure))
    }

    /// Runs an operation that creates something, once for each form: a form that is sent again gets the first result.
    pub(super) async fn write_once(
        &self,
        form: &Form,
        target: &str,
        operation: impl Fn(&Act<'_>) -> Result<Vec<u8>, Error> + Send + 'static,
    ) -> Result<Vec<u8>, Refusal> {
        let request =
            once(form, target).ok_or_else(|| Refusal::Text("The form is incomplete. Load the page again.".to_owned()))?;
        let run = move |act: &Act<'_>| operations::run_idempotent(act, &request, operation);
        Ok(self.write(run).await?.answer.to_vec())
    }

    fn actor(&self) -> impl FnOnce(&Service) -> Act<'_> + Send + 'static {
        let actor = Actor::Member(self.member.name.clone(), self.member.role);
        let credential = self.credential.clone();
        move |service| service.act_of(actor).authenticated_by(credential)
    }

    /// A number for the field `once` of a new form.
    pub(super) fn new_form(&self) -> Result<String, Error> {
        Ok(PlainSecret::generate("", &*self.service.entropy)?.expose().to_owned())
    }
}

/// A refused operation.
pub(crate) enum Refusal {
    /// The member can change the form: what is wrong with it.
    Text(String),
    /// Another page.
    Page(Response),
}

impl Refusal {
    fn of(member: &SignedInMember, failure: &Failure) -> Self {
        let service = member.service();
        let record = |reason| service.record_refusal(EventName::Management, reason, Some(&member.member().name.to_string()));
        let Failure::Operation(error) = failure else { return Self::Page(failed(service, failure)) };
        if let Error::Member(MemberError::InvalidCredential) = error {
            record("unknown_session");
            return Self::Page(Redirect::to(&NextPage::of(paths::PORTAL, None).sign_in(service)).into_response());
        }
        match refusal_message(error) {
            None => Self::Page(failed(service, failure)),
            Some((StatusCode::FORBIDDEN, text)) => {
                record("forbidden");
                Self::Page(problem(service, StatusCode::FORBIDDEN, "Not allowed", &sentence(&text), Ask::Nobody))
            }
            Some((StatusCode::NOT_FOUND, text)) => {
                Self::Page(problem(service, StatusCode::NOT_FOUND, "Not found", &sentence(&text), Ask::Nobody))
            }
            Some((_, text)) => Self::Text(sentence(&text)),
        }
    }
}

/// The message of an error as a sentence.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

/// The form as a request that may be repeated, if it has its number.
fn once(form: &Form, target: &str) -> Option<IdempotentRequest> {
    let number = form.value("once").filter(|number| number.len() <= 100 && number.bytes().all(|byte| byte.is_ascii_graphic()))?;
    let mut digest = Sha256::new().chain_update(target);
    for name in form.names().filter(|name| *name != "csrf") {
        digest = digest.chain_update([0]).chain_update(name).chain_update([0]).chain_update(form.value(name).unwrap_or_default());
    }
    Some(IdempotentRequest { key: format!("portal-{number}"), fingerprint: digest.finalize().into() })
}

fn no_member(service: &Service, error: &MemberError) -> Response {
    let explanation = format!("{error}. The command is: postern admin member change NAME --account USER@STORE");
    problem(service, StatusCode::FORBIDDEN, "Not a member", &explanation, Ask::Nobody)
}

/// The path of the portal, where a member continues who sent a form without a session.
pub(super) const START: &str = paths::PORTAL;
