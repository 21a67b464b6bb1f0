//! What people read when a sign-in with an identity provider does not succeed, and what is recorded of it.

use axum::http::StatusCode;
use axum::response::Response;

use crate::messages::Message;
use crate::pages::Site;
use crate::pages::error_page::{Ask, failed, problem};
use postern_model::EventName;
use postern_operations::{Error, MemberError, PersonError, ProviderError, SignInRefusal, UserError};
use postern_service::{Failure, Service};

/// The page for a store that does not exist or has no provider.
pub(super) fn unknown(site: &Site) -> Response {
    problem(site, StatusCode::NOT_FOUND, "not-found", "provider-unknown", Ask::NoOne)
}

/// Records the refusal and answers with the page that says what to do.
pub(super) fn respond(service: &Service, site: &Site, failure: &Failure) -> Response {
    let Failure::Operation(error) = failure else { return failed(site, failure) };
    let refused = |reason, subject: Option<String>| {
        service.metrics.refused_sign_ins.inc();
        service.record_refusal(EventName::SignIn, reason, subject.as_deref());
    };
    let page =
        |title: &'static str, explanation: &'static str, ask| problem(site, StatusCode::FORBIDDEN, title, explanation, ask);
    match error {
        Error::User(UserError::NoSuchStore(_) | UserError::NoProvider(_)) => unknown(site),
        Error::User(UserError::StaleSignIn) => {
            refused("stale_sign_in", None);
            page("provider-stale", "provider-stale-why", Ask::NoOne)
        }
        Error::User(UserError::SignInRefused(SignInRefusal::Denied)) => {
            refused("provider_denied", None);
            page("provider-denied", "provider-denied-why", Ask::NoOne)
        }
        Error::User(UserError::SignInRefused(SignInRefusal::Unavailable)) => unavailable(site),
        Error::User(UserError::Provider(error)) if error.is_temporary() => {
            // Logs the cause.
            let _ = failure.report();
            unavailable(site)
        }
        Error::User(UserError::Provider(ProviderError::Person(PersonError::UnverifiedEmail))) => {
            refused("unverified_email", None);
            page("provider-unverified", "provider-unverified-why", Ask::NoOne)
        }
        Error::User(UserError::Provider(ProviderError::Person(_))) => {
            let _ = failure.report();
            refused("no_user_name", None);
            page("provider-nameless", "provider-nameless-why", Ask::Issuer)
        }
        Error::User(UserError::Provider(_) | UserError::SignInRefused(SignInRefusal::Request)) => {
            let _ = failure.report();
            refused("wrong_response", None);
            problem(site, StatusCode::BAD_GATEWAY, "provider-denied", "provider-wrong-why", Ask::Issuer)
        }
        Error::User(UserError::NameTaken(user)) => {
            refused("name_taken", Some(user.to_string()));
            let explanation = Message::new("provider-taken-why").with("user", user.name.to_string());
            problem(site, StatusCode::FORBIDDEN, "provider-taken", explanation, Ask::Issuer)
        }
        Error::User(UserError::Locked(user)) => {
            refused("locked", Some(user.to_string()));
            page("account-locked", "account-locked-why", Ask::Issuer)
        }
        // Locked while the sign-in was completed.
        Error::User(UserError::WrongCredentials) => {
            refused("locked", None);
            page("account-locked", "account-locked-why", Ask::Issuer)
        }
        Error::Member(error) => {
            refused(member_reason(error), None);
            of_member(site, error)
        }
        _ => failed(site, failure),
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
pub(super) fn of_member(site: &Site, error: &MemberError) -> Response {
    let cause = Message::new(member_reason(error)).with("text", format!("{error}."));
    let explanation = Message::new("provider-member-why").with("cause", cause);
    problem(site, StatusCode::FORBIDDEN, "provider-member", explanation, Ask::Issuer)
}

fn unavailable(site: &Site) -> Response {
    problem(site, StatusCode::SERVICE_UNAVAILABLE, "unavailable", "provider-unavailable-why", Ask::NoOne)
}
