//! The page where a user changes the password.

use askama::Template;
use axum::http::StatusCode;

use crate::pages::page::Page;
use crate::pages::site::Site;
use crate::paths;

/// Sends `current`, `new` and `again` to [`paths::PASSWORD`], with `csrf`.
#[derive(Template)]
#[template(path = "change_password.html")]
pub(crate) struct ChangePassword<'a> {
    pub(crate) site: &'a Site,
    pub(crate) user: String,
    /// What a new password must be, as a sentence.
    pub(crate) rules: String,
    /// Everything that is wrong.
    pub(crate) problems: Vec<PasswordProblem>,
    pub(crate) csrf: String,
}

/// What is wrong with a field, as a sentence.
pub(crate) struct PasswordProblem {
    pub(crate) field: PasswordField,
    pub(crate) text: String,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordField {
    Current,
    New,
    Again,
}

/// What the template shows of a field.
struct Field<'a> {
    name: &'static str,
    label: &'static str,
    autocomplete: &'static str,
    hint: Option<&'a str>,
    problems: Vec<&'a str>,
}

impl Field<'_> {
    /// The elements that describe it.
    fn described_by(&self) -> String {
        let hint = self.hint.map(|_| format!("{}-hint", self.name));
        let problems = (0..self.problems.len()).map(|number| format!("{}-problem-{number}", self.name));
        hint.into_iter().chain(problems).collect::<Vec<_>>().join(" ")
    }
}

impl ChangePassword<'_> {
    fn fields(&self) -> [Field<'_>; 3] {
        [
            self.field(PasswordField::Current, "current", "Current password", None),
            self.field(PasswordField::New, "new", "New password", Some(&self.rules)),
            self.field(PasswordField::Again, "again", "New password again", None),
        ]
    }

    fn field<'b>(&'b self, field: PasswordField, name: &'static str, label: &'static str, hint: Option<&'b str>) -> Field<'b> {
        let problems =
            self.problems.iter().filter(|problem| problem.field == field).map(|problem| problem.text.as_str()).collect();
        let autocomplete = if field == PasswordField::Current { "current-password" } else { "new-password" };
        Field { name, label, autocomplete, hint, problems }
    }
}

impl Page for ChangePassword<'_> {
    /// A failure is no success, or browsers would offer to remember a password that was not taken.
    fn status(&self) -> StatusCode {
        if self.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }
}
