//! What people read when a sign-in with an identity provider does not succeed, and what is recorded of it.

use axum::http::StatusCode;
use axum::response::Response;

use crate::pages::error_page::{Ask, failed, problem};
use postern_model::EventName;
use postern_operations::{Error, MemberError, PersonError, ProviderError, SignInRefusal, UserError};
use postern_service::{Failure, Service};

/// The page for a store that does not exist or has no provider.
pub(super) fn unknown(service: &Service) -> Response {
    let explanation = "There is no such way to sign in. Go to your account to see those that there are.";
    problem(service, StatusCode::NOT_FOUND, "Not found", explanation, Ask::NoOne)
}

/// Records the refusal and answers with the page that says what to do.
pub(super) fn respond(service: &Service, failure: &Failure) -> Response {
    let Failure::Operation(error) = failure else { return failed(service, failure) };
    let refused = |reason, subject: Option<String>| {
        service.metrics.refused_sign_ins.inc();
        service.record_refusal(EventName::SignIn, reason, subject.as_deref());
    };
    let page = |status, title: &str, explanation: &str, ask| problem(service, status, title, explanation, ask);
    match error {
        Error::User(UserError::NoSuchStore(_) | UserError::NoProvider(_)) => unknown(service),
        Error::User(UserError::StaleSignIn) => {
            refused("stale_sign_in", None);
            let explanation = "You began to sign in more than ten minutes ago or in another browser, or you have completed this sign-in before. Please begin again. Cookies must be allowed for this site.";
            page(StatusCode::FORBIDDEN, "This sign-in is too old", explanation, Ask::NoOne)
        }
        Error::User(UserError::SignInRefused(SignInRefusal::Denied)) => {
            refused("provider_denied", None);
            let explanation = "The site where you sign in has refused: you have cancelled, or your account may not be used here. Please try again, or ask the people who manage your account.";
            page(StatusCode::FORBIDDEN, "You are not signed in", explanation, Ask::NoOne)
        }
        Error::User(UserError::SignInRefused(SignInRefusal::Unavailable)) => unavailable(service),
        Error::User(UserError::Provider(error)) if error.is_temporary() => {
            // Logs the cause.
            let _ = failure.report();
            unavailable(service)
        }
        Error::User(UserError::Provider(ProviderError::Person(PersonError::UnverifiedEmail))) => {
            refused("unverified_email", None);
            let explanation =
                "Your email address has not been verified. Please verify it at the site where you sign in, and try again.";
            page(StatusCode::FORBIDDEN, "Your email address is not verified", explanation, Ask::NoOne)
        }
        Error::User(UserError::Provider(ProviderError::Person(_))) => {
            let _ = failure.report();
            refused("no_user_name", None);
            let explanation =
                "Your account has no user name that can be used here. The operators of this site can find the cause in its log.";
            page(StatusCode::FORBIDDEN, "No user name", explanation, Ask::Issuer)
        }
        Error::User(UserError::Provider(_) | UserError::SignInRefused(SignInRefusal::Request)) => {
            let _ = failure.report();
            refused("wrong_response", None);
            let explanation = "The site where you sign in has sent an answer that cannot be accepted. The operators of this site can find the cause in its log.";
            page(StatusCode::BAD_GATEWAY, "You are not signed in", explanation, Ask::Issuer)
        }
        Error::User(UserError::NameTaken(user)) => {
            refused("name_taken", Some(user.to_string()));
            let explanation = format!(
                "Your user name is {}, but another person has signed in with this name before. An administrator can remove that user.",
                user.name
            );
            page(StatusCode::FORBIDDEN, "This user name is taken", &explanation, Ask::Issuer)
        }
        Error::User(UserError::Locked(user)) => {
            refused("locked", Some(user.to_string()));
            let explanation = "Your account is locked here. An administrator can unlock it.";
            page(StatusCode::FORBIDDEN, "Your account is locked", explanation, Ask::Issuer)
        }
        // Locked while the sign-in was completed.
        Error::User(UserError::WrongCredentials) => {
            refused("locked", None);
            let explanation = "Your account is locked here. An administrator can unlock it.";
            page(StatusCode::FORBIDDEN, "Your account is locked", explanation, Ask::Issuer)
        }
        Error::Member(error) => {
            refused(member_reason(error), None);
            of_member(service, error)
        }
        _ => failed(service, failure),
    }
}

/// The reason that is recorded when the groups of a user make no member.
pub(super) const fn member_reason(error: &MemberError) -> &'static str {
    match error {
        MemberError::UnusableName(_) => "member_name_unusable",
        MemberError::AccountTaken(_) => "account_taken",
        _ => "member_name_taken",
    }
}

/// The page for a user whose groups make no member.
pub(super) fn of_member(service: &Service, error: &MemberError) -> Response {
    let explanation = format!("Your groups make you a member of this site, but that is not possible. The cause is: {error}.");
    problem(service, StatusCode::FORBIDDEN, "Your membership needs an administrator", &explanation, Ask::Issuer)
}

fn unavailable(service: &Service) -> Response {
    let explanation = "The site where you sign in does not answer at the moment. Please try again in a few minutes.";
    problem(service, StatusCode::SERVICE_UNAVAILABLE, "Not available right now", explanation, Ask::NoOne)
}
