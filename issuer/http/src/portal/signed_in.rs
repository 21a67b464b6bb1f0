//! The member who has signed in. The portal's pages act with this member's rights.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use sha2::{Digest as _, Sha256};

use super::access::not_a_member;
use super::sentence::sentence;
use crate::pages::error_page::{failed, problem};
use crate::pages::next_page::NextPage;
use crate::pages::session::Browser;
use crate::pages::{Ask, Site};
use crate::paths;
use postern_http_types::Form;
use postern_management_api::refusal_message;
use postern_model::{Actor, EventName, Member, Role};
use postern_operations::{
    self as operations, Act, Credential, Error, IDEMPOTENCY_RETENTION, IdempotentRequest, MemberError, UserError,
};
use postern_secrets::PlainSecret;
use postern_service::{Failure, Service};
use postern_token::UnixSeconds;

/// How long a form may be open, in seconds: less than the time for which its first answer is kept.
const FORM_LIFETIME: u64 = IDEMPOTENCY_RETENTION / 2;

const AUDITOR: &str = "You are an auditor: you see everything and change nothing.";

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
            Err(Failure::Operation(Error::Member(error @ MemberError::NotAMember(_)))) => {
                Err(not_a_member(service, session, &error).await)
            }
            Err(failure) => Err(failed(service, &failure)),
        }
    }

    /// The member who sent a form, and the form. A member without a session continues at the start of the portal.
    pub(super) async fn with_form(service: &Arc<Service>, browser: Browser) -> Result<(Self, Form), Response> {
        let member = Self::of(service, &browser, paths::PORTAL).await?;
        let form = browser.form(service).map_err(|problem| problem.page(service))?;
        Ok((member, form))
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
    ) -> Result<(Vec<u8>, bool), Refusal> {
        let now = self.service.act_for_stranger().now();
        let request = once(form, target, now).ok_or_else(|| Refusal::Text("The form is too old. Send it again.".to_owned()))?;
        let run = move |act: &Act<'_>| match operations::run_idempotent(act, &request, operation) {
            Err(Error::IdempotencyKeyReused) => Ok(None),
            result => result.map(Some),
        };
        let result = self.write(run).await?;
        let sent_before =
            "You sent this form before, with other values. Look at what it made, and send this new form if you still need it.";
        let response = result.ok_or_else(|| Refusal::Text(sent_before.to_owned()))?;
        Ok((response.answer.to_vec(), response.again))
    }

    /// The page for a member who opens a form and may change nothing.
    pub(super) fn if_it_changes_nothing(&self) -> Option<Response> {
        let is_auditor = self.member.role == Role::Auditor;
        is_auditor.then(|| problem(&self.service, StatusCode::FORBIDDEN, "Not allowed", AUDITOR, Ask::NoOne))
    }

    fn actor(&self) -> impl FnOnce(&Service) -> Act<'_> + Send + 'static {
        let actor = Actor::Member(self.member.name.clone(), self.member.role);
        let credential = self.credential.clone();
        move |service| service.act_of(actor).authenticated_by(credential)
    }

    /// A number for the field `once` of a new form. It begins with the time.
    pub(super) fn new_form(&self) -> Result<String, Error> {
        let now = self.service.act_for_stranger().now();
        Ok(format!("{}.{}", now.0, PlainSecret::generate("", &*self.service.entropy)?.expose()))
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
                let text = if member.member().role == Role::Auditor { AUDITOR.to_owned() } else { sentence(&text) };
                Self::Page(problem(service, StatusCode::FORBIDDEN, "Not allowed", &text, Ask::NoOne))
            }
            Some((StatusCode::NOT_FOUND, text)) => {
                Self::Page(problem(service, StatusCode::NOT_FOUND, "Not found", &sentence(&text), Ask::NoOne))
            }
            Some((_, text)) => Self::Text(sentence(&text)),
        }
    }
}

/// The form as a request that may be repeated, if it has its number, and its first answer is still kept.
fn once(form: &Form, target: &str, now: UnixSeconds) -> Option<IdempotentRequest> {
    let number = form.value("once").filter(|number| number.len() <= 100 && number.bytes().all(|byte| byte.is_ascii_graphic()))?;
    let (made_at, _) = number.split_once('.')?;
    let age = now.0.checked_sub(made_at.parse().ok()?)?;
    if age > FORM_LIFETIME {
        return None;
    }
    let mut digest = Sha256::new().chain_update(target);
    for name in form.names().filter(|name| *name != "csrf") {
        digest = digest.chain_update([0]).chain_update(name).chain_update([0]).chain_update(form.value(name).unwrap_or_default());
    }
    Some(IdempotentRequest { key: format!("portal-{number}"), fingerprint: digest.finalize().into() })
}
