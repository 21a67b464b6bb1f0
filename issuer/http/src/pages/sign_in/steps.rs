//! The steps of a sign-in after the password: a code, another password, or setting up a second factor.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{Entered, SignInProblem, go_on, page, set_signed_in};
use crate::pages::account::{ChangePassword, PasswordField, PasswordForm, PasswordProblem};
use crate::pages::error_page::{broken, failed};
use crate::pages::next_page::NextPage;
use crate::pages::second_factor::{CodeProblem, Enrol, EnrolForm, EnterCode, RecoveryCodesPage};
use crate::pages::session::{Browser, csrf_token, set_form_cookie, set_unfinished_cookie};
use crate::pages::{self, Site};
use crate::paths;
use postern_http_types::Form;
use postern_operations::{self as operations, Error, Guard, NextStep, SignInProgress, Step, UserError};
use postern_secrets::PlainSecret;
use postern_service::{Failure, Service};

/// A sign-in that the browser has begun.
struct Begun {
    service: Arc<Service>,
    site: Site,
    browser: Browser,
    next: NextPage,
    kept: PlainSecret,
    step: NextStep,
}

/// `GET /sign-in/step`
pub(crate) async fn show(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let next = NextPage::read(browser.query().as_ref().and_then(|query| query.value("next")));
    match Begun::find(&service, browser, next).await {
        Ok(begun) => begun.show().await,
        Err(response) => response,
    }
}

/// `POST /sign-in/code`
pub(crate) async fn enter_code(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let (begun, form) = match Begun::read(&service, browser).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let entered = ["code", "recovery_code"].into_iter().filter_map(|name| form.value(name)).find(|text| !text.trim().is_empty());
    let entered = PlainSecret::presented(entered.unwrap_or_default().to_owned());
    let (guard, before) = (Guard::of_second_factor(service.options.guesses, &begun.step.user), begun.browser.session());
    let kept = begun.kept.clone();
    let enter = move |service: &Service| operations::enter_code(&service.act_for_stranger(), &kept, &entered, before.as_ref());
    match service.guess_code(guard, enter).await {
        Ok(progress) => begun.go_on(progress).await,
        Err(failure) => match CodeProblem::record(&service, &failure, &begun.step.user.to_string()) {
            Some(problem) => begun.ask_for_code(Some(problem)),
            None => begun.failed(&failure).await,
        },
    }
}

/// `POST /sign-in/password`
pub(crate) async fn choose_password(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let (begun, form) = match Begun::read(&service, browser).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let given = |name: &str| PlainSecret::presented(form.value(name).unwrap_or_default().to_owned());
    let (new, again) = (given("new"), given("again"));
    if new.expose() != again.expose() {
        return begun.ask_for_password(vec![PasswordProblem::new(PasswordField::Again, "password-differ")]);
    }
    let (kept, before) = (begun.kept.clone(), begun.browser.session());
    let choose = move |service: &Service| operations::choose_password(&service.act_for_stranger(), &kept, &new, before.as_ref());
    match service.sign_in(choose).await {
        Ok(progress) => begun.go_on(progress).await,
        Err(Failure::Operation(Error::User(UserError::Password(problems)))) => {
            begun.ask_for_password(problems.problems().iter().map(|problem| PasswordProblem::of_new(*problem)).collect())
        }
        Err(Failure::Operation(Error::User(UserError::SamePassword))) => {
            begun.ask_for_password(vec![PasswordProblem::new(PasswordField::New, "password-same")])
        }
        Err(failure) => begun.failed(&failure).await,
    }
}

/// `POST /sign-in/second-factor`
pub(crate) async fn enrol(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let (begun, form) = match Begun::read(&service, browser).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let given = |name: &str| PlainSecret::presented(form.value(name).unwrap_or_default().to_owned());
    let (enrolment, code) = (given("enrolment"), given("code"));
    let (kept, before, begun_enrolment) = (begun.kept.clone(), begun.browser.session(), enrolment.clone());
    let finish = move |service: &Service| {
        operations::finish_required_enrolment(&service.act_for_stranger(), &kept, &enrolment, &code, before.as_ref())
    };
    match service.write(finish).await {
        Ok((progress, codes)) => {
            let to = begun.next.location(&service);
            let mut response = pages::respond(&RecoveryCodesPage::new(&begun.site, codes.codes(), to, true));
            match progress {
                SignInProgress::Done(session) => {
                    set_signed_in(&service, &mut response, &session, begun.browser.device().as_ref());
                }
                SignInProgress::Unfinished(more) => set_unfinished_cookie(&mut response, &more.kept),
            }
            response
        }
        Err(Failure::Operation(Error::User(UserError::WrongCode))) => {
            begun.ask_to_enrol(Some(begun_enrolment), Some(CodeProblem::Wrong)).await
        }
        Err(failure) => begun.failed(&failure).await,
    }
}

