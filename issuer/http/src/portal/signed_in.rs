//! The member who has signed in. The portal's pages act with this member's rights.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use sha2::{Digest as _, Sha256};

use super::access::Access;
use super::membership::not_a_member;
use super::outcome::Outcome;
use super::refusal;
use crate::messages::Message;
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

/// A member, and the session that authenticates every act.
pub(crate) struct SignedInMember {
    service: Arc<Service>,
    member: Member,
    credential: Credential,
    session: PlainSecret,
    site: Site,
    /// The path of the request, below that of the issuer's identifier.
    path: String,
}

impl SignedInMember {
    /// The member whose session the browser has. Otherwise the response: a redirect to the sign-in page, which continues to `next` or to the page itself; or a page
    /// that says that the user is no member.
    pub(super) async fn of(service: &Arc<Service>, browser: &Browser, next: Option<&NextPage>) -> Result<Self, Response> {
        let (site, path) = (browser.site(service), browser.uri.path());
        let path = path.strip_prefix(service.settings.issuer.path()).unwrap_or(path).to_owned();
        let next = next.map_or_else(|| NextPage::of(&path, browser.uri.query()), NextPage::clone);
        let sign_in = || Redirect::to(&next.sign_in(service)).into_response();
        let session = browser.session().ok_or_else(sign_in)?;
        let presented = session.clone();
        let find = move |service: &Service| operations::find_signed_in_member(&service.act_for_stranger(), &presented);
        match service.read(find).await {
            Ok((member, credential)) => Ok(Self { service: Arc::clone(service), member, credential, session, site, path }),
            Err(Failure::Operation(Error::User(UserError::NoSession))) => Err(sign_in()),
            Err(Failure::Operation(Error::Member(error @ MemberError::NotAMember(_)))) => {
                Err(not_a_member(service, site, session, &error).await)
            }
            Err(failure) => Err(failed(&site, &failure)),
        }
    }

    pub(super) const fn service(&self) -> &Arc<Service> {
        &self.service
    }

    pub(super) const fn site(&self) -> &Site {
        &self.site
    }

    /// The same member, whose pages look as they do now: the branding has changed since the request began.
    pub(super) fn with_current_branding(self) -> Self {
        Self { site: self.site.branded(self.service.branding.current()), ..self }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) const fn member(&self) -> &Member {
        &self.member
    }

    pub(super) const fn session(&self) -> &PlainSecret {
        &self.session
    }

    /// Whether the member may change anything.
    pub(super) fn can_change(&self) -> bool {
        self.member.role != Role::Auditor
    }

    pub(super) fn is_administrator(&self) -> bool {
        self.member.role == Role::Administrator
    }

    pub(super) fn now(&self) -> UnixSeconds {
        self.service.act_for_stranger().now()
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
        let request = once(form, target, self.now()).ok_or_else(|| Refusal::Text("form-old".into()))?;
        let run = move |act: &Act<'_>| match operations::run_idempotent(act, &request, operation) {
            Err(Error::IdempotencyKeyReused) => Ok(None),
            result => result.map(Some),
        };
        let result = self.write(run).await?;
        let response = result.ok_or_else(|| Refusal::Text("form-sent-before".into()))?;
        Ok((response.answer.to_vec(), response.again))
    }

    /// The page for a member for whom a route is not. A route without a rule is for no member.
    fn refused_by(&self, access: Option<Access>) -> Option<Response> {
        if access.is_some_and(|access| access.allows(self.member.role)) {
            return None;
        }
        self.service.record_refusal(EventName::Management, "forbidden", Some(&self.member.name.to_string()));
        let explanation = if self.can_change() { "not-allowed-why" } else { "not-allowed-auditor" };
        Some(problem(&self.site, StatusCode::FORBIDDEN, "not-allowed", explanation, Ask::NoOne))
    }

    /// The result of an operation that only reads, or the page that says why there is none.
    pub(super) async fn fetch<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Act<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Response> {
        let otherwise = |text| problem(&self.site, StatusCode::UNPROCESSABLE_ENTITY, "not-possible", text, Ask::NoOne);
        self.read(operation).await.map_err(|refusal| refusal.or(otherwise))
    }

    /// What a page says after an operation that writes: `done`, or why it was refused.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Act<'_>) -> Result<T, Error> + Send + 'static,
        done: impl FnOnce(T) -> Message,
    ) -> Result<Outcome, Response> {
        match self.write(operation).await {
            Ok(value) => Ok(Outcome::Done(done(value))),
            Err(Refusal::Text(text)) => Ok(Outcome::Wrong(text)),
            Err(Refusal::Page(response)) => Err(response),
        }
    }

    /// The same for an operation that makes a secret, which the page shows once under the message `label`.
    pub(super) async fn make(
        &self,
        form: &Form,
        target: &str,
        label: &'static str,
        operation: impl Fn(&Act<'_>) -> Result<PlainSecret, Error> + Send + 'static,
    ) -> Result<Outcome, Response> {
        let operation = move |act: &Act<'_>| Ok(operation(act)?.expose().as_bytes().to_vec());
        match self.write_once(form, target, operation).await {
            Ok((secret, _)) => Ok(Outcome::Made(vec![(label, String::from_utf8_lossy(&secret).into_owned())])),
            Err(Refusal::Text(text)) => Ok(Outcome::Wrong(text)),
            Err(Refusal::Page(response)) => Err(response),
        }
    }

    fn actor(&self) -> impl FnOnce(&Service) -> Act<'_> + Send + 'static {
        let actor = Actor::Member(self.member.name.clone(), self.member.role);
        let credential = self.credential.clone();
        move |service| service.act_of(actor).authenticated_by(credential)
    }

    /// A number for the field `once` of a new form. It begins with the time.
    pub(super) fn new_form(&self) -> Result<String, Error> {
        Ok(format!("{}.{}", self.now().0, PlainSecret::generate("", &*self.service.entropy)?.expose()))
    }
}

