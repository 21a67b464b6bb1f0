//! The second factor of the signed-in user: setting it up, recovery codes, removing it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::{account, visitor};
use crate::pages::error_page::failed;
use crate::pages::next_page::NextPage;
use crate::pages::second_factor::{CodeProblem, Enrol, EnrolForm, Problem, RecoveryCodesPage, SecondFactor};
use crate::pages::session::{Browser, Visitor, csrf_token};
use crate::pages::{self, Site};
use crate::paths;
use postern_http_types::Form;
use postern_operations::{self as operations, Act, Enrolment, Error, Guard, SecondFactorDetails, UserError};
use postern_secrets::PlainSecret;
use postern_service::{Failure, Service};

/// `GET /account/second-factor`
pub(crate) async fn show(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let site = browser.site(&service);
    match visitor(&service, &site, &browser, paths::SECOND_FACTOR).await {
        Ok(visitor) => Own { service, site, visitor }.page(None).await,
        Err(response) => response,
    }
}

/// `POST /account/second-factor`
pub(crate) async fn begin(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let address = browser.address(&service);
    let (own, form) = match Own::read(&service, browser).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    // A person at an unlocked computer must not be able to guess the password.
    let guard = Guard::of_password_change(service.options.guesses, &own.visitor.who.user, address);
    let (session, password) = (own.visitor.session.clone(), given(&form, "password"));
    let begin = move |service: &Service| operations::begin_enrolment(&service.act_for_stranger(), &session, &password);
    match service.guess_password(guard, begin).await {
        Ok(enrolment) => own.enrol(&enrolment, None),
        Err(failure) => match Problem::of_password(&service, &failure, &own.user()) {
            Some(problem) => own.page(Some(problem)).await,
            None => own.failed(&failure).await,
        },
    }
}

/// `POST /account/second-factor/confirm`
pub(crate) async fn confirm(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let (own, form) = match Own::read(&service, browser).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let (session, enrolment, code) = (own.visitor.session.clone(), given(&form, "enrolment"), given(&form, "code"));
    let (again, begun) = (session.clone(), enrolment.clone());
    let finish = move |service: &Service| operations::finish_enrolment(&service.act_for_stranger(), &session, &enrolment, &code);
    match service.write(finish).await {
        Ok(codes) => pages::respond(&RecoveryCodesPage::new(&own.site, codes.codes(), service.at(paths::SECOND_FACTOR), true)),
        Err(Failure::Operation(Error::User(UserError::WrongCode))) => {
            let reopen = move |service: &Service| operations::reopen_enrolment(&service.act_for_stranger(), &again, &begun);
            match service.read(reopen).await {
                Ok(enrolment) => own.enrol(&enrolment, Some(CodeProblem::Wrong)),
                Err(failure) => own.failed(&failure).await,
            }
        }
        Err(failure) => own.failed(&failure).await,
    }
}

/// `POST /account/second-factor/remove`
pub(crate) async fn remove(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let (own, form) = match Own::read(&service, browser).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    match own.with_code(&form, operations::remove_own_second_factor).await {
        Ok(()) => account(&service, &own.site, &own.visitor, Some("second-factor-removed".into())).await,
        Err(response) => response,
    }
}

/// `POST /account/second-factor/recovery-codes`
pub(crate) async fn renew(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let (own, form) = match Own::read(&service, browser).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    match own.with_code(&form, operations::renew_recovery_codes).await {
        Ok(codes) => pages::respond(&RecoveryCodesPage::new(&own.site, codes.codes(), service.at(paths::SECOND_FACTOR), false)),
        Err(response) => response,
    }
}

/// The signed-in user, for the pages of this module.
struct Own {
    service: Arc<Service>,
    site: Site,
    visitor: Visitor,
}

impl Own {
    async fn read(service: &Arc<Service>, browser: Browser) -> Result<(Self, Form), Response> {
        let site = browser.site(service);
        let visitor = visitor(service, &site, &browser, paths::SECOND_FACTOR).await?;
        let form = browser.form(service).map_err(|problem| problem.page(&site))?;
        Ok((Self { service: Arc::clone(service), site, visitor }, form))
    }

    fn user(&self) -> String {
        self.visitor.who.user.to_string()
    }

    /// Runs an operation that takes a code or a recovery code, unless too many codes were wrong.
    async fn with_code<T: Send + 'static>(
        &self,
        form: &Form,
        operation: impl FnOnce(&Act<'_>, &PlainSecret, &PlainSecret) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Response> {
        let (session, code) = (self.visitor.session.clone(), given(form, "code"));
        let guard = Guard::of_second_factor(self.service.options.guesses, &self.visitor.who.user);
        let run = move |service: &Service| operation(&service.act_for_stranger(), &session, &code);
        match self.service.guess_code(guard, run).await {
            Ok(value) => Ok(value),
            Err(failure) => match CodeProblem::record(&self.service, &failure, &self.user()) {
                Some(problem) => Err(self.page(Some(problem.into())).await),
                None => Err(self.failed(&failure).await),
            },
        }
    }

    async fn page(&self, problem: Option<Problem>) -> Response {
        let session = self.visitor.session.clone();
        let find = move |service: &Service| operations::find_own_second_factor(&service.act_for_stranger(), &session);
        match self.service.read(find).await {
            Ok(Some(SecondFactorDetails { since, recovery_codes, policy })) => pages::respond(&SecondFactor {
                site: &self.site,
                user: self.user(),
                csrf: csrf_token(&self.visitor.session),
                since: since.map(Into::into),
                recovery_codes,
                policy,
                problem,
            }),
            Ok(None) => Redirect::to(&self.service.at(paths::ACCOUNT)).into_response(),
            Err(failure) => self.gone_or_failed(&failure),
        }
    }

    fn enrol(&self, enrolment: &Enrolment, problem: Option<CodeProblem>) -> Response {
        let csrf = csrf_token(&self.visitor.session);
        let form = EnrolForm { action: paths::SECOND_FACTOR_CONFIRM, next: None, csrf };
        pages::respond(&Enrol::new(&self.site, enrolment, form, problem))
    }

    /// The page after a failure that the user can understand, or the error page.
    async fn failed(&self, failure: &Failure) -> Response {
        let text = match failure {
            Failure::Operation(Error::User(UserError::StaleSignIn)) => "second-factor-expired",
            Failure::Operation(Error::User(UserError::SecondFactorExists)) => "second-factor-exists",
            Failure::Operation(Error::User(UserError::NoSecondFactor(_))) => "second-factor-gone",
            Failure::Operation(Error::User(UserError::SecondFactorOff)) => "second-factor-off",
            Failure::Operation(Error::User(UserError::SecondFactorRequired)) => "second-factor-must",
            failure => return self.gone_or_failed(failure),
        };
        let (title, status) = ("not-possible".into(), StatusCode::CONFLICT);
        self.page(Some(Problem { title, text: text.into(), status, retry_after: None })).await
    }

    fn gone_or_failed(&self, failure: &Failure) -> Response {
        match failure {
            Failure::Operation(Error::User(UserError::NoSession)) => {
                Redirect::to(&NextPage::of(paths::SECOND_FACTOR, None).sign_in(&self.service)).into_response()
            }
            failure => failed(&self.site, failure),
        }
    }
}

fn given(form: &Form, name: &str) -> PlainSecret {
    PlainSecret::presented(form.value(name).unwrap_or_default().to_owned())
}