impl Begun {
    /// The sign-in of a browser, or the page that asks the user to begin again.
    async fn find(service: &Arc<Service>, browser: Browser, next: NextPage) -> Result<Self, Response> {
        let site = browser.site(service);
        let Some(kept) = browser.unfinished_sign_in() else { return Err(expired(service, &site, &browser, &next).await) };
        let presented = kept.clone();
        let find = move |service: &Service| operations::find_next_step(&service.act_for_stranger(), &presented);
        match service.read(find).await {
            Ok(step) => Ok(Self { service: Arc::clone(service), site, browser, next, kept, step }),
            Err(Failure::Operation(Error::User(UserError::StaleSignIn))) => Err(expired(service, &site, &browser, &next).await),
            Err(failure) => Err(failed(&site, &failure)),
        }
    }

    /// The same, of a form.
    async fn read(service: &Arc<Service>, browser: Browser) -> Result<(Self, Form), Response> {
        let (site, cookies) = (browser.site(service), browser.without_body());
        let form = browser.form(service).map_err(|problem| problem.page(&site))?;
        let next = NextPage::read(form.value("next"));
        Ok((Self::find(service, cookies, next).await?, form))
    }

    async fn show(&self) -> Response {
        match self.step.step {
            Step::Code => self.ask_for_code(None),
            Step::NewPassword => self.ask_for_password(Vec::new()),
            Step::SecondFactor => self.ask_to_enrol(None, None).await,
        }
    }

    fn ask_for_code(&self, problem: Option<CodeProblem>) -> Response {
        self.with_form(|csrf, next| {
            let user = self.step.user.to_string();
            pages::respond(&EnterCode { site: &self.site, user, problem, csrf, next })
        })
    }

    fn ask_for_password(&self, problems: Vec<PasswordProblem>) -> Response {
        self.with_form(|csrf, next| {
            let (user, form) = (self.step.user.to_string(), PasswordForm::SignIn { next });
            pages::respond(&ChangePassword { site: &self.site, user, problems, csrf, form })
        })
    }

    async fn ask_to_enrol(&self, begun: Option<PlainSecret>, problem: Option<CodeProblem>) -> Response {
        let kept = self.kept.clone();
        let ask =
            move |service: &Service| operations::begin_required_enrolment(&service.act_for_stranger(), &kept, begun.as_ref());
        match self.service.write(ask).await {
            Ok(enrolment) => self.with_form(|csrf, next| {
                let form = EnrolForm { action: paths::SIGN_IN_ENROL, next: Some(next), csrf };
                pages::respond(&Enrol::new(&self.site, &enrolment, form, problem))
            }),
            Err(failure) => self.failed(&failure).await,
        }
    }

    /// A page with a form: its CSRF token, and where the user continues.
    fn with_form(&self, page: impl FnOnce(String, String) -> Response) -> Response {
        let Ok((secret, new)) = self.browser.form_secret(&self.service) else { return broken(&self.site) };
        let mut response = page(csrf_token(&secret), self.next.as_str().to_owned());
        if new {
            set_form_cookie(&mut response, &secret);
        }
        response
    }

    async fn go_on(&self, progress: SignInProgress) -> Response {
        go_on(&self.service, &self.site, &self.next, self.browser.device().as_ref(), progress).await
    }

    async fn failed(&self, failure: &Failure) -> Response {
        match failure {
            // The user was locked, the password changed, or the step was done elsewhere.
            Failure::Operation(Error::User(
                UserError::StaleSignIn | UserError::WrongCredentials | UserError::SecondFactorExists,
            )) => expired(&self.service, &self.site, &self.browser, &self.next).await,
            failure => failed(&self.site, failure),
        }
    }
}

/// The sign-in page, which says that the sign-in has expired.
async fn expired(service: &Arc<Service>, site: &Site, browser: &Browser, next: &NextPage) -> Response {
    page(service, site, browser, next, Entered { user: "", again: true }, Some(SignInProblem::Expired)).await
}
