//! The account pages: applications with access, the password, and the second factor.

mod change_password;
mod second_factor;
mod view;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use crate::messages::Message;
use crate::pages::error_page::failed;
use crate::pages::next_page::NextPage;
use crate::pages::session::{Browser, Visitor, csrf_token};
use crate::pages::wait::wait;
use crate::pages::{self, Site};
use crate::paths;
use postern_model::EventName;
use postern_operations::{self as operations, Error, Guard, UserError};
use postern_secrets::PlainSecret;
use postern_service::Failure;
use postern_service::Service;

pub(crate) use change_password::{ChangePassword, PasswordField, PasswordForm, PasswordProblem};
pub(crate) use second_factor::{
    begin as begin_second_factor, confirm as confirm_second_factor, remove as remove_second_factor,
    renew as renew_recovery_codes, show as show_second_factor,
};
pub(crate) use view::{Account, GrantEntry};

/// `GET /account`
pub(crate) async fn show(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let site = browser.site(&service);
    match visitor(&service, &site, &browser, paths::ACCOUNT).await {
        Ok(visitor) => account(&service, &site, &visitor, None).await,
        Err(response) => response,
    }
}

/// `POST /account/withdraw`
pub(crate) async fn withdraw(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let site = browser.site(&service);
    let visitor = match visitor(&service, &site, &browser, paths::ACCOUNT).await {
        Ok(visitor) => visitor,
        Err(response) => return response,
    };
    let form = match browser.form(&service) {
        Ok(form) => form,
        Err(problem) => return problem.page(&site),
    };
    let Some(client) = form.value("grant").and_then(|text| text.parse().ok()) else {
        return account(&service, &site, &visitor, Some("account-no-access".into())).await;
    };
    let session = visitor.session.clone();
    let act = move |service: &Service| operations::withdraw_grants(&service.act_for_stranger(), &session, &client);
    match service.write(act).await {
        Ok(()) => account(&service, &site, &visitor, Some("account-withdrawn".into())).await,
        Err(Failure::Operation(Error::User(UserError::NoSuchGrant))) => {
            account(&service, &site, &visitor, Some("account-no-access".into())).await
        }
        Err(failure) => failed(&site, &failure),
    }
}

/// `GET /account/password`
pub(crate) async fn show_password(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let site = browser.site(&service);
    match visitor(&service, &site, &browser, paths::PASSWORD).await {
        Ok(visitor) if keeps_password(&service, &visitor) => password_page(&site, &visitor, Vec::new()),
        Ok(_) => Redirect::to(&service.at(paths::ACCOUNT)).into_response(),
        Err(response) => response,
    }
}

/// `POST /account/password`
pub(crate) async fn change_password(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let (site, address) = (browser.site(&service), browser.address(&service));
    let visitor = match visitor(&service, &site, &browser, paths::PASSWORD).await {
        Ok(visitor) => visitor,
        Err(response) => return response,
    };
    let form = match browser.form(&service) {
        Ok(form) => form,
        Err(problem) => return problem.page(&site),
    };
    let given = |name: &str| PlainSecret::presented(form.value(name).unwrap_or_default().to_owned());
    let (current, new, again) = (given("current"), given("new"), given("again"));
    if new.expose() != again.expose() {
        return password_page(&site, &visitor, vec![PasswordProblem::new(PasswordField::Again, "password-differ")]);
    }
    // Throttled too: a person at an unlocked computer must not be able to guess the user's password.
    let guard = Guard::of_password_change(service.options.guesses, &visitor.who.user, address);
    let session = visitor.session.clone();
    let act = move |service: &Service| operations::change_own_password(&service.act_for_stranger(), &session, &current, &new);
    let refused = |reason| service.record_refusal(EventName::PasswordChange, reason, Some(&visitor.who.user.to_string()));
    match service.guess_password(guard, act).await {
        Ok(()) => account(&service, &site, &visitor, Some("password-changed".into())).await,
        Err(Failure::Operation(Error::User(UserError::WrongCredentials))) => {
            service.metrics.refused_sign_ins.inc();
            refused("wrong_credentials");
            password_page(&site, &visitor, vec![PasswordProblem::new(PasswordField::Current, "password-current-wrong")])
        }
        Err(Failure::Operation(Error::User(error @ (UserError::Throttled { .. } | UserError::TooManyFailures)))) => {
            service.metrics.throttled_sign_ins.inc();
            refused(if matches!(error, UserError::TooManyFailures) { "account_limited" } else { "throttled" });
            let text = match error {
                UserError::Throttled { seconds } => {
                    Message::new("throttled").with("wait", wait(u32::try_from(seconds).unwrap_or(u32::MAX)))
                }
                _ => Message::new("password-limited"),
            };
            password_page(&site, &visitor, vec![PasswordProblem::new(PasswordField::Current, text)])
        }
        Err(Failure::Operation(Error::User(UserError::Password(problems)))) => {
            password_page(&site, &visitor, problems.problems().iter().map(|problem| PasswordProblem::of_new(*problem)).collect())
        }
        Err(failure) => failed(&site, &failure),
    }
}

/// The signed-in user, or a redirect to the sign-in page that continues to `path`.
async fn visitor(service: &Arc<Service>, site: &Site, browser: &Browser, path: &str) -> Result<Visitor, Response> {
    match browser.visitor(service).await {
        Ok(Some(visitor)) => Ok(visitor),
        Ok(None) => Err(Redirect::to(&NextPage::of(path, None).sign_in(service)).into_response()),
        Err(failure) => Err(failed(site, &failure)),
    }
}

async fn account(service: &Arc<Service>, site: &Site, visitor: &Visitor, notice: Option<Message>) -> Response {
    let session = visitor.session.clone();
    let list = move |service: &Service| operations::list_own_grants(&service.act_for_stranger(), &session);
    let grants = match service.read(list).await {
        Ok(grants) => grants,
        Err(Failure::Operation(Error::User(UserError::NoSession))) => {
            return Redirect::to(&NextPage::of(paths::ACCOUNT, None).sign_in(service)).into_response();
        }
        Err(failure) => return failed(site, &failure),
    };
    pages::respond(&Account {
        site,
        user: visitor.who.user.to_string(),
        grants: grants.iter().filter_map(GrantEntry::of).collect(),
        csrf: csrf_token(&visitor.session),
        can_change_password: keeps_password(service, visitor),
        notice,
    })
}

fn keeps_password(service: &Service, visitor: &Visitor) -> bool {
    operations::keeps_password(&service.act_for_stranger(), &visitor.who.user)
}

fn password_page(site: &Site, visitor: &Visitor, problems: Vec<PasswordProblem>) -> Response {
    let user = visitor.who.user.to_string();
    let csrf = csrf_token(&visitor.session);
    pages::respond(&ChangePassword { site, user, problems, csrf, form: PasswordForm::Account })
}
