//! The page that sets up a second factor.

use askama::Template;
use axum::http::StatusCode;

use super::CodeProblem;
use super::qr_code::Picture;
use crate::pages::page::Page;
use crate::pages::site::Site;
use crate::paths;
use crate::query::encoded;
use postern_operations::Enrolment;

/// Shows the secret, and sends `enrolment` and `code` to the form's path, with `csrf` and `next`.
#[derive(Template)]
#[template(path = "enrol.html")]
pub(crate) struct Enrol<'a> {
    site: &'a Site,
    user: String,
    /// The secret, in groups of four characters.
    secret: String,
    /// The address that apps understand.
    address: String,
    picture: Option<Picture>,
    enrolment: String,
    form: EnrolForm,
    problem: Option<CodeProblem>,
}

/// Where the form goes.
pub(crate) struct EnrolForm {
    /// The path.
    pub(crate) action: &'static str,
    /// Where the user continues, for a form of the sign-in; `None` on the account page.
    pub(crate) next: Option<String>,
    pub(crate) csrf: String,
}

impl<'a> Enrol<'a> {
    pub(crate) fn new(site: &'a Site, enrolment: &Enrolment, form: EnrolForm, problem: Option<CodeProblem>) -> Self {
        let (user, secret) = (enrolment.user.to_string(), enrolment.secret.expose());
        let address = address(site.host(), &user, secret);
        Self {
            site,
            secret: secret.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" "),
            picture: Picture::of(&address),
            address,
            user,
            enrolment: enrolment.kept.expose().to_owned(),
            form,
            problem,
        }
    }
}

/// The address of a secret, as authenticator apps read it: the issuer is the name that they show. What is left out has the values that every
/// app assumes, which are ours.
fn address(issuer: &str, user: &str, secret: &str) -> String {
    let (issuer, user) = (encoded(issuer), encoded(user));
    format!("otpauth://totp/{issuer}:{user}?secret={secret}&issuer={issuer}")
}

impl Page for Enrol<'_> {
    fn status(&self) -> StatusCode {
        self.problem.map_or(StatusCode::OK, CodeProblem::status)
    }

    fn retry_after(&self) -> Option<u32> {
        self.problem.and_then(CodeProblem::retry_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_issuer_and_user() {
        assert_eq!(
            address("issuer.example:8443", "alice+x@local", "GEZDGNBV"),
            "otpauth://totp/issuer.example%3A8443:alice%2Bx%40local?secret=GEZDGNBV&issuer=issuer.example%3A8443"
        );
    }
}