/// A page that a member opens. Without a session, the member signs in and continues to the same page.
pub(crate) struct Opened {
    pub(super) member: SignedInMember,
    /// The parameters in the address; none, if they are malformed.
    pub(super) query: Form,
}

impl FromRequest<Arc<Service>> for Opened {
    type Rejection = Response;

    async fn from_request(request: Request, service: &Arc<Service>) -> Result<Self, Response> {
        let access = request.extensions().get().copied();
        let Ok(browser) = Browser::from_request(request, service).await;
        let member = SignedInMember::of(service, &browser, None).await?;
        let query = browser.query().unwrap_or_default();
        match member.refused_by(access) {
            None => Ok(Self { member, query }),
            Some(response) => Err(response),
        }
    }
}

/// A form that a member sends. Without a session, the member signs in and continues at the start of the portal.
pub(crate) struct Sent {
    pub(super) member: SignedInMember,
    pub(super) form: Form,
}

impl FromRequest<Arc<Service>> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, service: &Arc<Service>) -> Result<Self, Response> {
        let access = request.extensions().get().copied();
        // The body is read only for a member who may send it, because that of some forms is long.
        let head = Browser::of_head(&request);
        let member = SignedInMember::of(service, &head, Some(&NextPage::of(paths::PORTAL, None))).await?;
        if let Some(response) = member.refused_by(access) {
            return Err(response);
        }
        let Ok(browser) = Browser::from_request(request, service).await;
        let form = browser.form(service).map_err(|problem| problem.page(&member.site))?;
        Ok(Self { member, form })
    }
}

/// A refused operation.
pub(crate) enum Refusal {
    /// The member can change the form: what is wrong with it.
    Text(Message),
    /// Another page.
    Page(Response),
}

impl Refusal {
    /// What is wrong with the form, or the other page.
    #[allow(clippy::result_large_err, reason = "handlers return responses as errors")]
    pub(super) fn text(self) -> Result<Message, Response> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Page(response) => Err(response),
        }
    }

    /// The response, or another one for what the member could change.
    pub(super) fn or(self, otherwise: impl FnOnce(Message) -> Response) -> Response {
        match self {
            Self::Page(response) => response,
            Self::Text(text) => otherwise(text),
        }
    }

    fn of(member: &SignedInMember, failure: &Failure) -> Self {
        let (service, site) = (member.service(), member.site());
        let record = |reason| service.record_refusal(EventName::Management, reason, Some(&member.member().name.to_string()));
        let Failure::Operation(error) = failure else { return Self::Page(failed(site, failure)) };
        if let Error::Member(MemberError::InvalidCredential) = error {
            record("unknown_session");
            return Self::Page(Redirect::to(&NextPage::of(paths::PORTAL, None).sign_in(service)).into_response());
        }
        match refusal_message(error) {
            None => Self::Page(failed(site, failure)),
            Some((StatusCode::FORBIDDEN, code, text)) => {
                record("forbidden");
                let is_auditor = member.member().role == Role::Auditor;
                let text = if is_auditor { "not-allowed-auditor".into() } else { refusal(code, &text) };
                Self::Page(problem(site, StatusCode::FORBIDDEN, "not-allowed", text, Ask::NoOne))
            }
            Some((StatusCode::NOT_FOUND, code, text)) => {
                Self::Page(problem(site, StatusCode::NOT_FOUND, "not-found", refusal(code, &text), Ask::NoOne))
            }
            Some((_, code, text)) => Self::Text(refusal(code, &text)),
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
