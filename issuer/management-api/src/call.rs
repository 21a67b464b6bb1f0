//! A call of the management API: the caller, and the operations run for the caller.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;

use super::answer::Answer;
use super::body::Body;
use super::idempotency;
use crate::problem::ApiProblem;
use postern_http_types::{BearerError, EntityTag, bearer};
use postern_model::{Actor, EventName, Role};
use postern_operations::{self as operations, Act, Credential, Error, MemberError};
use postern_secrets::HashedSecret;
use postern_service::Failure;
use postern_service::Service;

/// An authenticated caller, and the headers of the request that operations need. Every handler takes one.
pub(super) struct Call {
    service: Arc<Service>,
    actor: Actor,
    /// What authenticated a member.
    credential: Option<Credential>,
    headers: HeaderMap,
    /// The method, the path and the query.
    target: String,
}

impl FromRequestParts<Arc<Service>> for Call {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, ApiProblem> {
        // Only a caller in this process can set an actor; from the network it needs a credential.
        let (actor, credential) = match parts.extensions.get::<Actor>() {
            Some(actor) => (actor.clone(), None),
            None => authenticate(service, &parts.headers).await.inspect_err(|problem| {
                if matches!(problem.code(), "missing_token" | "unknown_token") {
                    service.record_refusal(EventName::Management, problem.code(), None);
                }
            })?,
        };
        // Otherwise the change would be made and the header ignored.
        if !matches!(parts.method, Method::GET | Method::HEAD) && parts.headers.contains_key(header::IF_NONE_MATCH) {
            return Err(ApiProblem::invalid_request("`If-None-Match` is for GET only: use `If-Match` with a change"));
        }
        let target = format!("{} {}", parts.method, parts.uri);
        Ok(Self { service: Arc::clone(service), actor, credential, headers: parts.headers.clone(), target })
    }
}

impl Call {
    /// Runs an operation that only reads.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Act<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, ApiProblem> {
        let actor = self.actor.clone();
        let result = self.service.read(move |service| operation(&service.act_of(actor))).await;
        Ok(result.inspect_err(|failure| self.record(failure))?)
    }

    /// Runs an operation that writes.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Act<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, ApiProblem> {
        let (actor, credential) = (self.actor.clone(), self.credential.clone());
        let run = move |service: &Service| {
            let act = service.act_of(actor);
            operation(&match credential {
                Some(credential) => act.authenticated_by(credential),
                None => act,
            })
        };
        match self.service.write(run).await.inspect_err(|failure| self.record(failure)) {
            Err(Failure::Operation(Error::Member(MemberError::InvalidCredential))) => {
                Err(ApiProblem::unknown_token(&self.service.settings.issuer))
            }
            result => Ok(result?),
        }
    }

    /// Runs an operation that creates something. A request that is sent again with its idempotency key gets the first answer again. `operation`
    /// may run more than once before its transaction commits.
    pub(super) async fn create<T>(
        &self,
        body: &Body<T>,
        operation: impl Fn(&Act<'_>) -> Result<Answer, Error> + Send + 'static,
    ) -> Result<Response, ApiProblem> {
        match idempotency::repeatable(&self.headers, &self.target, &body.digest)? {
            None => self.write(operation).await?.into_response(&self.headers),
            Some(request) => {
                self.write(move |act| idempotency::run(act, &request, operation)).await?.into_response(&self.headers)
            }
        }
    }

    /// Like [`Call::create`], after costly work: `prepare` does it outside the write transaction, and not for an answer that is replayed.
    pub(super) async fn create_prepared<T, P: Send + 'static>(
        &self,
        body: &Body<T>,
        prepare: impl FnOnce(&Act<'_>) -> Result<P, Error> + Send + 'static,
        operation: impl Fn(&Act<'_>, &P) -> Result<Answer, Error> + Send + 'static,
    ) -> Result<Response, ApiProblem> {
        if let Some(request) = idempotency::repeatable(&self.headers, &self.target, &body.digest)?
            && let Some(answer) = self.read(move |act| idempotency::find(act, &request)).await?
        {
            return answer.into_response(&self.headers);
        }
        let prepared = self.read(prepare).await?;
        self.create(body, move |act| operation(act, &prepared)).await
    }

    /// The response with what was read: 304 when the client has the current version.
    pub(super) fn answer(&self, answer: Result<Answer, Error>) -> Result<Response, ApiProblem> {
        answer.map_err(Failure::Operation)?.into_response(&self.headers)
    }

    /// Checks that the caller is an administrator. Every operation checks this itself; here it is for costly work before one.
    pub(super) fn administer(&self) -> Result<(), ApiProblem> {
        if self.actor.role() == Some(Role::Administrator) {
            return Ok(());
        }
        let failure = Failure::Operation(Error::Forbidden { needed: Role::Administrator });
        self.record(&failure);
        Err(failure.into())
    }

    /// Records a call that the member's role does not allow, and one of a member who was removed meanwhile.
    fn record(&self, failure: &Failure) {
        let reason = match failure {
            Failure::Operation(Error::Forbidden { .. }) => "forbidden",
            Failure::Operation(Error::Member(MemberError::InvalidCredential)) => "unknown_token",
            _ => return,
        };
        let Actor::Member(member, _) = &self.actor else { return };
        self.service.record_refusal(EventName::Management, reason, Some(&member.to_string()));
    }

    /// Shows a new branding on the pages of this process at once. If it fails, the background task notices the change a little later.
    pub(super) async fn refresh_branding(&self) {
        let _ = self.service.refresh_branding().await;
    }

    /// Whether the client has the version with this entity tag.
    pub(super) fn is_known(&self, tag: &EntityTag) -> bool {
        tag.is_known(&self.headers)
    }

    /// The caller.
    pub(super) const fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// The member whose personal access token is in the header `Authorization`; a token anywhere else is ignored (RFC 6750 section 2.1).
async fn authenticate(service: &Arc<Service>, headers: &HeaderMap) -> Result<(Actor, Option<Credential>), ApiProblem> {
    let issuer = &service.settings.issuer;
    let token = bearer(headers).map_err(|error| match error {
        BearerError::Missing => ApiProblem::missing_token(issuer),
        BearerError::Repeated => ApiProblem::invalid_request("there are two `Authorization` headers"),
        BearerError::Malformed => ApiProblem::unknown_token(issuer),
    })?;
    let credential = Credential::PersonalToken(HashedSecret::of(&token));
    match service.read(move |service| operations::authenticate_member(&service.act(), &token)).await {
        Ok(member) => Ok((Actor::Member(member.name, member.role), Some(credential))),
        Err(Failure::Operation(Error::Member(MemberError::InvalidCredential))) => Err(ApiProblem::unknown_token(issuer)),
        Err(failure) => Err(failure.into()),
    }
}
